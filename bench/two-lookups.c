// SPDX-License-Identifier: Apache-2.0
/*
 * Attaches the programs of two-lookups.bpf.c, says so, waits for the end of its input, and prints what each run cost:
 * one line "NAME RUNS NANOSECONDS" a program.
 *
 *   two-lookups OBJECT
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../bpf/stack_latency_map.h"
#include "../loader/netfilter_link.h"

#define HOOK_PRE_ROUTING 0
#define HOOK_LOCAL_IN	 1
/* The priorities of the loader's own stages, loader/programs.c. */
#define PRIORITY_FIRST (INT_MIN + 1)
#define PRIORITY_LAST  (INT_MAX - 1)

static const struct attachment {
	const char *program;
	const char *tracepoint; /* or NULL for netfilter */
	uint32_t hook;
	int32_t priority;
} attachments[] = {
	{ "two_ip_start", NULL, HOOK_PRE_ROUTING, PRIORITY_FIRST },
	{ "two_tcp_start", NULL, HOOK_LOCAL_IN, PRIORITY_LAST },
	{ "two_udp_start", NULL, HOOK_LOCAL_IN, PRIORITY_LAST },
	{ "empty_netfilter", NULL, HOOK_LOCAL_IN, PRIORITY_LAST },
	{ "two_tcp_queued", "sk_data_ready", 0, 0 },
	{ "two_udp_queued", "sk_data_ready", 0, 0 },
	{ "two_tcp_read", "skb_copy_datagram_iovec", 0, 0 },
	{ "bare_ip_start", NULL, HOOK_PRE_ROUTING, PRIORITY_FIRST },
	{ "bare_tcp_start", NULL, HOOK_LOCAL_IN, PRIORITY_LAST },
	{ "bare_udp_start", NULL, HOOK_LOCAL_IN, PRIORITY_LAST },
	{ "bare_tcp_queued", "sk_data_ready", 0, 0 },
	{ "bare_udp_queued", "sk_data_ready", 0, 0 },
	{ "bare_tcp_read", "skb_copy_datagram_iovec", 0, 0 },
	{ "empty_tracepoint", "sk_data_ready", 0, 0 },
};

#define ATTACHMENTS (sizeof(attachments) / sizeof(attachments[0]))

static int64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* The clocks are of the same moment to within microseconds; whole seconds are what counts for TAI. */
static int set_clocks(struct bpf_object *object)
{
	struct bpf_map *bss = bpf_object__find_map_by_name(object, ".bss");
	size_t size = 0;
	struct stack_control *control = bss ? (void *)bpf_map__initial_value(bss, &size) : NULL;
	int64_t realtime = now_ns(CLOCK_REALTIME);

	if (!control || size < sizeof(*control))
		return -1;
	control->tai_offset_ns = (now_ns(CLOCK_TAI) - realtime + 500000000LL) / 1000000000LL * 1000000000LL;
	control->realtime_offset_ns = realtime - now_ns(CLOCK_MONOTONIC);
	return 0;
}

static int attach(const struct bpf_object *object, const struct attachment *to)
{
	int fd = bpf_program__fd(bpf_object__find_program_by_name(object, to->program));

	if (to->tracepoint)
		return bpf_raw_tracepoint_open(to->tracepoint, fd) < 0 ? -1 : 0;
	return netfilter_link_near(fd, NETFILTER_IPV4, to->hook, to->priority) < 0 ||
			       netfilter_link_near(fd, NETFILTER_IPV6, to->hook, to->priority) < 0
		       ? -1
		       : 0;
}

static struct bpf_object *loaded(const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_map *map;

	if (!object)
		return NULL;
	bpf_object__for_each_map (map, object) {
		const char *name = bpf_map__name(map);

		/* The shared headers bring maps that these programs do not use. */
		bpf_map__set_autocreate(map, strchr(name, '.') || !strcmp(name, "counters"));
	}
	for (size_t i = 0; i < ATTACHMENTS; i++)
		if (!attachments[i].tracepoint)
			netfilter_set_type(bpf_object__find_program_by_name(object, attachments[i].program));
	return set_clocks(object) || bpf_object__load(object) ? NULL : object;
}

static void print_cost(const struct bpf_object *object, const char *name)
{
	struct bpf_prog_info info = { 0 };
	uint32_t length = sizeof(info);

	bpf_obj_get_info_by_fd(bpf_program__fd(bpf_object__find_program_by_name(object, name)), &info, &length);
	printf("%s %" PRIu64 " %" PRIu64 "\n", name, (uint64_t)info.run_cnt, (uint64_t)info.run_time_ns);
}

int main(int argc, char **argv)
{
	struct bpf_object *object = argc == 2 ? loaded(argv[1]) : NULL;
	char input;

	if (!object || bpf_enable_stats(BPF_STATS_RUN_TIME) < 0)
		return 1;
	for (size_t i = 0; i < ATTACHMENTS; i++) {
		if (attach(object, &attachments[i])) {
			perror(attachments[i].program);
			return 1;
		}
	}
	puts("attached");
	fflush(stdout);
	while (read(STDIN_FILENO, &input, 1) > 0)
		;
	for (size_t i = 0; i < ATTACHMENTS; i++)
		print_cost(object, attachments[i].program);
	return 0;
}
