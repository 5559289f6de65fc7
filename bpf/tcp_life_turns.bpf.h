/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Turns of a connection, from the sizes and the order of reads and writes alone.
 *
 *   client   write write       read read  write    read
 *                      |------>|              |--->|      two turns; the response time of each
 *   server   read           write         read    write
 *               |---------->|                |---->|
 *
 * Whoever opened the connection asks. Bytes that the other side sends unasked, such as a greeting, are no response.
 */
#ifndef LAGPIPE_TCP_LIFE_TURNS_BPF_H
#define LAGPIPE_TCP_LIFE_TURNS_BPF_H

#include "histogram.bpf.h"
#include "tcp_life_record.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TCP_LIFE_SERIES);
	__type(key, struct tcp_life_series);
	__type(value, struct tcp_life_histogram);
} durations SEC(".maps");

/* All zero: what a new histogram begins with, because it has no room on the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct tcp_life_histogram);
} blank SEC(".maps");

/* The histogram of a port, or of the ports without one (port 0, which the loader makes). */
static __always_inline struct tcp_life_histogram *histogram_of(struct tcp_life_series series)
{
	struct tcp_life_histogram *found = bpf_map_lookup_elem(&durations, &series);
	u32 zero = 0;
	const struct tcp_life_histogram *empty;

	if (found)
		return found;
	empty = bpf_map_lookup_elem(&blank, &zero);
	if (empty)
		bpf_map_update_elem(&durations, &series, empty, BPF_NOEXIST);
	found = bpf_map_lookup_elem(&durations, &series);
	if (found)
		return found;
	series.port = 0;
	return bpf_map_lookup_elem(&durations, &series);
}

static __always_inline void note_duration(enum tcp_life_kind kind, u16 port, u64 ns)
{
	struct tcp_life_histogram *histogram = histogram_of((struct tcp_life_series){ .kind = kind, .port = port });
	u64 cell;

	if (!histogram)
		return;
	__sync_fetch_and_add(&histogram->sum_ns, ns);
	if (!ns) {
		__sync_fetch_and_add(&histogram->zero_count, 1);
		return;
	}
	cell = histogram_cell(ns, settings.slices);
	barrier_var(cell); /* so that what is checked is what leads into the buckets: verifiers before 6.12 lose it */
	if (cell >= TCP_LIFE_BUCKETS)
		cell = TCP_LIFE_BUCKETS - 1;
	__sync_fetch_and_add(&histogram->buckets[cell], 1);
}

static __always_inline u16 local_port(const struct sock *sk)
{
	return bpf_ntohs(BPF_CORE_READ((const struct inet_sock *)sk, inet_sport));
}

static __always_inline void note_response(struct tcp_life_connection *connection, const struct sock *sk, u64 now)
{
	u64 ns = now - connection->request_ns;

	connection->request_ns = 0;
	if (!connection->turns++)
		connection->response_first_ns = ns;
	if (ns > connection->response_max_ns)
		connection->response_max_ns = ns;
	connection->response_total_ns += ns;
	if (connection->role == ROLE_CLIENT)
		note_duration(KIND_RESPONSE_CLIENT, bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport)), ns);
	else
		note_duration(KIND_RESPONSE_SERVER, local_port(sk), ns);
}

/* `asks`: these bytes are the asking side's. Two threads that use one socket at the same moment may blur a turn. */
static __always_inline void note_data(struct tcp_life_connection *connection, const struct sock *sk, bool asks)
{
	u64 now = bpf_ktime_get_ns();
	u64 idle = now - connection->active_ns;

	connection->active_ns = now;
	if (idle > connection->longest_idle_ns)
		connection->longest_idle_ns = idle;
	if (asks)
		connection->request_ns = now;
	else if (connection->request_ns)
		note_response(connection, sk, now);
}

#endif
