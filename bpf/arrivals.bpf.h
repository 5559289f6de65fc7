/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TCP that this host sends to itself (loopback, veth: every container) still carries the time at which it was sent when
 * it comes in, and the kernel does not stamp it anew before local delivery. netif_rx, by which such interfaces hand
 * over their packets, is where the kernel stamps all others; so this notes the time for those that it does not.
 */
#ifndef LAGPIPE_ARRIVALS_BPF_H
#define LAGPIPE_ARRIVALS_BPF_H

#include "stack_record.bpf.h"

SEC("raw_tp/netif_rx")
int local_arrived(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sk_buff *skb = KNOWN(struct sk_buff, ctx->args[0]);

	if (stamp_clock(skb) != STAMP_REALTIME)
		begin_wait(&arrivals, ctx->args[0], READ(skb, tstamp));
	return 0;
}

#endif
