/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The start of TCP and UDP where the kernel offers hooks alone: at the root of the cgroup v2 tree a program is run for
 * each packet that has found its socket, in all network namespaces, before the socket's queue or its backlog. It runs
 * in softirq, from tcp_filter() and udp_queue_rcv_one_skb(), on the way through sk_filter_trim_cap().
 *
 * Such a program may drop packets. These return one constant, and write nowhere in the packet.
 */
#ifndef LAGPIPE_CGROUP_INGRESS_BPF_H
#define LAGPIPE_CGROUP_INGRESS_BPF_H

#include "socket.bpf.h"
#include "stack_record.bpf.h"

/* Whatever other programs of the tree say still holds. */
#define LET_PASS 1

/* The packet itself is looked at only where something asks for it: plain loads do for the rest. */
static __always_inline bool needs_packet(bool elsewhere)
{
	return elsewhere || settings.netns_inode || settings.filtered || settings.group_by;
}

static __always_inline bool is_socket_of(struct __sk_buff *ctx, u32 protocol)
{
	struct bpf_sock *sk = ctx->sk;

	sk = sk ? bpf_sk_fullsock(sk) : NULL;
	return sk && sk->protocol == protocol && (sk->family == AF_INET || sk->family == AF_INET6);
}

/* Local delivery has given the stamp the clock of all received packets. */
static __always_inline void note_met(u32 stage, struct __sk_buff *ctx, bool elsewhere)
{
	struct meeting meeting = { .stage = stage };

	if (needs_packet(elsewhere)) {
		const struct sk_buff *skb = (const struct sk_buff *)address_of(ctx);

		if (!is_wanted_place(BPF_CORE_READ(skb, dev, nd_net.net, ns.inum), elsewhere))
			return;
		meeting.skb = skb;
	}
	if (!is_left_out(&meeting))
		note_packet(&meeting, ctx->tstamp, STAMP_REALTIME);
}

static __always_inline int note_ingress(u32 stage, u32 protocol, struct __sk_buff *ctx, bool elsewhere)
{
	if (is_socket_of(ctx, protocol))
		note_met(stage, ctx, elsewhere);
	return LET_PASS;
}

SEC("cgroup_skb/ingress")
int tcp_met_anywhere(struct __sk_buff *ctx)
{
	return note_ingress(STAGE_TCP_START, IPPROTO_TCP, ctx, false);
}

SEC("cgroup_skb/ingress")
int tcp_met_elsewhere(struct __sk_buff *ctx)
{
	return note_ingress(STAGE_TCP_START, IPPROTO_TCP, ctx, true);
}

SEC("cgroup_skb/ingress")
int udp_met_anywhere(struct __sk_buff *ctx)
{
	return note_ingress(STAGE_UDP_START, IPPROTO_UDP, ctx, false);
}

SEC("cgroup_skb/ingress")
int udp_met_elsewhere(struct __sk_buff *ctx)
{
	return note_ingress(STAGE_UDP_START, IPPROTO_UDP, ctx, true);
}

#endif
