/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <jansson.h>

#include "capture_records.h"
#include "cgroup.h"
#include "direct_reads.h"
#include "hello.h"
#include "host.h"
#include "kprobe.h"
#include "log.h"
#include "netfilter_link.h"
#include "objects.h"
#include "programs.h"

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
	int root = cgroup_root_open(false);
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

static int try_kprobe(void)
{
	int program = LOAD(BPF_PROG_TYPE_KPROBE, none, NULL);
	int event;

	if (program < 0)
		return program;
	event = kprobe_event_open("tcp_v4_rcv", false);
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

static int try_packet_socket(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	close(fd);
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
	{ "kprobe", try_kprobe, HAS_BPF | HAS_PERFMON | HAS_SYS_ADMIN },
	{ "ringbuf", try_ringbuf, HAS_BPF },
	{ "packet_socket", try_packet_socket, HAS_NET_RAW },
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

static json_t *describe_way(const struct part *part)
{
	const struct probe *probe = part->probe;
	json_t *row = json_pack("{s:s, s:s, s:s, s:b, s:o}", "part", probe->part, "attach", attach_names[probe->attach],
				"tier", tier_names[attach_tiers[probe->attach]], "works", part->object != NULL,
				"covers", hello_covers(probe));

	if (!part->object) {
		json_object_set_new(row, "code", json_string(part->failure.code));
		json_object_set_new(row, "detail", json_string(part->failure.detail));
	}
	return row;
}

/* Attaches the real programs for a moment, every way of every part, with settings that count nothing. */
static void add_program(json_t *programs, enum program_id program, const unsigned char *object,
			const unsigned char *object_end)
{
	const struct program_image image = {
		.name = program_names[program],
		.bytes = object,
		.size = object_end - object,
	};
	static struct parts parts;
	json_t *rows = json_array();

	parts_probe(&parts, probe_lists[program], &image);
	for (int i = 0; i < parts.count; i++)
		json_array_append_new(rows, describe_way(&parts.part[i]));
	parts_close(&parts);
	json_object_set_new(programs, program_names[program], rows);
}

static json_t *try_capture(void)
{
	int err = try_packet_socket();
	json_t *row = json_pack("{s:s, s:s, s:s, s:b, s:s}", "part", "packets", "attach", "packet_socket", "tier",
				tier_names[TIER_HOOK], "works", !err, "covers", CAPTURE_COVERS);
	struct failure failure;

	if (err) {
		host_explain(&failure, "packet_socket", err, HAS_NET_RAW);
		json_object_set_new(row, "code", json_string(failure.code));
		json_object_set_new(row, "detail", json_string(failure.detail));
	}
	return row;
}

static json_t *probe_programs(void)
{
	json_t *programs = json_object();
	bool direct = direct_reads_work();

	add_program(programs, PROGRAM_STACK_LATENCY, direct ? stack_latency_direct_object : stack_latency_object,
		    direct ? stack_latency_direct_object_end : stack_latency_object_end);
	add_program(programs, PROGRAM_TCP_CONNECT, tcp_connect_object, tcp_connect_object_end);
	add_program(programs, PROGRAM_TCP_LIFE, tcp_life_object, tcp_life_object_end);
	add_program(programs, PROGRAM_TCP_EVENTS, tcp_events_object, tcp_events_object_end);
	json_object_set_new(programs, program_names[PROGRAM_CAPTURE], json_pack("[o]", try_capture()));
	return programs;
}

static json_t *missing_capabilities(void)
{
	static const uint64_t needed[] = { HAS_BPF, HAS_PERFMON, HAS_NET_ADMIN, HAS_NET_RAW };
	json_t *list = json_array();
	char name[32];

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (host_missing(needed[i])) {
			host_capability_names(needed[i], name, sizeof(name));
			json_array_append_new(list, json_string(name));
		}
	if (host_limits_maps())
		json_array_append_new(list, json_string("CAP_SYS_RESOURCE"));
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
