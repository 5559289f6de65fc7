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
 *
 * There is room for so many sockets, and the least recently used makes room. TCP itself counts what came out of order
 * on a socket; so one that is not here and has such was here once, and of what has come until now nothing is known.
 */
#ifndef LAGPIPE_GAPS_BPF_H
#define LAGPIPE_GAPS_BPF_H

#include "socket.bpf.h"
#include "stack_latency_map.h"

/*
 * Reads of a socket that is not here, of which one brings it back. Were it each, reading many sockets in turn would
 * drive out every one just before its own read.
 */
#define READS_TO_RETURN 16

/* A socket's memory is used again, but hardly for the same two ports. */
struct gap_key {
	u64 sk;
	u32 ports;
	u32 padding;
};

struct range {
	u32 from;
	u32 to; /* the first that is not in it */
};

struct gap {
	struct range held;    /* up behind a gap */
	struct range unknown; /* whether it was */
};

enum order {
	ORDER_IN_TIME,
	ORDER_HELD_UP,
	ORDER_UNKNOWN,
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

static __always_inline bool overlap(struct range a, struct range b)
{
	return is_before(a.from, b.to) && is_before(b.from, a.to);
}

static __always_inline struct range segment_of(const struct sk_buff *skb)
{
	const struct tcp_skb_cb *control = (const struct tcp_skb_cb *)&skb->cb;

	return (struct range){ .from = BPF_CORE_READ(control, seq), .to = BPF_CORE_READ(control, end_seq) };
}

/* What is known of a socket that is not here: all, or nothing of what has come and not been read. */
static __always_inline struct gap unknown_gap(const struct tcp_sock *tcp)
{
	u32 read = BPF_CORE_READ(tcp, copied_seq), arrived = read;

	if (BPF_CORE_READ(tcp, rcv_ooopack)) {
		arrived = BPF_CORE_READ(tcp, rcv_nxt);
		/* Behind a gap that is open now there is at most what the window allows. */
		if (BPF_CORE_READ(tcp, out_of_order_queue.rb_node))
			arrived += BPF_CORE_READ(tcp, rcv_wnd);
	}
	return (struct gap){ .held = { read, read }, .unknown = { read, arrived } };
}

static __always_inline void note_gap(const struct sock *sk, const struct sk_buff *skb)
{
	const struct tcp_sock *tcp = (const struct tcp_sock *)sk;
	struct range segment = segment_of(skb);
	struct gap_key key;
	struct gap *known;
	struct gap gap;

	if (segment.from == segment.to || !is_before(BPF_CORE_READ(tcp, rcv_nxt), segment.from))
		return;
	key = gap_key_of(sk);
	known = bpf_map_lookup_elem(&gaps, &key);
	gap = known ? *known : unknown_gap(tcp);
	/* Of an older gap nothing waits any more when the reader is past it. */
	if (is_before(BPF_CORE_READ(tcp, copied_seq), gap.held.to)) {
		segment.from = is_before(gap.held.from, segment.from) ? gap.held.from : segment.from;
		segment.to = is_before(segment.to, gap.held.to) ? gap.held.to : segment.to;
	}
	gap.held = segment;
	bpf_map_update_elem(&gaps, &key, &gap, BPF_ANY);
}

static __always_inline enum order order_of(const struct sock *sk, const struct sk_buff *skb)
{
	const struct tcp_sock *tcp = (const struct tcp_sock *)sk;
	struct range segment = segment_of(skb);
	struct gap_key key;
	struct gap *known;
	struct gap gap;

	if (!BPF_CORE_READ(tcp, rcv_ooopack))
		return ORDER_IN_TIME;
	key = gap_key_of(sk);
	known = bpf_map_lookup_elem(&gaps, &key);
	gap = known ? *known : unknown_gap(tcp);
	if (!known && !(bpf_get_prandom_u32() % READS_TO_RETURN)) /* from here on it is known */
		bpf_map_update_elem(&gaps, &key, &gap, BPF_NOEXIST);
	if (overlap(segment, gap.held))
		return ORDER_HELD_UP;
	return overlap(segment, gap.unknown) ? ORDER_UNKNOWN : ORDER_IN_TIME;
}

#endif
