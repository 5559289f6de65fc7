/* SPDX-License-Identifier: Apache-2.0 */
#include "netfilter_link.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/bpf.h>

/* Loaders and parts that can share a hook. */
#define PRIORITY_TRIES 64

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
