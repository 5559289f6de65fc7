/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a census: its largest rows, and the rest in one row for each role. */
#include <stdbool.h>
#include <string.h>

#include "clock.h"
#include "socket_census.h"

/* max_ports and max_peers at their most. */
#define TOP 1024

struct sending {
	struct socket_census *census;
	struct frame_buffer *out;
	uint64_t time_unix_ns;
	const struct socket_netns *netns;
};

static uint32_t sockets_in(const uint32_t states[SOCKET_STATES])
{
	uint32_t sockets = 0;

	for (int state = 0; state < SOCKET_STATES; state++)
		sockets += states[state];
	return sockets;
}

static void add_states(uint32_t sum[SOCKET_STATES], const uint32_t states[SOCKET_STATES])
{
	for (int state = 0; state < SOCKET_STATES; state++)
		sum[state] += states[state];
}

static uint64_t group_weight(const void *row)
{
	return sockets_in(((const struct socket_group *)row)->counts.states);
}

static uint64_t peer_weight(const void *row)
{
	return ((const struct socket_peer *)row)->sockets;
}

static void add_group(void *context, const void *row)
{
	const struct socket_group *group = row;
	const struct socket_group_counts *counts = &group->counts;
	struct socket_census *census = context;
	struct socket_group_counts *sum = &census->group_overflow[group->key.role].counts;

	add_states(sum->states, counts->states);
	sum->unread_bytes += counts->unread_bytes;
	sum->unsent_bytes += counts->unsent_bytes;
	sum->retransmits += counts->retransmits;
	sum->segments_sent += counts->segments_sent;
	sum->idle += counts->idle;
	sum->silent += counts->silent;
	sum->unread += counts->unread;
	sum->unsent += counts->unsent;
	sum->retransmitting += counts->retransmitting;
	sum->informed += counts->informed;
}

static void add_peer(void *context, const void *row)
{
	const struct socket_peer *peer = row;
	struct socket_census *census = context;

	add_states(census->peer_overflow[peer->key.role].states, peer->states);
	census->peer_overflow[peer->key.role].sockets += peer->sockets;
}

static int send_group(const struct sending *sending, const struct socket_group *group, uint8_t role, bool overflow)
{
	const struct socket_group_record record = {
		.time_unix_ns = sending->time_unix_ns,
		.netns = *sending->netns,
		.counts = group->counts,
		.port = group->key.port,
		.role = role,
		.overflow = overflow,
	};

	return frame_append(sending->out, FRAME_SOCKET_GROUP, &record, sizeof(record));
}

static int send_groups(const struct sending *sending)
{
	struct socket_census *census = sending->census;
	const void *top[TOP];
	uint32_t count = keyed_rows_top(&census->groups, group_weight, top, census->options->max_ports);
	int err = 0;

	keyed_rows_rest(&census->groups, add_group, census);
	for (uint32_t i = 0; i < count && !err; i++)
		err = send_group(sending, top[i], ((const struct socket_group *)top[i])->key.role, false);
	for (int role = 0; role < SOCKET_ROLES && !err; role++)
		if (group_weight(&census->group_overflow[role]))
			err = send_group(sending, &census->group_overflow[role], role, true);
	return err;
}

static int send_peer(const struct sending *sending, const struct socket_peer *peer, uint8_t role, bool overflow)
{
	struct socket_peer_record record = {
		.time_unix_ns = sending->time_unix_ns,
		.netns = *sending->netns,
		.port = peer->key.port,
		.role = role,
		.overflow = overflow,
		.ip_version = peer->key.ip_version,
	};

	memcpy(record.states, peer->states, sizeof(record.states));
	memcpy(record.address, peer->key.address, sizeof(record.address));
	return frame_append(sending->out, FRAME_SOCKET_PEER, &record, sizeof(record));
}

static int send_peers(const struct sending *sending)
{
	struct socket_census *census = sending->census;
	const void *top[TOP];
	uint32_t count = keyed_rows_top(&census->peers, peer_weight, top, census->options->max_peers);
	int err = 0;

	keyed_rows_rest(&census->peers, add_peer, census);
	for (uint32_t i = 0; i < count && !err; i++)
		err = send_peer(sending, top[i], ((const struct socket_peer *)top[i])->key.role, false);
	for (int role = 0; role < SOCKET_ROLES && !err; role++)
		if (census->peer_overflow[role].sockets)
			err = send_peer(sending, &census->peer_overflow[role], role, true);
	return err;
}

static bool is_empty(const struct socket_times_count *times)
{
	static const struct socket_times_count none;

	return !memcmp(times, &none, sizeof(none));
}

static int send_times(const struct sending *sending, int kind, int role)
{
	const struct socket_times_count *times = &sending->census->times[kind][role];
	struct socket_times_record record = {
		.start_unix_ns = sending->census->before_unix_ns,
		.time_unix_ns = sending->time_unix_ns,
		.netns = *sending->netns,
		.zero_count = times->zero_count,
		.sum_ns = times->sum_ns,
		.kind = kind,
		.role = role,
	};

	if (is_empty(times))
		return 0;
	memcpy(record.buckets, times->buckets, sizeof(record.buckets));
	return frame_append(sending->out, FRAME_SOCKET_TIMES, &record, sizeof(record));
}

static int send_totals(const struct sending *sending)
{
	struct socket_census *census = sending->census;
	struct socket_totals_record record = {
		.start_unix_ns = census->start_unix_ns,
		.time_unix_ns = sending->time_unix_ns,
		.netns = *sending->netns,
	};

	memcpy(record.states, census->states, sizeof(record.states));
	census->sockets += sockets_in(census->states[0]) + sockets_in(census->states[1]);
	return frame_append(sending->out, FRAME_SOCKET_TOTALS, &record, sizeof(record));
}

int socket_census_send(struct socket_census *census, const struct socket_netns *netns, struct frame_buffer *out)
{
	const struct sending sending = { census, out, clock_realtime_ns(), netns };
	int err = send_groups(&sending);

	err = err ? err : send_peers(&sending);
	for (int kind = 0; kind < SOCKET_TIMES; kind++)
		for (int role = 0; role < SOCKET_ROLES; role++)
			err = err ? err : send_times(&sending, kind, role);
	return err ? err : send_totals(&sending);
}
