/* SPDX-License-Identifier: Apache-2.0 */
#include "part_hooks.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "cgroup.h"
#include "kernel_types.h"
#include "kprobe.h"
#include "netfilter_link.h"
#include "netns.h"
#include "tracing.h"

bool part_needs_hook(const struct hook *hook)
{
	return !hook->ipv6 || kernel_has_ipv6();
}

bool part_is_by_netfilter(const struct probe *probe, const struct hook *hook)
{
	return !hook->tracepoint && !hook->ingress &&
	       (probe->attach == ATTACH_NETFILTER || probe->attach == ATTACH_NETFILTER_FOLLOWED);
}

static int add_link(struct part *part, int fd)
{
	if (fd < 0)
		return fd;
	part->links[part->link_count++] = fd;
	return 0;
}

static int attach_cgroup_program(struct part *part, const struct bpf_program *program, bool whole)
{
	int root = cgroup_root_open(whole);
	int err;

	if (root < 0)
		return root;
	err = add_link(part, bpf_link_create(bpf_program__fd(program), root, bpf_program__expected_attach_type(program),
					     NULL));
	close(root);
	return err;
}

static const uint32_t netfilter_families[] = { NETFILTER_IPV4, NETFILTER_IPV6 };

static int attach_netfilter_program(struct part *part, const struct hook *hook, int program_fd)
{
	int err = 0;

	for (size_t i = 0; i < sizeof(netfilter_families) / sizeof(netfilter_families[0]) && !err; i++)
		err = add_link(part, netfilter_link_near(program_fd, netfilter_families[i], hook->netfilter_hook,
							 hook->priority));
	return err;
}

int part_link_netfilter(const struct part *part, int *links, int room)
{
	const struct hook *hook = &part->probe->hooks[0];
	int program_fd = bpf_program__fd(bpf_object__find_program_by_name(part->object, hook->program));
	int count = 0;

	for (size_t i = 0; i < sizeof(netfilter_families) / sizeof(netfilter_families[0]) && count < room; i++) {
		links[count] =
			netfilter_link_near(program_fd, netfilter_families[i], hook->netfilter_hook, hook->priority);
		count += links[count] >= 0;
	}
	return count;
}

/* Programs that know the types of its arguments were loaded for this one tracepoint, and have it named already. */
static int attach_tracepoint(const struct bpf_program *program, const char *tracepoint)
{
	bool is_typed = bpf_program__type(program) == BPF_PROG_TYPE_TRACING;

	return bpf_raw_tracepoint_open(is_typed ? NULL : tracepoint, bpf_program__fd(program));
}

static int attach_hook(struct part *part, const struct hook *hook)
{
	const struct bpf_program *program = bpf_object__find_program_by_name(part->object, hook->program);
	int fd = bpf_program__fd(program);

	if (hook->tracepoint)
		return add_link(part, attach_tracepoint(program, hook->tracepoint));
	if (hook->ingress)
		return attach_cgroup_program(part, program, true);
	switch (part->probe->attach) {
	case ATTACH_TRACING:
		return add_link(part, bpf_raw_tracepoint_open(NULL, fd));
	case ATTACH_KPROBE:
		return add_link(part, kprobe_attach(program));
	case ATTACH_NETFILTER_FOLLOWED:
	case ATTACH_NETFILTER:
		return attach_netfilter_program(part, hook, fd);
	case ATTACH_CGROUP:
		return attach_cgroup_program(part, program, false);
	case ATTACH_RAW_TRACEPOINT:
	case ATTACH_TYPES:
		break;
	}
	return -EINVAL;
}

int part_hooks_attach(struct part *part)
{
	for (int i = 0; i < PROBE_HOOKS && part->probe->hooks[i].program; i++) {
		const struct hook *hook = &part->probe->hooks[i];
		int err = part_needs_hook(hook) ? attach_hook(part, hook) : 0;

		if (err)
			return err;
	}
	return 0;
}

void part_hooks_detach(struct part *part)
{
	while (part->link_count)
		close(part->links[--part->link_count]);
}

/* "fentry/tcp_v4_rcv" and "kprobe/tcp_v4_rcv" name their function. */
static const char *function_of(const struct bpf_program *program)
{
	const char *slash = program ? strchr(bpf_program__section_name(program), '/') : NULL;

	return slash ? slash + 1 : "";
}

static int kprobe_refused(const char *function)
{
	int event = kprobe_event_open(function, false);

	if (event < 0)
		return event;
	close(event);
	return 0;
}

int part_hooks_refused(const struct probe *probe, const struct bpf_object *object)
{
	bool is_followed = probe->attach == ATTACH_NETFILTER_FOLLOWED;
	int err = is_followed || probe->attach == ATTACH_NETFILTER ? netfilter_refused() : 0;

	if (!err && is_followed)
		err = netns_may_enter();
	for (int i = 0; i < PROBE_HOOKS && probe->hooks[i].program && !err; i++) {
		const struct hook *hook = &probe->hooks[i];
		const char *function = function_of(bpf_object__find_program_by_name(object, hook->program));

		if (!part_needs_hook(hook))
			continue;
		if (probe->attach == ATTACH_TRACING)
			err = tracing_refused(function);
		else if (probe->attach == ATTACH_KPROBE)
			err = kprobe_refused(function);
	}
	return err;
}
