/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What bpf/stack_latency.bpf.c counts and the loader sends: one record per stage and interval. */
#ifndef LAGPIPE_STACK_LATENCY_H
#define LAGPIPE_STACK_LATENCY_H

/* First the seven points of the receive path, by netstacklat's names and in the order in which a packet meets them. */
enum stack_stage {
	STAGE_IP_START,
	STAGE_TCP_START,
	STAGE_UDP_START,
	STAGE_TCP_SOCKET_ENQUEUED,
	STAGE_UDP_SOCKET_ENQUEUED,
	STAGE_TCP_SOCKET_READ,
	STAGE_UDP_SOCKET_READ,
	/* Not by default: two before the receive timestamp, and two of the transmit path. */
	STAGE_SOFTIRQ_RAISED,
	STAGE_NAPI_POLL,
	STAGE_QDISC,
	STAGE_DRIVER,
	STACK_STAGES,
};

/* Those that are measured unless others are asked for. */
#define STACK_RECEIVE_STAGES (STAGE_UDP_SOCKET_READ + 1)

/* Why a packet that a stage saw gave no sample. seen = sum of buckets + zero_count + sum of skipped. */
enum stack_skip {
	SKIP_NO_STAMP,	     /* the packet carries no receive timestamp; nobody saw when the wait began */
	SKIP_FUTURE_STAMP,   /* its timestamp is later than now: the clock was set back, or a paced departure time */
	SKIP_TOO_LONG,	     /* 2^36 ns (68.7 s) or more: no wait on this host, but a clock that was set */
	SKIP_ALREADY_READ,   /* the reader had emptied the queue before the stage could look at it */
	SKIP_RECURSION,	     /* the kernel did not run the probe, because it interrupted itself on that CPU */
	SKIP_OTHER,	     /* the packet could not be read */
	SKIP_FILTERED,	     /* a filter of the configuration left it out */
	SKIP_SAMPLED_OUT,    /* one of the N - 1 that 1-in-N sampling leaves out */
	SKIP_TRANSMIT_STAMP, /* it says when this host sent it, and nobody saw when it arrived */
	SKIP_REORDERED,	     /* it waited behind a gap in the sequence, and the configuration leaves those out */
	SKIP_MAP_FULL,	     /* too many were under way at once: the start of its wait made room for another's */
	STACK_SKIPS,
};

/*
 * OpenTelemetry's base-2 exponential histogram of *seconds* at scale 3: bucket `index` holds (2^(index/8),
 * 2^((index+1)/8)] s. 1 ns is 2^-29.9 s, so index -240 is the lowest, and buckets[i] has index i - 240.
 * The highest sample, below 2^36 ns = 2^6.1 s, has index 48.
 */
#define STACK_SCALE   3
#define STACK_OFFSET  (-240)
#define STACK_BUCKETS 289

/* Deltas since the record before; all times are CLOCK_REALTIME in nanoseconds. */
struct stack_latency_record {
	unsigned long long start_unix_ns;
	unsigned long long end_unix_ns;
	unsigned long long seen;
	unsigned long long skipped[STACK_SKIPS];
	unsigned long long zero_count; /* samples of 0 ns, which no bucket can hold */
	unsigned long long sum_ns;
	unsigned long long min_ns; /* of this interval; both 0 when it had no sample */
	unsigned long long max_ns;
	unsigned int stage; /* enum stack_stage */
	unsigned int padding;
	unsigned long long buckets[STACK_BUCKETS];
};

_Static_assert(sizeof(struct stack_latency_record) == 19 * 8 + 289 * 8, "src/sources/ebpf decodes this layout");

/* What tells groups apart, any of them together. */
enum stack_group_by {
	GROUP_BY_INTERFACE = 1,
	GROUP_BY_CGROUP = 2,
	GROUP_BY_NETNS = 4,
	GROUP_BY_LOCAL_PORT = 8,
};

#define STACK_INTERFACE_BYTES 16
#define STACK_NETNS_BYTES     64
#define STACK_CGROUP_BYTES    256

/* The same for one group of packets. What the group is not told apart by is 0 or empty; so is what is not known. */
struct stack_group_record {
	struct stack_latency_record latency;
	unsigned long long cgroup_id;
	unsigned int netns_inode;
	unsigned short local_port;
	unsigned char group_by; /* bits of enum stack_group_by */
	unsigned char overflow; /* 1: everything for which there was no group left */
	char interface[STACK_INTERFACE_BYTES];
	char netns_name[STACK_NETNS_BYTES];   /* below /run/netns */
	char cgroup_path[STACK_CGROUP_BYTES]; /* below the cgroup v2 mount; its end, after "...", when too long */
};

_Static_assert(sizeof(struct stack_group_record) == sizeof(struct stack_latency_record) + 16 + 336,
	       "src/sources/ebpf decodes this layout");

#endif
