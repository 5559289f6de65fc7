/* SPDX-License-Identifier: Apache-2.0 */
#include "netfilter_link.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

/* Loaders and parts that can share a hook. */
#define PRIORITY_TRIES 64

/* r0 = 1 (NF_ACCEPT); exit */
static const struct bpf_insn accept_all[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
	{ .code = BPF_JMP | BPF_EXIT },
};

int netfilter_refused(void)
{
	static bool is_tried;
	static int refusal;
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = NETFILTER_ATTACH_TYPE);
	int program;

	if (is_tried)
		return refusal;
	program = bpf_prog_load(NETFILTER_PROGRAM_TYPE, "lagpipe_probe", "Dual BSD/GPL", accept_all, 2, &opts);
	is_tried = true;
	refusal = program < 0 ? program : 0;
	if (program >= 0)
		close(program);
	return refusal;
}

void netfilter_set_type(struct bpf_program *program)
{
	bpf_program__set_type(program, NETFILTER_PROGRAM_TYPE);
	bpf_program__set_expected_attach_type(program, NETFILTER_ATTACH_TYPE);
}

static int link_at(int program_fd, uint32_t family, uint32_t hook, int32_t priority)
{
	/* union bpf_attr, link_create.netfilter, as of 6.4 */
	struct {
		uint32_t program_fd;
		uint32_t target_fd;
		uint32_t attach_type;
		uint32_t flags;
		uint32_t family;
		uint32_t hook;
		int32_t priority;
		uint32_t netfilter_flags;
	} attr = {
		.program_fd = program_fd,
		.attach_type = NETFILTER_ATTACH_TYPE,
		.family = family,
		.hook = hook,
		.priority = priority,
	};
	long fd = syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));

	return fd < 0 ? -errno : (int)fd;
}

int netfilter_link_near(int program_fd, uint32_t family, uint32_t hook, int32_t priority)
{
	int32_t step = priority < 0 ? 1 : -1;
	int fd = -EBUSY;

	for (int i = 0; i < PRIORITY_TRIES && fd == -EBUSY; i++)
		fd = link_at(program_fd, family, hook, priority + i * step);
	return fd;
}
