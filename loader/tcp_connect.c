/* SPDX-License-Identifier: Apache-2.0 */
/* Passes on the records of bpf/tcp_connect.bpf.c, ends the attempts that it cannot see end, and reports its counts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "../bpf/tcp_connect_map.h"
#include "clock.h"
#include "counters.h"
#include "objects.h"
#include "program.h"
#include "run_stats.h"

/*
 * A call of connect() that has neither sent a SYN nor failed visibly after so long has failed. Between the cgroup hook
 * and the SYN lie microseconds; a second leaves room for a caller that lost its CPU there.
 */
#define PENDING_LIMIT_NS (1 * NS_PER_S)

/* After detaching, nothing can turn a pending call into an attempt any more; this is for the call of this moment. */
#define PENDING_LIMIT_AT_END_NS (10 * NS_PER_MS)

struct connect_state {
	int pending_fd;
	struct tcp_connect_counters swept; /* what the sweep did, in place of the kernel side */
	struct tcp_connect_stats before;   /* totals of the last report */
};

static int prepare(struct run *run, struct program_image *image)
{
	static struct tcp_connect_settings settings;

	settings.min_latency_ns = run->options.min_latency_ns;
	*image = (struct program_image){
		.sized = { { "attempts", run->options.max_in_flight },
			   { "syns", run->options.max_in_flight },
			   { "pending", run->options.max_in_flight < TCP_CONNECT_PENDING ? run->options.max_in_flight
											 : TCP_CONNECT_PENDING } },
		.name = "tcp_connect",
		.bytes = tcp_connect_object,
		.size = tcp_connect_object_end - tcp_connect_object,
		.settings = { ".rodata", &settings, sizeof(settings) },
	};
	return 0;
}

static int send_record(struct run *run, void *bytes)
{
	struct tcp_connect_record *record = bytes;

	record->end_unix_ns += clock_realtime_offset_ns();
	return frame_append(&run->out, FRAME_TCP_CONNECT, record, sizeof(*record));
}

static int start(struct run *run)
{
	struct connect_state *state = calloc(1, sizeof(*state));

	if (!state)
		return -ENOMEM;
	run->state = state;
	state->pending_fd = parts_map_fd(&run->parts, "pending");
	return record_ring_open(run, sizeof(struct tcp_connect_record), sizeof(struct tcp_connect_counters),
				send_record);
}

/* As end_unrouted() in the BPF program. */
static int end_pending(struct run *run, const struct tcp_connect_attempt *call)
{
	struct connect_state *state = run->state;
	struct tcp_connect_record record = {
		.end_unix_ns = call->start_ns,
		.cgroup_id = call->cgroup_id,
		.pid = call->pid,
		.tid = call->tid,
		.netns_inode = call->netns_inode,
		.peer_port = call->peer_port,
		.error = ENETUNREACH,
		.ip_version = call->ip_version,
		.outcome = OUTCOME_UNREACHABLE,
	};

	state->swept.finished++;
	if (run->options.min_latency_ns) {
		state->swept.below_minimum++;
		return 0;
	}
	memcpy(record.peer_address, call->peer_address, sizeof(record.peer_address));
	memcpy(record.comm, call->comm, sizeof(record.comm));
	state->swept.records++;
	return send_record(run, &record);
}

/* Ends the calls that began `limit_ns` ago or earlier. Whoever deletes an entry owns it: the kernel side may, too. */
static int sweep_pending(struct run *run, uint64_t limit_ns)
{
	struct connect_state *state = run->state;
	uint64_t now = clock_monotonic_ns();
	uint64_t key, next;
	bool more = !bpf_map_get_next_key(state->pending_fd, NULL, &next);
	int err = 0;

	/* An entry deleted by others makes the walk start again from the front, so it is bounded. */
	for (int i = 0; more && !err && i < 2 * TCP_CONNECT_PENDING; i++) {
		struct tcp_connect_attempt call;

		key = next;
		more = !bpf_map_get_next_key(state->pending_fd, &key, &next);
		if (bpf_map_lookup_elem(state->pending_fd, &key, &call) || now - call.start_ns < limit_ns ||
		    now < call.start_ns)
			continue;
		if (!bpf_map_delete_elem(state->pending_fd, &key))
			err = end_pending(run, &call);
	}
	return err;
}

static void add_counters(struct tcp_connect_stats *stats, const struct tcp_connect_counters *counters)
{
	stats->attempts += counters->attempts;
	stats->records += counters->records;
	stats->below_minimum += counters->below_minimum;
	stats->ring_full += counters->ring_full;
	stats->map_full += counters->map_full;
	stats->in_flight += counters->started - counters->finished;
}

static int read_totals(struct run *run, struct tcp_connect_stats *totals)
{
	const struct connect_state *state = run->state;
	struct tcp_connect_counters counters = state->swept;
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
	struct connect_state *state = run->state;
	struct tcp_connect_stats now, delta;
	int err = last ? sweep_pending(run, PENDING_LIMIT_AT_END_NS) : 0;

	if (!err)
		err = read_totals(run, &now);
	if (!err)
		err = record_ring_drain(run);
	if (err)
		return err;
	delta = now;
	counters_subtract(&delta, &state->before, sizeof(delta));
	delta.end_unix_ns = now.end_unix_ns;
	delta.in_flight = now.in_flight;
	state->before = now;
	return frame_append(&run->out, FRAME_TCP_CONNECT_STATS, &delta, sizeof(delta));
}

static int tick(struct run *run)
{
	return sweep_pending(run, PENDING_LIMIT_NS);
}

const struct program tcp_connect_program = {
	.prepare = prepare,
	.start = start,
	.report = report,
	.drain = record_ring_drain,
	.wake_fd = record_ring_fd,
	.tick = tick,
	.stop = record_ring_stop,
};
