/* SPDX-License-Identifier: Apache-2.0 */
#include "kprobe.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* /sys/bus/event_source/devices/kprobe/format/retprobe: "config:0", since 4.17. */
#define AT_RETURN 1

/* The kernel has kprobes when it names their perf event type. */
static int event_type(uint32_t *type)
{
	FILE *file = fopen("/sys/bus/event_source/devices/kprobe/type", "re");
	int err;

	if (!file)
		return -errno;
	err = fscanf(file, "%u", type) == 1 ? 0 : -EPROTO;
	fclose(file);
	return err;
}

int kprobe_event_open(const char *function, bool at_return)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.config = at_return ? AT_RETURN : 0,
		.config1 = (uintptr_t)function,
	};
	int err = event_type(&attr.type);
	long event;

	if (err)
		return err;
	event = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	return event < 0 ? -errno : (int)event;
}

/* By ioctl and not by link: links of perf events came with 5.15. */
int kprobe_attach(const struct bpf_program *program)
{
	const char *section = bpf_program__section_name(program);
	const char *slash = strchr(section, '/');
	int event, err;

	if (!slash)
		return -EINVAL;
	event = kprobe_event_open(slash + 1, !strncmp(section, "kretprobe/", strlen("kretprobe/")));
	if (event < 0)
		return event;
	if (!ioctl(event, PERF_EVENT_IOC_SET_BPF, bpf_program__fd(program)) && !ioctl(event, PERF_EVENT_IOC_ENABLE, 0))
		return event;
	err = -errno;
	close(event);
	return err;
}
