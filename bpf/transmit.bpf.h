/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long a packet that is sent waits in the queueing discipline of its interface: from net_dev_queue to
 * net_dev_start_xmit of the same packet, on any two CPUs.
 */
#ifndef LAGPIPE_TRANSMIT_BPF_H
#define LAGPIPE_TRANSMIT_BPF_H

#include "stack_record.bpf.h"

/* Of the packets that wait, the least recently queued make room. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, STACK_TRANSMIT_WAITING);
	__type(key, u64);   /* address of the sk_buff */
	__type(value, s64); /* CLOCK_MONOTONIC when it was queued */
} transmits SEC(".maps");

static __always_inline bool is_wanted_sending(const struct sk_buff *skb)
{
	return !settings.netns_inode || BPF_CORE_READ(skb, dev, nd_net.net, ns.inum) == settings.netns_inode;
}

SEC("raw_tp/net_dev_queue")
int transmit_queued(struct bpf_raw_tracepoint_args *ctx)
{
	u64 skb = ctx->args[0];
	s64 now_ns = bpf_ktime_get_ns();

	if (is_wanted_sending((const struct sk_buff *)skb))
		bpf_map_update_elem(&transmits, &skb, &now_ns, BPF_ANY);
	return 0;
}

/* Without an entry: queued before this program was attached, or made room for, or never queued by itself. */
SEC("raw_tp/net_dev_start_xmit")
int transmit_started(struct bpf_raw_tracepoint_args *ctx)
{
	u64 skb = ctx->args[0];
	struct meeting meeting = { .stage = STAGE_QDISC, .skb = (const struct sk_buff *)skb };
	const s64 *queued_ns = bpf_map_lookup_elem(&transmits, &skb);
	s64 start_ns = queued_ns ? *queued_ns : 0;

	if (queued_ns)
		bpf_map_delete_elem(&transmits, &skb);
	if (is_wanted_sending(meeting.skb) && !is_left_out(&meeting))
		note_packet(&meeting, start_ns, STAMP_MONOTONIC);
	return 0;
}

/*
 * A packet that was thrown away in the queue, or replaced by its segments, is freed. Its address may soon be another
 * packet's, which must not find the old start.
 */
static __always_inline int forget_transmit(u64 skb)
{
	bpf_map_delete_elem(&transmits, &skb);
	return 0;
}

SEC("raw_tp/kfree_skb")
int transmit_dropped(struct bpf_raw_tracepoint_args *ctx)
{
	return forget_transmit(ctx->args[0]);
}

SEC("raw_tp/consume_skb")
int transmit_consumed(struct bpf_raw_tracepoint_args *ctx)
{
	return forget_transmit(ctx->args[0]);
}

#endif
