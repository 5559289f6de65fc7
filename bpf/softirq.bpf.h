/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What comes before the receive timestamp: the wait of NET_RX to run, and how long each NAPI poll takes. Both ends of a
 * wait are on one CPU, so one cell per CPU holds its start.
 */
#ifndef LAGPIPE_SOFTIRQ_BPF_H
#define LAGPIPE_SOFTIRQ_BPF_H

#include "stack_record.bpf.h"

/* include/linux/interrupt.h: NET_RX_SOFTIRQ. */
#define VECTOR_NET_RX 3

/* CLOCK_MONOTONIC; 0: none. */
struct softirq_times {
	s64 raised_ns; /* first raised since NET_RX ran last */
	s64 poll_ns;   /* since when the present poll runs: the entry of NET_RX, or the end of the poll before */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct softirq_times);
} softirqs SEC(".maps");

static __always_inline struct softirq_times *softirq_times(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&softirqs, &zero);
}

static __always_inline void note_softirq(u32 stage, s64 start_ns, const struct net_device *device)
{
	struct meeting meeting = { .stage = stage, .device = device };

	if (!is_left_out(&meeting))
		note_since(&meeting, start_ns);
}

/* Raised again before it runs, it still waits since the first time. */
SEC("raw_tp/softirq_raise")
int softirq_raised(struct bpf_raw_tracepoint_args *ctx)
{
	struct softirq_times *times = softirq_times();

	if (ctx->args[0] == VECTOR_NET_RX && times && !times->raised_ns)
		times->raised_ns = bpf_ktime_get_ns();
	return 0;
}

/*
 * The kernel takes all that is pending at once, and runs timers and others before NET_RX. Raised in between, it runs
 * once more, and of that run no start is known.
 */
SEC("raw_tp/softirq_entry")
int softirq_entered(struct bpf_raw_tracepoint_args *ctx)
{
	struct softirq_times *times = softirq_times();
	s64 raised_ns;

	if (ctx->args[0] != VECTOR_NET_RX || !times)
		return 0;
	raised_ns = times->raised_ns;
	times->raised_ns = 0;
	note_softirq(STAGE_SOFTIRQ_RAISED, raised_ns, NULL);
	return 0;
}

SEC("raw_tp/softirq_entry")
int polls_began(struct bpf_raw_tracepoint_args *ctx)
{
	struct softirq_times *times = softirq_times();

	if (ctx->args[0] == VECTOR_NET_RX && times)
		times->poll_ns = bpf_ktime_get_ns();
	return 0;
}

/* The kernel tells of a poll when it is over. Outside NET_RX (busy polling, a NAPI thread) its start is not known. */
SEC("raw_tp/napi_poll")
int napi_polled(struct bpf_raw_tracepoint_args *ctx)
{
	const struct napi_struct *napi = (const struct napi_struct *)ctx->args[0];
	struct softirq_times *times = softirq_times();

	if (!times)
		return 0;
	note_softirq(STAGE_NAPI_POLL, times->poll_ns, BPF_CORE_READ(napi, dev));
	if (times->poll_ns)
		times->poll_ns = bpf_ktime_get_ns();
	return 0;
}

SEC("raw_tp/softirq_exit")
int polls_ended(struct bpf_raw_tracepoint_args *ctx)
{
	struct softirq_times *times = softirq_times();

	if (ctx->args[0] == VECTOR_NET_RX && times)
		times->poll_ns = 0;
	return 0;
}

#endif
