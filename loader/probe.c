/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <jansson.h>

#include "cgroup.h"
#include "hello.h"
#include "host.h"
#include "log.h"
#include "netfilter_link.h"
#include "objects.h"
#include "programs.h"
#include "run.h"

/* r0 = 1; exit: lets a packet, a connect and everything else pass. */
static const struct bpf_insn pass[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
	{ .code = BPF_JMP | BPF_EXIT },
};

/* As `pass` with 0, which fentry programs must return. */
static const struct bpf_insn none[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
	{ .code = BPF_JMP | BPF_EXIT },
};

#define LOAD(type, code, opts) bpf_prog_load(type, "lagpipe_probe", "Dual BSD/GPL", code, 2, opts)

/* Each try returns 0 or a negative errno, and leaves nothing behind. */

static int close_both(int program, int link)
{
	if (link >= 0)
		close(link);
	close(program);
	return link < 0 ? link : 0;
}

static int try_netfilter(void)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = NETFILTER_ATTACH_TYPE);
	int program = LOAD(NETFILTER_PROGRAM_TYPE, pass, &opts);

	if (program < 0)
		return program;
	return close_both(program, netfilter_link_near(program, NETFILTER_IPV4, 0, 0x7ffffffe));
}

static int try_raw_tracepoint(void)
{
	int program = LOAD(BPF_PROG_TYPE_RAW_TRACEPOINT, none, NULL);

	if (program < 0)
		return program;
	return close_both(program, bpf_raw_tracepoint_open("inet_sock_set_state", program));
}

static int try_cgroup(void)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_CGROUP_INET4_CONNECT);
	int root = cgroup_root_open();
	int program, err;

	if (root < 0)
		return root;
	program = LOAD(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, pass, &opts);
	err = program < 0 ? program
			  : close_both(program, bpf_link_create(program, root, BPF_CGROUP_INET4_CONNECT, NULL));
	close(root);
	return err;
}

static int try_fentry(void)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY);
	int function = libbpf_find_vmlinux_btf_id("tcp_v4_rcv", BPF_TRACE_FENTRY);
	int program;

	if (function < 0)
		return function;
	opts.attach_btf_id = function;
	program = LOAD(BPF_PROG_TYPE_TRACING, none, &opts);
	if (program < 0)
		return program;
	return close_both(program, bpf_raw_tracepoint_open(NULL, program));
}

/* The kernel has kprobes when it names their perf event type. */
static int kprobe_event_open(void)
{
	struct perf_event_attr attr = { .size = sizeof(attr), .config1 = (uint64_t)(uintptr_t) "tcp_v4_rcv" };
	FILE *file = fopen("/sys/bus/event_source/devices/kprobe/type", "re");
	long event;

	if (!file)
		return -errno;
	if (fscanf(file, "%u", &attr.type) != 1)
		attr.type = UINT32_MAX;
	fclose(file);
	event = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	return event < 0 ? -errno : (int)event;
}

static int try_kprobe(void)
{
	int program = LOAD(BPF_PROG_TYPE_KPROBE, none, NULL);
	int event;

	if (program < 0)
		return program;
	event = kprobe_event_open();
	return close_both(program, event);
}

static int try_ringbuf(void)
{
	int map = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "lagpipe_probe", 0, 0, 64 << 10, NULL);

	if (map < 0)
		return map;
	close(map);
	return 0;
}

static const struct {
	const char *name;
	int (*try)(void);
	uint64_t capabilities;
} mechanisms[] = {
	{ "netfilter", try_netfilter, HAS_BPF | HAS_NET_ADMIN },
	{ "raw_tracepoint", try_raw_tracepoint, HAS_BPF | HAS_PERFMON },
	{ "cgroup", try_cgroup, HAS_BPF | HAS_NET_ADMIN },
	{ "fentry", try_fentry, HAS_BPF | HAS_PERFMON },
	{ "kprobe", try_kprobe, HAS_BPF | HAS_PERFMON },
	{ "ringbuf", try_ringbuf, HAS_BPF },
};

static json_t *probe_mechanism(size_t i)
{
	struct failure failure;
	int err;

	log_libbpf_begin();
	err = mechanisms[i].try();
	if (!err)
		return json_pack("{s:s, s:b}", "name", mechanisms[i].name, "works", 1);
	host_explain(&failure, mechanisms[i].name, err, mechanisms[i].capabilities);
	return json_pack("{s:s, s:b, s:s, s:s}", "name", mechanisms[i].name, "works", 0, "code", failure.code, "detail",
			 failure.detail);
}

static json_t *probe_mechanisms(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++)
		json_array_append_new(list, probe_mechanism(i));
	return list;
}

/* Attaches the real programs for a moment, with settings that count nothing. */
static json_t *probe_program(enum program_id program, const struct program_image *image)
{
	struct options options = { .program = program, .stages = UINT64_MAX };
	struct parts parts;
	json_t *list;

	parts_attach(&parts, &options, image);
	list = hello_probes(&parts);
	parts_close(&parts);
	return list;
}

static json_t *probe_programs(void)
{
	const struct program_image stack = { .name = "stack_latency",
					     .bytes = stack_latency_object,
					     .size = stack_latency_object_end - stack_latency_object };
	const struct program_image connect = { .name = "tcp_connect",
					       .bytes = tcp_connect_object,
					       .size = tcp_connect_object_end - tcp_connect_object };

	return json_pack("{s:o, s:o}", program_names[PROGRAM_STACK_LATENCY],
			 probe_program(PROGRAM_STACK_LATENCY, &stack), program_names[PROGRAM_TCP_CONNECT],
			 probe_program(PROGRAM_TCP_CONNECT, &connect));
}

static json_t *missing_capabilities(void)
{
	static const uint64_t needed[] = { HAS_BPF, HAS_PERFMON, HAS_NET_ADMIN };
	json_t *list = json_array();
	char name[32];

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (host_missing(needed[i])) {
			host_capability_names(needed[i], name, sizeof(name));
			json_array_append_new(list, json_string(name));
		}
	return list;
}

int probe_host(void)
{
	json_t *report =
		json_pack("{s:s, s:s, s:b, s:s, s:o, s:o, s:o}", "loader_version", LOADER_VERSION, "kernel",
			  hello_kernel(), "btf", host_has_btf(), "lockdown", host_lockdown(), "missing_capabilities",
			  missing_capabilities(), "mechanisms", probe_mechanisms(), "programs", probe_programs());

	if (!report)
		return EXIT_FAILURE;
	json_dumpf(report, stdout, JSON_INDENT(2));
	printf("\n");
	json_decref(report);
	return EXIT_SUCCESS;
}
