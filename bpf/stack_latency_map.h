/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What bpf/stack_latency.bpf.c and the loader share besides the record: settings, control and the counting cells. */
#ifndef LAGPIPE_STACK_LATENCY_MAP_H
#define LAGPIPE_STACK_LATENCY_MAP_H

#include "stack_latency.h"

/* From 2^36 ns (68.7 s) on, a difference is no wait on this host but a clock that was set. */
#define STACK_LIMIT_NS (1ULL << 36)

/* Thresholds in one octave: 2^3, for scale 3. */
#define STACK_THRESHOLDS (1 << STACK_SCALE)

/*
 * Stamps of datagrams that wait in one UDP socket: as many as small datagrams have room in the default receive
 * buffer (212,992 bytes of some 800 each), as a power of two.
 */
#define STACK_UDP_WAITING 256

/* UDP sockets remembered, the least recently used making room: 4.5 MB with the above. */
#define STACK_UDP_SOCKETS 2048

/* .rodata: fixed before the programs are loaded. */
struct stack_settings {
	unsigned long long thresholds[STACK_THRESHOLDS]; /* of the histogram; see histogram.bpf.h */
	unsigned long long netns_inode;			 /* count at sockets of this namespace only; 0: of all */
};

/* .bss: written by the loader while the programs run. */
struct stack_control {
	long long tai_offset_ns;      /* CLOCK_TAI - CLOCK_REALTIME */
	long long realtime_offset_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC */
	unsigned long long epoch;     /* number of the present interval, from 1 */
};

/* Smallest and largest sample of the interval `epoch`; the rest of an older epoch is void. */
struct stack_extremes {
	unsigned long long epoch;
	unsigned long long min_ns;
	unsigned long long max_ns;
};

/* One stage on one CPU. All counters only grow; the loader takes differences. */
struct stack_histogram {
	unsigned long long seen;
	unsigned long long skipped[STACK_SKIPS];
	unsigned long long zero_count;
	unsigned long long sum_ns;
	struct stack_extremes extremes[2]; /* one is written (epoch & 1) while the loader reads the other */
	unsigned long long buckets[STACK_BUCKETS];
};

#endif
