/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what bpf/tcp_events.bpf.c counts, passes on its events, and gives reasons their names. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "../bpf/tcp_events_map.h"
#include "clock.h"
#include "counters.h"
#include "drop_reasons.h"
#include "netns.h"
#include "objects.h"
#include "program.h"
#include "run_stats.h"

/* Totals over all CPUs. */
struct events_totals {
	struct tcp_events_counts counts;
	struct packet_drop_counts drops[PACKET_PROTOCOLS];
	uint64_t missed;
};

struct events_state {
	struct counters drops;
	bool introduced; /* each kind of retransmit has been sent once, so that its series exists */
	uint64_t end_unix_ns;
	struct reason_names names;
	struct events_totals before, now;
};

static int prepare(struct run *run, struct program_image *image)
{
	static struct tcp_events_settings settings;
	const struct options *options = &run->options;

	settings.wanted_events = options->wanted_events;
	settings.spacing_ns = NS_PER_S / options->max_events_per_second;
	settings.allowance_ns = (options->max_events_per_second - 1) * settings.spacing_ns;
	*image = (struct program_image){
		.name = "tcp_events",
		.bytes = tcp_events_object,
		.size = tcp_events_object_end - tcp_events_object,
		.settings = { ".rodata", &settings, sizeof(settings) },
	};
	return options->own_namespace ? netns_own(&settings.netns_inode) : 0;
}

static void name_reason(const struct reason_names *names, int kind, uint32_t number, char *text)
{
	if (kind == EVENT_DROP)
		reason_of_drop(names, number, text);
	else if (kind == EVENT_RESET_SENT)
		reason_of_reset(names, number, text);
}

static int send_record(struct run *run, void *bytes)
{
	const struct events_state *state = run->state;
	struct tcp_event_record *record = bytes;

	record->unix_ns += clock_realtime_offset_ns();
	name_reason(&state->names, record->kind, record->reason_number, record->reason);
	return frame_append(&run->out, FRAME_TCP_EVENT, record, sizeof(*record));
}

static int start(struct run *run)
{
	struct events_state *state = calloc(1, sizeof(*state));
	int err;

	if (!state)
		return -ENOMEM;
	run->state = state;
	state->end_unix_ns = clock_realtime_ns();
	err = reasons_read(&state->names);
	err = err ? err
		  : counters_open(&state->drops, parts_map_fd(&run->parts, "drops"), sizeof(struct packet_drop_counts));
	return err ? err
		   : record_ring_open(run, sizeof(struct tcp_event_record), sizeof(struct tcp_events_counts),
				      send_record);
}

static int read_totals(struct run *run, struct events_totals *totals)
{
	const struct events_state *state = run->state;
	int err;

	memset(totals, 0, sizeof(*totals));
	err = counters_add(&run->ring.counters, 0, &totals->counts);
	for (uint32_t protocol = 0; protocol < PACKET_PROTOCOLS && !err; protocol++)
		err = counters_add(&state->drops, protocol, &totals->drops[protocol]);
	totals->missed = parts_recursion_misses(&run->parts);
	return err;
}

static int send_counter(struct run *run, struct tcp_counter_record *record, bool even_zero)
{
	const struct events_state *state = run->state;

	if (!record->count && !even_zero)
		return 0;
	name_reason(&state->names, record->kind, record->reason_number, record->reason);
	return frame_append(&run->out, FRAME_TCP_COUNTER, record, sizeof(*record));
}

/* A zero from a hook that is not attached would be a false answer. */
static int send_retransmits(struct run *run, struct tcp_counter_record *record)
{
	const struct events_state *state = run->state;
	bool timers = !state->introduced && parts_live(&run->parts, "retransmits");
	bool answers = !state->introduced && parts_live(&run->parts, "syn-ack-retransmits");
	int err = 0;

	record->kind = EVENT_RETRANSMIT;
	for (int kind = 0; kind < TCP_RETRANSMIT_KINDS && !err; kind++) {
		record->retransmit_kind = kind;
		record->count = state->now.counts.retransmits[kind] - state->before.counts.retransmits[kind];
		err = send_counter(run, record, kind == RETRANSMIT_SYN_ACK ? answers : timers);
	}
	record->retransmit_kind = 0;
	return err;
}

static int send_resets(struct run *run, struct tcp_counter_record *record)
{
	const struct events_state *state = run->state;
	const struct tcp_events_counts *now = &state->now.counts, *before = &state->before.counts;
	int err = 0;

	record->kind = EVENT_RESET_SENT;
	for (int reason = 0; reason < TCP_RESET_REASONS && !err; reason++) {
		record->reason_number = reason;
		record->count = now->resets_sent[reason] - before->resets_sent[reason];
		err = send_counter(run, record, false);
	}
	record->kind = EVENT_RESET_RECEIVED;
	record->reason_number = 0;
	memset(record->reason, 0, sizeof(record->reason));
	for (int socket_state = 0; socket_state < TCP_STATE_SLOTS && !err; socket_state++) {
		record->state = socket_state;
		record->count = now->resets_received[socket_state] - before->resets_received[socket_state];
		err = send_counter(run, record, false);
	}
	record->state = 0;
	return err;
}

static int send_drops(struct run *run, struct tcp_counter_record *record)
{
	const struct events_state *state = run->state;
	int err = 0;

	record->kind = EVENT_DROP;
	for (int protocol = 0; protocol < PACKET_PROTOCOLS; protocol++)
		for (uint32_t slot = 0; slot < DROP_SLOTS && !err; slot++) {
			record->protocol = protocol;
			record->reason_number = reason_of_slot(slot);
			record->count =
				state->now.drops[protocol].slots[slot] - state->before.drops[protocol].slots[slot];
			err = send_counter(run, record, false);
		}
	return err;
}

static int send_stats(struct run *run, uint64_t end_unix_ns)
{
	const struct events_state *state = run->state;
	const struct tcp_events_counts *now = &state->now.counts, *before = &state->before.counts;
	struct tcp_events_stats stats = {
		.end_unix_ns = end_unix_ns,
		.seen = now->seen - before->seen,
		.events = now->events - before->events,
		.suppressed = now->suppressed - before->suppressed,
		.ring_full = now->ring_full - before->ring_full,
		.missed = state->now.missed - state->before.missed,
		.unplaced = now->unplaced - before->unplaced,
	};

	return frame_append(&run->out, FRAME_TCP_EVENTS_STATS, &stats, sizeof(stats));
}

/* Counts are read before the ring is drained, so the reader has every event that they count. */
static int report(struct run *run, bool last)
{
	struct events_state *state = run->state;
	struct tcp_counter_record record = { .start_unix_ns = state->end_unix_ns, .end_unix_ns = clock_realtime_ns() };
	int err = read_totals(run, &state->now);

	(void)last;
	err = err ? err : record_ring_drain(run);
	err = err ? err : send_retransmits(run, &record);
	err = err ? err : send_resets(run, &record);
	err = err ? err : send_drops(run, &record);
	err = err ? err : send_stats(run, record.end_unix_ns);
	state->before = state->now;
	state->end_unix_ns = record.end_unix_ns;
	state->introduced = true;
	return err;
}

static int tick(struct run *run)
{
	(void)run;
	return 0;
}

static void stop(struct run *run)
{
	struct events_state *state = run->state;

	if (state)
		counters_close(&state->drops);
	record_ring_stop(run);
}

const struct program tcp_events_program = {
	.prepare = prepare,
	.start = start,
	.report = report,
	.drain = record_ring_drain,
	.wake_fd = record_ring_fd,
	.tick = tick,
	.stop = stop,
};
