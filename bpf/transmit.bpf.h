/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long a packet that is sent waits in the queueing discipline of its interface, from net_dev_queue to
 * net_dev_start_xmit, and then at the driver, from there until the driver lets go of it.
 */
#ifndef LAGPIPE_TRANSMIT_BPF_H
#define LAGPIPE_TRANSMIT_BPF_H

#include "packet_starts.bpf.h"
#include "stack_record.bpf.h"

PACKET_STARTS(queued);
PACKET_STARTS(handed);

static __always_inline bool is_wanted_sending(const struct sk_buff *skb)
{
	return !settings.netns_inode || BPF_CORE_READ(skb, dev, nd_net.net, ns.inum) == settings.netns_inode;
}

SEC("raw_tp/net_dev_queue")
int transmit_queued(struct bpf_raw_tracepoint_args *ctx)
{
	if (is_wanted_sending((const struct sk_buff *)ctx->args[0]))
		begin_wait(&queued, ctx->args[0], 0);
	return 0;
}

/* Without an entry: queued before this program was attached, or never queued by itself. */
static __always_inline void note_dequeued(const struct meeting *meeting)
{
	u64 skb = (u64)meeting->skb;
	struct packet_starts *row = row_of(&queued, skb);
	const struct packet_start *start;
	bool is_displaced;
	s64 start_ns;

	if (!row)
		return;
	start = find_wait(row, skb);
	start_ns = start ? start->ns : 0;
	is_displaced = was_displaced(row, skb);
	forget_wait(row, skb);
	if (is_left_out(meeting))
		return;
	if (is_displaced && !start_ns)
		note_skipped(meeting, SKIP_MAP_FULL);
	else
		note_since(meeting, start_ns);
}

SEC("raw_tp/net_dev_start_xmit")
int transmit_started(struct bpf_raw_tracepoint_args *ctx)
{
	struct meeting meeting = { .stage = STAGE_QDISC, .skb = (const struct sk_buff *)ctx->args[0] };

	if (is_wanted_sending(meeting.skb))
		note_dequeued(&meeting);
	return 0;
}

/*
 * A packet that was thrown away in the queue, or replaced by its segments, is freed. Its address may soon be another
 * packet's, which must not find the old start.
 */
static __always_inline int forget_queued(u64 skb)
{
	struct packet_starts *row = row_of(&queued, skb);

	if (row)
		forget_wait(row, skb);
	return 0;
}

SEC("raw_tp/kfree_skb")
int transmit_dropped(struct bpf_raw_tracepoint_args *ctx)
{
	return forget_queued(ctx->args[0]);
}

SEC("raw_tp/consume_skb")
int transmit_consumed(struct bpf_raw_tracepoint_args *ctx)
{
	return forget_queued(ctx->args[0]);
}

/* The interface is kept: a virtual one gives the packet to another before it is done. */
static __always_inline int end_driver_wait(u64 skb)
{
	struct packet_starts *row = row_of(&handed, skb);
	const struct packet_start *start = row ? find_wait(row, skb) : NULL;
	struct meeting meeting = { .stage = STAGE_DRIVER, .skb = (const struct sk_buff *)skb, .nests = true };
	s64 start_ns;

	if (!start)
		return 0;
	start_ns = start->ns;
	meeting.device = (const struct net_device *)start->mark;
	forget_wait(row, skb);
	note_since(&meeting, start_ns);
	return 0;
}

/*
 * Filters decide here, where the packet still is as it was sent. An interface on top of another hands the packet on:
 * then it is done, and the other begins.
 */
SEC("raw_tp/net_dev_start_xmit")
int driver_began(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sk_buff *skb = (const struct sk_buff *)ctx->args[0];
	struct meeting meeting = { .stage = STAGE_DRIVER, .skb = skb, .nests = true };

	end_driver_wait((u64)skb);
	if (!is_wanted_sending(skb) || is_left_out(&meeting))
		return 0;
	if (begin_wait(&handed, (u64)skb, ctx->args[1]))
		note_skipped(&meeting, SKIP_MAP_FULL); /* the packet that had to go */
	return 0;
}

SEC("raw_tp/kfree_skb")
int driver_dropped(struct bpf_raw_tracepoint_args *ctx)
{
	return end_driver_wait(ctx->args[0]);
}

SEC("raw_tp/consume_skb")
int driver_done(struct bpf_raw_tracepoint_args *ctx)
{
	return end_driver_wait(ctx->args[0]);
}

/* Loopback and veth: the receiver has it. */
SEC("raw_tp/netif_rx")
int driver_delivered(struct bpf_raw_tracepoint_args *ctx)
{
	return end_driver_wait(ctx->args[0]);
}

/* The same where the receiving end polls (NAPI). */
SEC("raw_tp/netif_receive_skb")
int driver_delivered_by_poll(struct bpf_raw_tracepoint_args *ctx)
{
	return end_driver_wait(ctx->args[0]);
}

#endif
