/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs that send records one by one have in common. The includer has said before, for both of its maps:
 * RECORD_COUNTERS, the struct that it counts in, and RECORD_RING_BYTES and RECORD_WAKE_BYTES, how large the ring is and
 * how much in it wakes the loader at once.
 */
#ifndef LAGPIPE_RECORD_RING_BPF_H
#define LAGPIPE_RECORD_RING_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RECORD_RING_BYTES);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, RECORD_COUNTERS);
} counters SEC(".maps");

/* Atomic, because programs can interrupt each other, and those of cgroups can be preempted. */
#define COUNT_MANY(member, many)                                                                                       \
	do {                                                                                                           \
		u32 zero = 0;                                                                                          \
		RECORD_COUNTERS *cell = bpf_map_lookup_elem(&counters, &zero);                                         \
		if (cell)                                                                                              \
			__sync_fetch_and_add(&cell->member, many);                                                     \
	} while (0)

#define COUNT(member)	COUNT_MANY(member, 1)
#define UNCOUNT(member) COUNT_MANY(member, -1)

/* Room for a record of this many bytes, all 0. NULL, and counted, when the loader could not keep up. */
static __always_inline void *reserve_record(const u64 bytes)
{
	void *record = bpf_ringbuf_reserve(&records, bytes, 0);

	if (record)
		__builtin_memset(record, 0, bytes);
	else
		COUNT(ring_full);
	return record;
}

static __always_inline void submit_record(void *record)
{
	bool is_much = bpf_ringbuf_query(&records, BPF_RB_AVAIL_DATA) >= RECORD_WAKE_BYTES;

	bpf_ringbuf_submit(record, is_much ? BPF_RB_FORCE_WAKEUP : 0);
}

#endif
