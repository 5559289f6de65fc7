// SPDX-License-Identifier: Apache-2.0
/*
 * Attaches the hot programs of several objects, in the order of the arguments, says so, waits for the end of its input,
 * and prints what each run cost: one line "LABEL/PROGRAM RUNS NANOSECONDS" a program.
 *
 *   probe-cost LABEL=OBJECT...
 */
#include <inttypes.h>
#include <limits.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/net_tstamp.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../bpf/stack_latency_map.h"
#include "../loader/exponential.h"
#include "../loader/netfilter_link.h"

#define HOOK_PRE_ROUTING 0
#define HOOK_LOCAL_IN	 1
/* The priorities of the loader's own stages, loader/programs_stack.c. */
#define PRIORITY_FIRST (INT_MIN + 1)
#define PRIORITY_LAST  (INT_MAX - 1)

/* Since 6.6; libbpf 1.1 does not know it. */
#define TCX_EGRESS 47

#define OBJECTS_MAX 8

enum way { BY_NETFILTER, BY_TRACEPOINT, BY_TCX };

static const struct attachment {
	const char *program;
	enum way way;
	const char *tracepoint;
	uint32_t hook;
	int32_t priority;
} attachments[] = {
	{ "ip_start", BY_NETFILTER, .hook = HOOK_PRE_ROUTING, .priority = PRIORITY_FIRST },
	{ "tcp_start", BY_NETFILTER, .hook = HOOK_LOCAL_IN, .priority = PRIORITY_LAST },
	{ "udp_start", BY_NETFILTER, .hook = HOOK_LOCAL_IN, .priority = PRIORITY_LAST },
	{ "tcp_socket_enqueued", BY_TRACEPOINT, .tracepoint = "sk_data_ready" },
	{ "udp_socket_enqueued", BY_TRACEPOINT, .tracepoint = "sk_data_ready" },
	{ "tcp_socket_read", BY_TRACEPOINT, .tracepoint = "skb_copy_datagram_iovec" },
	{ "empty_netfilter", BY_NETFILTER, .hook = HOOK_LOCAL_IN, .priority = PRIORITY_LAST },
	{ "empty_tracepoint", BY_TRACEPOINT, .tracepoint = "sk_data_ready" },
	{ "clock_tracepoint", BY_TRACEPOINT, .tracepoint = "sk_data_ready" },
	{ "unstamped", BY_TCX, .tracepoint = NULL },
};

#define ATTACHMENTS (sizeof(attachments) / sizeof(attachments[0]))

static int64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void *section(const struct bpf_object *object, const char *name, size_t least)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(object, name);
	size_t size = 0;
	void *bytes = map ? (void *)bpf_map__initial_value((struct bpf_map *)map, &size) : NULL;

	return size < least ? NULL : bytes;
}

/* The clocks are of the same moment to within microseconds; whole seconds are what counts for TAI. */
static void set_clocks(struct stack_control *control)
{
	int64_t realtime = now_ns(CLOCK_REALTIME);

	control->tai_offset_ns = (now_ns(CLOCK_TAI) - realtime + 500000000LL) / 1000000000LL * 1000000000LL;
	control->realtime_offset_ns = realtime - now_ns(CLOCK_MONOTONIC);
	control->epoch = 1;
}

/* As the loader does it without options. */
static void fill_sections(const struct bpf_object *object)
{
	struct stack_settings *settings = section(object, ".rodata", sizeof(*settings));
	struct stack_control *control = section(object, ".bss", sizeof(*control));

	if (settings)
		exponential_slices(settings->slices);
	if (control)
		set_clocks(control);
}

static int attach(const struct bpf_program *program, const struct attachment *to)
{
	int fd = bpf_program__fd(program);

	switch (to->way) {
	case BY_TRACEPOINT: {
		bool is_typed = bpf_program__type(program) == BPF_PROG_TYPE_TRACING; /* loaded for this tracepoint */

		return bpf_raw_tracepoint_open(is_typed ? NULL : to->tracepoint, fd) < 0 ? -1 : 0;
	}
	case BY_TCX:
		return bpf_link_create(fd, if_nametoindex("lo"), (enum bpf_attach_type)TCX_EGRESS, NULL) < 0 ? -1 : 0;
	case BY_NETFILTER:
		break;
	}
	return netfilter_link_near(fd, NETFILTER_IPV4, to->hook, to->priority) < 0 ||
			       netfilter_link_near(fd, NETFILTER_IPV6, to->hook, to->priority) < 0
		       ? -1
		       : 0;
}

static const struct attachment *attachment_of(const struct bpf_program *program)
{
	for (size_t i = 0; i < ATTACHMENTS; i++)
		if (!strcmp(attachments[i].program, bpf_program__name(program)))
			return &attachments[i];
	return NULL;
}

static struct bpf_object *loaded(const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;

	if (!object)
		return NULL;
	bpf_object__for_each_program (program, object) {
		const struct attachment *to = attachment_of(program);

		bpf_program__set_autoload(program, to);
		if (to && to->way == BY_NETFILTER)
			netfilter_set_type(program);
	}
	fill_sections(object);
	return bpf_object__load(object) ? NULL : object;
}

static struct bpf_object *attached(const char *path)
{
	struct bpf_object *object = loaded(path);
	struct bpf_program *program;

	if (!object)
		return NULL;
	bpf_object__for_each_program (program, object) {
		const struct attachment *to = attachment_of(program);

		if (to && attach(program, to)) {
			perror(to->program);
			return NULL;
		}
	}
	return object;
}

/* The kernel stamps what it receives for as long as somebody wants it. */
static int want_stamps(void)
{
	int wanted = SOF_TIMESTAMPING_RX_SOFTWARE;

	return setsockopt(socket(AF_INET, SOCK_DGRAM, 0), SOL_SOCKET, SO_TIMESTAMPING, &wanted, sizeof(wanted));
}

static void print_costs(const char *label, int length, const struct bpf_object *object)
{
	struct bpf_program *program;

	bpf_object__for_each_program (program, object) {
		struct bpf_prog_info info = { 0 };
		uint32_t size = sizeof(info);

		if (!attachment_of(program) || bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
			continue;
		printf("%.*s/%s %" PRIu64 " %" PRIu64 "\n", length, label, bpf_program__name(program),
		       (uint64_t)info.run_cnt, (uint64_t)info.run_time_ns);
	}
}

int main(int argc, char **argv)
{
	struct bpf_object *objects[OBJECTS_MAX];
	char input;

	if (argc < 2 || argc > OBJECTS_MAX || want_stamps() || bpf_enable_stats(BPF_STATS_RUN_TIME) < 0)
		return 1;
	for (int i = 1; i < argc; i++) {
		objects[i - 1] = attached(strchr(argv[i], '=') + 1);
		if (!objects[i - 1])
			return 1;
	}
	puts("attached");
	fflush(stdout);
	while (read(STDIN_FILENO, &input, 1) > 0)
		;
	for (int i = 1; i < argc; i++)
		print_costs(argv[i], (int)strcspn(argv[i], "="), objects[i - 1]);
	return 0;
}
