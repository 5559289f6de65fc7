/* SPDX-License-Identifier: Apache-2.0 */
#include "privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "host.h"
#include "log.h"
#include "program.h"
#include "programs.h"

#define EVERY_PROGRAM (HAS_BPF | HAS_PERFMON | HAS_NET_ADMIN | HAS_NET_RAW | HAS_SYS_ADMIN | HAS_SYS_PTRACE)

/* Where the kernel does not have close_range(2), which is 5.9: an agent has some dozens. */
#define MOST_INHERITED_FILES 4096

/* In effect all the time. */
static uint64_t usual;

static void close_inherited_files(void)
{
	if (!syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, 0))
		return;
	for (int fd = STDERR_FILENO + 1; fd < MOST_INHERITED_FILES; fd++)
		close(fd);
}

/* Capabilities in effect and ones that may be put into effect; nothing is handed on to a program that is executed. */
static int set_capabilities(uint64_t effective, uint64_t permitted)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{ .effective = (uint32_t)effective, .permitted = (uint32_t)permitted },
		{ .effective = effective >> 32, .permitted = permitted >> 32 },
	};

	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

static uint64_t permitted_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return 0;
	return (uint64_t)data[1].permitted << 32 | data[0].permitted;
}

/* Takes CAP_SETPCAP. Whoever lacks it is no worse off: no_new_privs makes the bounding set meaningless. */
static void empty_bounding_set(void)
{
	for (unsigned long capability = 0; capability < 64; capability++)
		prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

int privileges_begin(void)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };

	close_inherited_files();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	/* Until 5.11 maps count as locked memory. CAP_SYS_RESOURCE is needed for this alone, and given up right after.
	 */
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	empty_bounding_set();
	return set_capabilities(0, permitted_capabilities() & EVERY_PROGRAM);
}

uint64_t privileges_needed(const struct options *options)
{
	const struct probe_list *list = probe_lists[options->program];
	uint64_t needed = options->run_stats ? HAS_SYS_ADMIN : 0;

	if (!list)
		return program_of(options->program)->capabilities(options, false);
	for (int i = 0; i < list->count; i++) {
		needed |= attach_capabilities[list->rows[i].attach];
		if (list->rows[i].reach == REACH_ENTERED && !options->own_namespace)
			needed |= PRIVILEGES_TO_FOLLOW;
	}
	return needed;
}

int privileges_use(uint64_t capabilities)
{
	uint64_t held = permitted_capabilities();

	/* A container may have been given the capability that the others were split from in 5.8, and not them. */
	if (capabilities & (HAS_BPF | HAS_PERFMON) & ~held)
		capabilities |= HAS_SYS_ADMIN;
	usual = held & capabilities;
	return set_capabilities(usual, usual);
}

/* What reading an open map takes, besides the file. Returns 0 or a negative errno; CAP_SYS_ADMIN stands for CAP_BPF. */
static int find_usual(int map_fd)
{
	uint64_t held = permitted_capabilities();
	uint64_t enough = held & HAS_BPF ? HAS_BPF : held & HAS_SYS_ADMIN;
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info);
	int err = set_capabilities(0, held);

	usual = 0;
	if (err || !enough || !bpf_obj_get_info_by_fd(map_fd, &info, &size) || errno != EPERM)
		return err;
	usual = enough;
	log_info("capability_kept", "this kernel lets only CAP_BPF read open maps: it stays in effect");
	return 0;
}

int privileges_end(int map_fd, uint64_t later)
{
	int err = find_usual(map_fd);

	return err ? err : set_capabilities(usual, usual | (permitted_capabilities() & later));
}

int privileges_keep(uint64_t later)
{
	usual = 0;
	return set_capabilities(0, permitted_capabilities() & later);
}

void privileges_raise(void)
{
	uint64_t permitted = permitted_capabilities();

	set_capabilities(permitted, permitted);
}

void privileges_lower(void)
{
	set_capabilities(usual, permitted_capabilities());
}
