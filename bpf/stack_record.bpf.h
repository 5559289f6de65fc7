/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Counting of one packet at one stage: the clock that its stamp is of, the histogram, and why there is no sample.
 *
 * Why plain increments do: a histogram belongs to one stage on one CPU. Netfilter hooks of the receive path run in
 * softirq, which does not nest. Tracepoints run with preemption off, and the kernel does not start a program again on
 * a CPU where it is running, but counts a recursion miss, which the loader reports as SKIP_RECURSION.
 */
#ifndef LAGPIPE_STACK_RECORD_BPF_H
#define LAGPIPE_STACK_RECORD_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "filter.bpf.h"
#include "group.bpf.h"
#include "histogram.bpf.h"
#include "packet_starts.bpf.h"
#include "socket.bpf.h"

#define NS_PER_S 1000000000LL

/* What a sample comes by; the rest is laid out of the way. */
#define LIKELY(condition) __builtin_expect(!!(condition), 1)

/* The kernel's enum skb_tstamp_type: the clock of skb->tstamp. */
enum stamp_clock {
	STAMP_REALTIME,	 /* stamped when received */
	STAMP_MONOTONIC, /* when TCP on this host sent it; kept across loopback and veth until local delivery */
	STAMP_TAI,	 /* departure time that an application set */
};

/* The clock itself can be read since 6.1; before, the loader's offsets stand in for it. */
static __always_inline s64 tai_ns(void)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_ktime_get_tai_ns))
		return bpf_ktime_get_tai_ns();
	return bpf_ktime_get_ns() + control.realtime_offset_ns + control.tai_offset_ns;
}

/*
 * Exact when CLOCK_REALTIME is set, because TAI moves with it. When the TAI offset itself is set (whole seconds, by a
 * time daemon's first contact), the loader's copy is stale for up to a second. Such a sample is either negative or
 * longer than a second, and then CLOCK_MONOTONIC tells.
 */
static __always_inline s64 since_realtime(s64 stamp)
{
	s64 waited = tai_ns() - control.tai_offset_ns - stamp;

	if (LIKELY(waited >= 0 && waited < NS_PER_S))
		return waited;
	return bpf_ktime_get_ns() + control.realtime_offset_ns - stamp;
}

static __always_inline void note_extremes(struct stack_histogram *histogram, u64 ns)
{
	u64 epoch = control.epoch;
	struct stack_extremes *extremes = &histogram->extremes[epoch & 1];

	if (extremes->epoch != epoch) {
		extremes->epoch = epoch;
		extremes->min_ns = ns;
		extremes->max_ns = ns;
		return;
	}
	if (ns < extremes->min_ns)
		extremes->min_ns = ns;
	if (ns > extremes->max_ns)
		extremes->max_ns = ns;
}

/* Where programs that can interrupt each other count the same stage, each addition is one instruction. */
#define ADD(meeting, counter, amount)                                                                                  \
	do {                                                                                                           \
		if ((meeting)->nests)                                                                                  \
			__sync_fetch_and_add(&(counter), amount);                                                      \
		else                                                                                                   \
			(counter) += (amount);                                                                         \
	} while (0)

static __always_inline void note_bucket(const struct meeting *meeting, struct stack_histogram *histogram, u64 ns)
{
	u64 cell;

	if (!LIKELY(ns)) {
		ADD(meeting, histogram->zero_count, 1);
		return;
	}
	cell = histogram_cell(ns, settings.slices);
	if (LIKELY(cell < STACK_BUCKETS)) /* always true below STACK_LIMIT_NS; the verifier asks */
		ADD(meeting, histogram->buckets[cell], 1);
}

/*
 * The bucket first: some twenty cycles of instructions that each wait for the one before. What follows waits for none
 * of them, so the processor does it meanwhile; the barrier keeps the compiler from moving it to the front.
 */
static __always_inline void note_sample(const struct meeting *meeting, struct stack_histogram *histogram, u64 ns)
{
	note_bucket(meeting, histogram, ns);
	barrier();
	ADD(meeting, histogram->seen, 1);
	ADD(meeting, histogram->sum_ns, ns);
	note_extremes(histogram, ns);
}

static __always_inline void note_skipped(const struct meeting *meeting, enum stack_skip reason)
{
	struct stack_histogram *histogram = stage_histogram(meeting->stage);

	if (!histogram)
		return;
	ADD(meeting, histogram->seen, 1);
	ADD(meeting, histogram->skipped[reason], 1);
}

static __always_inline void note_skip(u32 stage, enum stack_skip reason)
{
	struct meeting meeting = { .stage = stage };

	note_skipped(&meeting, reason);
}

/* The benchmark of its cost has others. */
#ifndef OTHER_RECORDING
static __always_inline void note_wait(const struct meeting *meeting, s64 waited)
{
	struct stack_histogram *histogram = histogram_for(meeting);

	if (!histogram)
		return;
	if (LIKELY(waited >= 0 && waited < (s64)STACK_LIMIT_NS)) {
		note_sample(meeting, histogram, waited);
		return;
	}
	ADD(meeting, histogram->seen, 1);
	ADD(meeting, histogram->skipped[waited < 0 ? SKIP_FUTURE_STAMP : SKIP_TOO_LONG], 1);
}
#endif

/* A wait whose start was seen on this host, CLOCK_MONOTONIC; 0: it was not. */
static __always_inline void note_since(const struct meeting *meeting, s64 start_ns)
{
	if (start_ns)
		note_wait(meeting, bpf_ktime_get_ns() - start_ns);
	else
		note_skipped(meeting, SKIP_NO_STAMP);
}

/*
 * Packets from this host that carry the time at which they were sent: when each came in at an interface. The stamp
 * tells whether it is still the same packet.
 */
PACKET_STARTS(arrivals);

/* Measured from its arrival, as packets are that the kernel stamps by itself. */
static __always_inline void note_local(const struct meeting *meeting, s64 stamp)
{
	u64 skb = address_of(meeting->skb);
	struct packet_starts *row = row_of(&arrivals, skb);
	const struct packet_start *arrival = row && skb ? find_wait(row, skb) : NULL;

	if (arrival && arrival->mark == (u64)stamp)
		note_wait(meeting, bpf_ktime_get_ns() - arrival->ns);
	else
		note_skipped(meeting, row && skb && was_displaced(row, skb) ? SKIP_MAP_FULL : SKIP_TRANSMIT_STAMP);
}

static __always_inline void note_packet(const struct meeting *meeting, s64 stamp, u32 clock)
{
	if (LIKELY(stamp > 0 && clock == STAMP_REALTIME))
		note_wait(meeting, since_realtime(stamp));
	else if (stamp > 0)
		note_local(meeting, stamp);
	else
		note_skipped(meeting, SKIP_NO_STAMP);
}

/* STACK_SKIPS: for no reason. */
static __always_inline enum stack_skip why_left_out(const struct meeting *meeting)
{
	enum stack_skip reordered;

	if (!is_wanted_packet(meeting) || (is_read_stage(meeting->stage) && !is_wanted_read(meeting)))
		return SKIP_FILTERED;
	reordered = why_reordered(meeting);
	if (reordered != STACK_SKIPS)
		return reordered;
	return is_sampled_out() ? SKIP_SAMPLED_OUT : STACK_SKIPS;
}

/* What is left out is counted for its stage, and not told apart by groups: that would cost what leaving out saves. */
static __always_inline bool is_left_out(const struct meeting *meeting)
{
	enum stack_skip reason = settings.filtered ? why_left_out(meeting) : STACK_SKIPS;

	if (reason == STACK_SKIPS)
		return false;
	note_skipped(meeting, reason);
	return true;
}

/*
 * 6.11 named the field tstamp_type; 5.18 to 6.10 had the bit mono_delivery_time with the same two first values.
 * Before that, a packet lost its transmit stamp on its way to the receive path.
 */
static __always_inline u32 probed_stamp_clock(const struct sk_buff *skb)
{
	const struct sk_buff___mono *older = (const void *)skb;

	if (bpf_core_field_exists(skb->tstamp_type))
		return BPF_CORE_READ_BITFIELD_PROBED(skb, tstamp_type);
	if (bpf_core_field_exists(older->mono_delivery_time))
		return BPF_CORE_READ_BITFIELD_PROBED(older, mono_delivery_time);
	return STAMP_REALTIME;
}

/* The same for a pointer that the verifier knows: plain loads, no calls. */
static __always_inline u32 trusted_stamp_clock(const struct sk_buff *skb)
{
	const struct sk_buff___mono *older = (const void *)skb;

	if (bpf_core_field_exists(skb->tstamp_type))
		return BPF_CORE_READ_BITFIELD(skb, tstamp_type);
	if (bpf_core_field_exists(older->mono_delivery_time))
		return BPF_CORE_READ_BITFIELD(older, mono_delivery_time);
	return STAMP_REALTIME;
}

#ifdef DIRECT_READS
#define stamp_clock(skb) trusted_stamp_clock(skb)
#else
#define stamp_clock(skb) probed_stamp_clock(skb)
#endif

/* Local delivery gives a packet the clock that the stages behind it expect, so there the field need not be read. */
static __always_inline bool may_have_transmit_stamp(u32 stage)
{
	return stage == STAGE_IP_START || stage == STAGE_TCP_START || stage == STAGE_UDP_START;
}

/* sk: whose packet it is, or NULL before it has found its socket. */
static __always_inline void note_trusted_skb(u32 stage, const struct sk_buff *skb, const struct sock *sk)
{
	struct meeting meeting = { .stage = stage, .skb = skb, .sk = sk };

	if (!is_left_out(&meeting))
		note_packet(&meeting, skb->tstamp,
			    may_have_transmit_stamp(stage) ? trusted_stamp_clock(skb) : STAMP_REALTIME);
}

static __always_inline void note_skb(u32 stage, const struct sk_buff *skb, const struct sock *sk)
{
	struct meeting meeting = { .stage = stage, .skb = skb, .sk = sk };

	if (!is_left_out(&meeting))
		note_packet(&meeting, READ(skb, tstamp),
			    may_have_transmit_stamp(stage) ? stamp_clock(skb) : STAMP_REALTIME);
}

/* In place of the stamp of a packet that the filters leave out. */
#define STAMP_FILTERED (-1)

/* For a packet that cannot be read any more when it counts: what to keep of it instead of its stamp. */
static __always_inline s64 stamp_to_keep(u32 stage, const struct sk_buff *skb, const struct sock *sk, s64 stamp)
{
	struct meeting meeting = { .stage = stage, .skb = skb, .sk = sk };

	return !settings.filtered || is_wanted_packet(&meeting) ? stamp : STAMP_FILTERED;
}

static __always_inline u32 interface_to_keep(const struct sk_buff *skb)
{
	return settings.group_by & GROUP_BY_INTERFACE ? READ(skb, skb_iif) : 0;
}

/* Counts it, by what was kept. */
static __always_inline void note_kept(u32 stage, const struct sock *sk, s64 stamp, u32 ifindex)
{
	struct meeting meeting = { .stage = stage, .sk = sk, .ifindex = ifindex };

	if (!settings.filtered)
		note_packet(&meeting, stamp, STAMP_REALTIME);
	else if (stamp == STAMP_FILTERED || (is_read_stage(stage) && !is_wanted_read(&meeting)))
		note_skip(stage, SKIP_FILTERED);
	else if (is_sampled_out())
		note_skip(stage, SKIP_SAMPLED_OUT);
	else
		note_packet(&meeting, stamp, STAMP_REALTIME);
}

#endif
