/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * When a wait began, kept until the same packet is met again, on any CPU. A packet is known by its address, which gives
 * it one row of the table with four places: no lock, and nothing to evict behind the program's back.
 *
 * When all four are taken by packets that are under way, the newest takes the place of the oldest and remembers it
 * there, so that this is counted when that one comes by, instead of being taken for one whose start nobody saw. In a
 * table that is overrun far beyond its room even that memory is overrun, and then it is taken for one.
 *
 *   row 7: { a 100 ns } { b 110 ns } { c 130 ns } { d 90 ns };  e begins at 140 ns:
 *   row 7: { a 100 ns } { b 110 ns } { c 130 ns } { e 140 ns, displaced d };  d ends: SKIP_MAP_FULL
 *
 * Two CPUs that write one place in the same instant may mix their times, which then differ by that instant.
 */
#ifndef LAGPIPE_PACKET_STARTS_BPF_H
#define LAGPIPE_PACKET_STARTS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "stack_latency_map.h"

/*
 * struct sk_buff has 232 bytes and begins at multiples of 256. TCP's are pairs in 512 bytes, of which one is under way:
 * with 256 bytes to a row they would use half of the rows, with 512 all kinds of packets use all.
 */
#define SKB_SHIFT 9

struct packet_start {
	u64 skb;  /* 0: none */
	u64 mark; /* what tells this life of the packet's memory from an earlier one, or whatever the stage wants */
	s64 ns;	  /* CLOCK_MONOTONIC */
	u64 displaced;
};

#define PACKET_START_PLACES 4
#define PACKET_START_ROWS   (STACK_PACKET_STARTS / PACKET_START_PLACES)

struct packet_starts {
	struct packet_start places[PACKET_START_PLACES];
};

#define PACKET_STARTS(table)                                                                                           \
	struct {                                                                                                       \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                                                      \
		__uint(max_entries, PACKET_START_ROWS);                                                                \
		__type(key, u32);                                                                                      \
		__type(value, struct packet_starts);                                                                   \
	} table SEC(".maps")

static __always_inline struct packet_starts *row_of(void *table, u64 skb)
{
	u32 row = (skb >> SKB_SHIFT) % PACKET_START_ROWS;

	return bpf_map_lookup_elem(table, &row);
}

/* NULL: not there. */
static __always_inline struct packet_start *find_wait(struct packet_starts *row, u64 skb)
{
	for (int i = 0; i < PACKET_START_PLACES; i++)
		if (row->places[i].skb == skb)
			return &row->places[i];
	return NULL;
}

static __always_inline bool was_displaced(const struct packet_starts *row, u64 skb)
{
	for (int i = 0; i < PACKET_START_PLACES; i++)
		if (row->places[i].displaced == skb)
			return true;
	return false;
}

static __always_inline struct packet_start *oldest_wait(struct packet_starts *row)
{
	struct packet_start *oldest = &row->places[0];

	for (int i = 1; i < PACKET_START_PLACES; i++)
		if (row->places[i].ns < oldest->ns)
			oldest = &row->places[i];
	return oldest;
}

static __always_inline struct packet_start *place_for(struct packet_starts *row, u64 skb)
{
	struct packet_start *place = find_wait(row, skb);

	place = place ? place : find_wait(row, 0);
	return place ? place : oldest_wait(row);
}

/* Returns whether another packet had to go. */
static __always_inline bool begin_wait(void *table, u64 skb, u64 mark)
{
	struct packet_starts *row = row_of(table, skb);
	struct packet_start *place;
	u64 before;

	if (!row)
		return false;
	place = place_for(row, skb);
	before = place->skb;
	place->skb = 0; /* a reader that comes in between finds nothing rather than half of it */
	place->mark = mark;
	place->ns = bpf_ktime_get_ns();
	if (before && before != skb)
		place->displaced = before;
	place->skb = skb;
	return before && before != skb;
}

/* The packet is gone, or its wait was cut short. */
static __always_inline void forget_wait(struct packet_starts *row, u64 skb)
{
	for (int i = 0; i < PACKET_START_PLACES; i++) {
		if (row->places[i].skb == skb)
			row->places[i].skb = 0;
		if (row->places[i].displaced == skb)
			row->places[i].displaced = 0;
	}
}

#endif
