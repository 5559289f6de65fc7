/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the histograms that bpf/stack_latency.bpf.c counts, and sends what has been added since the last time. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/net_tstamp.h>

#include <bpf/bpf.h>

#include "../bpf/stack_latency_map.h"
#include "clock.h"
#include "direct_reads.h"
#include "exponential.h"
#include "log.h"
#include "netns.h"
#include "objects.h"
#include "program.h"
#include "run_stats.h"
#include "stack_groups.h"
#include "stack_totals.h"

struct stack_state {
	int stamp_socket;
	int histograms_fd;
	int cpus;
	struct stack_control *control;		     /* the programs' .bss */
	struct stack_histogram *cells;		     /* one stage, one entry per CPU */
	uint64_t end_unix_ns;			     /* of the last record */
	struct stack_histogram before[STACK_STAGES]; /* totals over all CPUs at the last record */
	uint64_t misses_before[STACK_STAGES];
	struct stack_groups groups;
};

/* The kernel stamps received packets while anybody wants it; this socket does, for as long as it is open. */
static int open_stamp_socket(void)
{
	int wanted = SOF_TIMESTAMPING_RX_SOFTWARE;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &wanted, sizeof(wanted))) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

static void refresh_clocks(struct stack_control *control)
{
	control->tai_offset_ns = clock_tai_offset_ns();
	control->realtime_offset_ns = clock_realtime_offset_ns();
}

static bool is_any_set(const struct stack_filter *filter)
{
	return filter->interface_count || filter->port_count || filter->range_count || filter->pid_count ||
	       filter->cgroup_count || filter->netns_count || filter->ip_version || filter->min_queue_length ||
	       filter->drop_reordered || filter->sample_one_in > 1;
}

static int fill_settings(const struct options *options, struct stack_settings *settings)
{
	int err;

	exponential_slices(settings->slices);
	settings->filter = options->filter;
	settings->filtered = is_any_set(&options->filter);
	settings->group_by = options->group_by;
	settings->max_groups = options->max_groups;
	err = netns_own(&settings->own_netns_inode);
	settings->netns_inode = options->own_namespace ? settings->own_netns_inode : 0;
	return err;
}

static int prepare(struct run *run, struct program_image *image)
{
	static struct stack_settings settings;
	static struct stack_control control = { .epoch = 1 };
	struct stack_state *state = calloc(1, sizeof(*state));
	bool direct;
	int err;

	if (!state)
		return -ENOMEM;
	run->state = state;
	state->stamp_socket = open_stamp_socket();
	err = fill_settings(&run->options, &settings);
	if (err)
		return err;
	refresh_clocks(&control);
	direct = direct_reads_work();
	*image = (struct program_image){
		.name = "stack_latency",
		.bytes = direct ? stack_latency_direct_object : stack_latency_object,
		.size = direct ? stack_latency_direct_object_end - stack_latency_direct_object
			       : stack_latency_object_end - stack_latency_object,
		.sized = { { "groups", stack_groups_entries(&run->options) } },
		.settings = { ".rodata", &settings, sizeof(settings) },
		.control = { ".bss", &control, sizeof(control) },
	};
	return state->stamp_socket < 0 ? state->stamp_socket : 0;
}

static int map_control(struct run *run, struct stack_state *state)
{
	void *memory = mmap(NULL, sizeof(*state->control), PROT_READ | PROT_WRITE, MAP_SHARED,
			    parts_map_fd(&run->parts, ".bss"), 0);

	if (memory == MAP_FAILED)
		return -errno;
	state->control = memory;
	return 0;
}

static int start(struct run *run)
{
	struct stack_state *state = run->state;
	int err;

	state->cpus = libbpf_num_possible_cpus();
	if (state->cpus < 0)
		return state->cpus;
	state->cells = calloc(state->cpus, sizeof(*state->cells));
	if (!state->cells)
		return -ENOMEM;
	state->histograms_fd = parts_map_fd(&run->parts, "histograms");
	state->end_unix_ns = clock_realtime_ns();
	err = map_control(run, state);
	return err ? err
		   : stack_groups_start(&state->groups, &run->options, parts_map_fd(&run->parts, "groups"), state->cpus,
					state->control);
}

static int read_stage(struct stack_state *state, uint32_t stage, uint64_t epoch, struct stack_histogram *total)
{
	if (bpf_map_lookup_elem(state->histograms_fd, &stage, state->cells))
		return -errno;
	stack_total(state->cells, state->cpus, epoch, total);
	return 0;
}

static void add_misses(struct stack_state *state, const struct part *part, struct stack_latency_record *record)
{
	uint64_t misses = part_recursion_misses(part);
	uint64_t *before = &state->misses_before[record->stage];

	record->skipped[SKIP_RECURSION] += misses - *before;
	record->seen += misses - *before;
	*before = misses;
}

static int report_stage(struct run *run, const struct part *part, struct stack_latency_record *record, uint64_t epoch)
{
	struct stack_state *state = run->state;
	struct stack_histogram now;
	int err = read_stage(state, record->stage, epoch, &now);

	if (err) {
		log_warn("read_failed", "%s: cannot read its histogram: %s", part->probe->part, strerror(-err));
		return 0;
	}
	stack_totals_subtract(&now, &state->before[record->stage], record);
	add_misses(state, part, record);
	state->before[record->stage] = now;
	return frame_append(&run->out, FRAME_STACK_LATENCY, record, sizeof(*record));
}

static int report(struct run *run, bool last)
{
	struct stack_state *state = run->state;
	uint64_t epoch = state->control->epoch;
	struct stack_latency_record interval = { .start_unix_ns = state->end_unix_ns };
	int err = 0;

	(void)last;
	__atomic_store_n(&state->control->epoch, epoch + 1, __ATOMIC_SEQ_CST);
	state->end_unix_ns = interval.end_unix_ns = clock_realtime_ns();
	if (interval.end_unix_ns < interval.start_unix_ns) /* the clock was set back */
		interval.start_unix_ns = interval.end_unix_ns;
	for (int i = 0; i < run->parts.count && !err; i++) {
		const struct part *part = &run->parts.part[i];
		struct stack_latency_record record = interval;

		if (!part->object || part->probe->stage < 0)
			continue;
		record.stage = part->probe->stage;
		err = report_stage(run, part, &record, epoch);
	}
	return err ? err : stack_groups_report(&state->groups, &interval, epoch, &run->out);
}

static int tick(struct run *run)
{
	struct stack_state *state = run->state;

	refresh_clocks(state->control);
	return 0;
}

static void stop(struct run *run)
{
	struct stack_state *state = run->state;

	if (!state)
		return;
	if (state->stamp_socket >= 0)
		close(state->stamp_socket);
	if (state->control)
		munmap(state->control, sizeof(*state->control));
	stack_groups_stop(&state->groups);
	free(state->cells);
	free(state);
	run->state = NULL;
}

const struct program stack_latency_program = {
	.prepare = prepare,
	.start = start,
	.report = report,
	.tick = tick,
	.stop = stop,
};
