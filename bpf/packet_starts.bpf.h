/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * When a wait began, kept until the same packet is met again, on any CPU. A packet is known by its address, and its
 * address has one place in the table: no hash, no lock, no eviction.
 *
 * Of two packets under way at once that have the same place, the later takes it. Its entry remembers the one that it
 * displaced, so that this is counted when that one comes by, instead of being taken for one whose start nobody saw.
 *
 *   0xffff888012345600 queued at 100 ns: place 0x3456 = { skb ...345600, 100, displaced 0 }
 *   0xffff888112345600 queued at 120 ns: place 0x3456 = { skb ..1...345600, 120, displaced ...0...345600 }
 *   0xffff888012345600 sent   at 150 ns: not there, but displaced: SKIP_MAP_FULL
 *
 * Two CPUs that write one place in the same instant may mix their times, which then differ by that instant.
 */
#ifndef LAGPIPE_PACKET_STARTS_BPF_H
#define LAGPIPE_PACKET_STARTS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "stack_latency_map.h"

/* struct sk_buff has 232 bytes and begins at multiples of 256. */
#define SKB_SHIFT 8

struct packet_start {
	u64 skb;  /* 0: none */
	u64 mark; /* what tells this life of the packet's memory from an earlier one, or whatever the stage wants */
	s64 ns;	  /* CLOCK_MONOTONIC */
	u64 displaced;
};

#define PACKET_STARTS(table)                                                                                           \
	struct {                                                                                                       \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                                                      \
		__uint(max_entries, STACK_PACKET_STARTS);                                                              \
		__type(key, u32);                                                                                      \
		__type(value, struct packet_start);                                                                    \
	} table SEC(".maps")

static __always_inline struct packet_start *place_of(void *table, u64 skb)
{
	u32 place = (skb >> SKB_SHIFT) % STACK_PACKET_STARTS;

	return bpf_map_lookup_elem(table, &place);
}

/* Returns whether another packet had to go. */
static __always_inline bool begin_wait(void *table, u64 skb, u64 mark)
{
	struct packet_start *start = place_of(table, skb);
	u64 before;

	if (!start)
		return false;
	before = start->skb;
	start->skb = 0; /* a reader that comes in between finds nothing rather than half of it */
	start->mark = mark;
	start->ns = bpf_ktime_get_ns();
	start->displaced = before && before != skb ? before : start->displaced;
	start->skb = skb;
	return before && before != skb;
}

/* The packet is gone, or its wait was cut short. */
static __always_inline void forget_wait(void *table, u64 skb)
{
	struct packet_start *start = place_of(table, skb);

	if (!start)
		return;
	if (start->skb == skb)
		start->skb = 0;
	if (start->displaced == skb)
		start->displaced = 0;
}

#endif
