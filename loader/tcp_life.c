/* SPDX-License-Identifier: Apache-2.0 */
/* Passes on the records of bpf/tcp_life.bpf.c, asks it for reports on open connections, and reads its histograms. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "../bpf/tcp_life_map.h"
#include "clock.h"
#include "counters.h"
#include "exponential.h"
#include "life_durations.h"
#include "objects.h"
#include "program.h"
#include "run_stats.h"

/* So much sooner than the interval is due as well: ticks are a second apart, and must not miss one by a hair. */
#define REPORT_SLACK_NS (50 * NS_PER_MS)

/* Connections that one call reads; a hundred bytes each. */
#define WALK_CONNECTIONS 1024

struct life_state {
	int connections_fd;
	int report_fd; /* the program that makes a report on an open connection; -1: it is not loaded */
	bool has_turns;
	struct tcp_life_stats before; /* totals of the last report */
	struct life_durations durations;
	uint64_t walked_keys[WALK_CONNECTIONS];
	struct tcp_life_connection walked[WALK_CONNECTIONS];
};

static int prepare(struct run *run, struct program_image *image)
{
	static struct tcp_life_settings settings;

	exponential_slices(settings.slices);
	settings.min_duration_ns = run->options.min_duration_ns;
	*image = (struct program_image){
		.sized = { { "connections", run->options.max_connections } },
		.name = "tcp_life",
		.bytes = tcp_life_object,
		.size = tcp_life_object_end - tcp_life_object,
		.settings = { ".rodata", &settings, sizeof(settings) },
	};
	return 0;
}

static int send_record(struct run *run, void *bytes)
{
	const struct life_state *state = run->state;
	struct tcp_life_record *record = bytes;

	record->end_unix_ns += clock_realtime_offset_ns();
	record->has_turns = state->has_turns;
	return frame_append(&run->out, FRAME_TCP_LIFE, record, sizeof(*record));
}

static void find_programs(struct run *run, struct life_state *state)
{
	const struct part *part = parts_live(&run->parts, "connections");

	state->has_turns = parts_live(&run->parts, "turns");
	state->report_fd = part ? bpf_program__fd(bpf_object__find_program_by_name(part->object, "closing")) : -1;
}

static int start(struct run *run)
{
	struct life_state *state = calloc(1, sizeof(*state));
	int err;

	if (!state)
		return -ENOMEM;
	run->state = state;
	state->connections_fd = parts_map_fd(&run->parts, "connections");
	state->before.end_unix_ns = clock_realtime_ns();
	find_programs(run, state);
	err = record_ring_open(run, sizeof(struct tcp_life_record), sizeof(struct tcp_life_counters), send_record);
	return err ? err : life_durations_open(&state->durations, parts_map_fd(&run->parts, "durations"));
}

static void ask_for_report(const struct life_state *state, uint64_t key)
{
	uint64_t arguments[] = { key, 0, TCP_LIFE_REPORT };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = arguments, .ctx_size_in = sizeof(arguments));

	bpf_prog_test_run_opts(state->report_fd, &opts);
}

static void report_due(const struct life_state *state, uint32_t count, uint64_t now, uint64_t interval_ns)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct tcp_life_connection *connection = &state->walked[i];

		if (connection->established_ns && now > connection->reported_ns &&
		    now - connection->reported_ns + REPORT_SLACK_NS >= interval_ns)
			ask_for_report(state, state->walked_keys[i]);
	}
}

/* A connection that is opened or closed during the walk may be met or not; the next walk is a second later. */
static int tick(struct run *run)
{
	struct life_state *state = run->state;
	uint64_t interval_ns = run->options.report_interval_ms * NS_PER_MS;
	uint64_t now = clock_monotonic_ns();
	uint32_t from, to, count;
	bool first = true, last = !interval_ns || state->report_fd < 0;

	while (!last) {
		count = WALK_CONNECTIONS;
		last = bpf_map_lookup_batch(state->connections_fd, first ? NULL : &from, &to, state->walked_keys,
					    state->walked, &count, NULL);
		if (last && errno != ENOENT)
			break;
		report_due(state, count, now, interval_ns);
		first = false;
		from = to;
	}
	return 0;
}

static void add_counters(struct tcp_life_stats *stats, const struct tcp_life_counters *counters)
{
	stats->opened += counters->opened;
	stats->closed += counters->closed;
	stats->below_minimum += counters->below_minimum;
	stats->ring_full += counters->ring_full;
	stats->map_full += counters->map_full;
	stats->unseen_end += counters->unseen_end;
	stats->in_flight += counters->began - counters->ended;
	stats->reports += counters->reports;
	stats->reports_lost += counters->reports_lost;
	stats->accepts_unseen += counters->accepts_unseen;
}

static int read_totals(struct run *run, struct tcp_life_stats *totals)
{
	struct tcp_life_counters counters = { 0 };
	int err = counters_add(&run->ring.counters, 0, &counters);

	memset(totals, 0, sizeof(*totals));
	totals->end_unix_ns = clock_realtime_ns();
	add_counters(totals, &counters);
	totals->missed = parts_recursion_misses(&run->parts);
	return err;
}

/* Counts are read before the ring is drained, so the reader has every record that they count. */
static int report(struct run *run, bool last)
{
	struct life_state *state = run->state;
	struct tcp_life_stats now, delta;
	uint64_t start_ns = state->before.end_unix_ns;
	int err = read_totals(run, &now);

	(void)last;
	if (start_ns > now.end_unix_ns) /* the clock was set back */
		start_ns = now.end_unix_ns;
	if (!err)
		err = record_ring_drain(run);
	if (!err)
		err = life_durations_report(&state->durations, &run->out, start_ns, now.end_unix_ns);
	if (err)
		return err;
	delta = now;
	counters_subtract(&delta, &state->before, sizeof(delta));
	delta.end_unix_ns = now.end_unix_ns;
	delta.in_flight = now.in_flight;
	state->before = now;
	return frame_append(&run->out, FRAME_TCP_LIFE_STATS, &delta, sizeof(delta));
}

const struct program tcp_life_program = {
	.prepare = prepare,
	.start = start,
	.report = report,
	.drain = record_ring_drain,
	.wake_fd = record_ring_fd,
	.tick = tick,
	.stop = record_ring_stop,
};
