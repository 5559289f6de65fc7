/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which TCP segments waited for an earlier one that was lost or overtaken. tcp_probe shows each segment that comes in,
 * before TCP looks at it: one that begins behind the next byte expected waits behind a gap. A socket keeps the range of
 * sequence numbers from the first to the last of those.
 *
 *   expected 1000; 2000-2999 comes in: range 2000-2999; 3000-3999: range 2000-3999; 1000-1999 closes the gap
 *   the reader takes 1000-1999: in time; 2000-3999: held up
 *
 * With several gaps at once, the segments that closed the later ones lie in the range too, and count as held up.
 */
#ifndef LAGPIPE_GAPS_BPF_H
#define LAGPIPE_GAPS_BPF_H

#include "socket.bpf.h"
#include "stack_latency_map.h"

/* A socket's memory is used again, but hardly for the same two ports. */
struct gap_key {
	u64 sk;
	u32 ports;
	u32 padding;
};

struct gap {
	u32 from;
	u32 to; /* the first that is not in it */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, STACK_GAP_SOCKETS);
	__type(key, struct gap_key);
	__type(value, struct gap);
} gaps SEC(".maps");

static __always_inline struct gap_key gap_key_of(const struct sock *sk)
{
	u32 ports = BPF_CORE_READ(sk, __sk_common.skc_dport);

	return (struct gap_key){ .sk = (u64)sk, .ports = ports << 16 | BPF_CORE_READ(sk, __sk_common.skc_num) };
}

/* Sequence numbers wrap. */
static __always_inline bool is_before(u32 a, u32 b)
{
	return (int)(a - b) < 0;
}

static __always_inline struct gap segment_of(const struct sk_buff *skb)
{
	const struct tcp_skb_cb *control = (const struct tcp_skb_cb *)&skb->cb;

	return (struct gap){ .from = BPF_CORE_READ(control, seq), .to = BPF_CORE_READ(control, end_seq) };
}

static __always_inline void note_gap(const struct sock *sk, const struct sk_buff *skb)
{
	const struct tcp_sock *tcp = (const struct tcp_sock *)sk;
	struct gap range = segment_of(skb);
	struct gap_key key;
	struct gap *known;

	if (range.from == range.to || !is_before(BPF_CORE_READ(tcp, rcv_nxt), range.from))
		return;
	key = gap_key_of(sk);
	known = bpf_map_lookup_elem(&gaps, &key);
	/* Of an older gap nothing waits any more when the reader is past it. */
	if (known && is_before(BPF_CORE_READ(tcp, copied_seq), known->to)) {
		range.from = is_before(known->from, range.from) ? known->from : range.from;
		range.to = is_before(range.to, known->to) ? known->to : range.to;
	}
	bpf_map_update_elem(&gaps, &key, &range, BPF_ANY);
}

static __always_inline bool waited_behind_gap(const struct sock *sk, const struct sk_buff *skb)
{
	struct gap_key key = gap_key_of(sk);
	const struct gap *known = bpf_map_lookup_elem(&gaps, &key);
	struct gap segment;

	if (!known)
		return false;
	segment = segment_of(skb);
	return is_before(segment.from, known->to) && is_before(known->from, segment.to);
}

#endif
