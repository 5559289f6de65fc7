/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The agent's programs with another end: recording as netstacklat does, in a hash of single counters whose key has the
 * bucket in it, so that a sample takes one lookup for its bucket and one for the sum. What comes before that, finding
 * the packet and its latency, is the agent's, which makes both the same work; netstacklat's own checks that have no
 * counterpart there (reads held up by reordering, the network namespace) are left out.
 */
#include "other-recording.bpf.h"

/* Powers of two up to 2^34 ns; one more for the sum. */
#define BUCKET_MAX 34
#define BUCKET_SUM (BUCKET_MAX + 1)

struct counter_key {
	u64 cgroup;
	u32 ifindex;
	u16 stage;
	u16 bucket;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, STACK_STAGES *(BUCKET_SUM + 1));
	__type(key, struct counter_key);
	__type(value, u64);
} counters SEC(".maps");

static __always_inline u64 *counter_of(const struct counter_key *key)
{
	u64 *counter = bpf_map_lookup_elem(&counters, key);
	u64 zero = 0;

	if (counter)
		return counter;
	bpf_map_update_elem(&counters, key, &zero, BPF_NOEXIST);
	return bpf_map_lookup_elem(&counters, key);
}

/* The usual way to find the top bit without an instruction for it, as netstacklat does. */
static __always_inline u32 log2_of(u32 value)
{
	u32 top = (value > 0xffff) << 4, shift;

	value >>= top;
	shift = (value > 0xff) << 3;
	value >>= shift;
	top |= shift;
	shift = (value > 0xf) << 2;
	value >>= shift;
	top |= shift;
	shift = (value > 0x3) << 1;
	value >>= shift;
	return top | shift | value >> 1;
}

/* A bucket holds its upper bound. */
static __always_inline u16 bucket_of(u64 ns)
{
	u32 bucket = ns >> 32 ? log2_of(ns >> 32) + 32 : log2_of(ns);

	if (bucket && 1ULL << bucket < ns)
		bucket++;
	return bucket > BUCKET_MAX ? BUCKET_MAX : bucket;
}

static __always_inline void note_wait(const struct meeting *meeting, s64 waited)
{
	struct counter_key key = { .stage = meeting->stage };
	u64 *counter;

	if (waited < 0)
		return;
	key.bucket = bucket_of(waited);
	counter = counter_of(&key);
	if (counter)
		*counter += 1;
	if (!waited)
		return;
	key.bucket = BUCKET_SUM;
	counter = counter_of(&key);
	if (counter)
		*counter += waited;
}
