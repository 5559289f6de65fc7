/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What bpf/stack_latency.bpf.c and the loader share besides the record: settings, control and the counting cells. */
#ifndef LAGPIPE_STACK_LATENCY_MAP_H
#define LAGPIPE_STACK_LATENCY_MAP_H

#include "histogram.bpf.h"
#include "stack_latency.h"

/* From 2^36 ns (68.7 s) on, a difference is no wait on this host but a clock that was set. */
#define STACK_LIMIT_NS (1ULL << 36)

/*
 * Stamps of datagrams that wait in one UDP socket: as many as small datagrams have room in the default receive
 * buffer (212,992 bytes of some 800 each), as a power of two.
 */
#define STACK_UDP_WAITING 256

/* UDP sockets remembered, the least recently used making room: 6.8 MB with the above. */
#define STACK_UDP_SOCKETS 2048

/* Places for packets under way, in each of three tables (bpf/packet_starts.bpf.h) of 512 kB. */
#define STACK_PACKET_STARTS 16384

/* TCP sockets remembered that received segments out of order, the least recently used making room. */
#define STACK_GAP_SOCKETS 4096

/* Stages, rounded up to a power of two: the verifier follows a mask, and no other remainder. */
#define STACK_STAGE_SLOTS 16

_Static_assert(STACK_STAGES <= STACK_STAGE_SLOTS, "each stage has a slot");

/* How long each list of a filter may be. */
#define STACK_INTERFACES 8
#define STACK_PORTS	 16
#define STACK_RANGES	 16
#define STACK_PIDS	 16
#define STACK_CGROUPS	 8
#define STACK_NETNS	 8

/* Addresses that share the bits of a mask, in network order, IPv4 mapped into IPv6. */
struct stack_range {
	unsigned int address[4];
	unsigned int mask[4];
};

/* Which packets count. A list of no entries, and a number of 0, let everything through. */
struct stack_filter {
	unsigned long long ip_version;	     /* 4 or 6 */
	unsigned long long sample_one_in;    /* each packet has a chance of 1 in N; below 2: all */
	unsigned long long min_queue_length; /* reads that leave as many packets waiting */
	unsigned long long drop_reordered;   /* 1: reads that waited behind a gap in the sequence do not count */
	unsigned int interface_count, port_count, range_count, pid_count, cgroup_count, netns_count;
	char interfaces[STACK_INTERFACES][STACK_INTERFACE_BYTES];
	unsigned int ports[STACK_PORTS]; /* local ones */
	struct stack_range ranges[STACK_RANGES];
	unsigned int pids[STACK_PIDS];
	unsigned int netns[STACK_NETNS];	   /* inodes of network namespaces */
	unsigned long long cgroups[STACK_CGROUPS]; /* their children count as well */
};

/* .rodata: fixed before the programs are loaded. */
struct stack_settings {
	unsigned long long slices[HISTOGRAM_SLICES]; /* of the histogram */
	unsigned long long netns_inode;		     /* count at sockets of this namespace only; 0: of all */
	unsigned long long group_by;		     /* bits of enum stack_group_by; 0: one histogram per stage */
	unsigned long long max_groups;		     /* of each stage, besides the one for the rest */
	unsigned long long filtered;		     /* 0: nothing in the filter is set */
	unsigned long long own_netns_inode;	     /* of the loader; for programs that serve all others */
	struct stack_filter filter;
};

/* .bss: written by the loader while the programs run. */
struct stack_control {
	long long tai_offset_ns;		/* CLOCK_TAI - CLOCK_REALTIME */
	long long realtime_offset_ns;		/* CLOCK_REALTIME - CLOCK_MONOTONIC */
	unsigned long long epoch;		/* number of the present interval, from 1 */
	unsigned int groups[STACK_STAGE_SLOTS]; /* that each stage has; the programs add, the loader takes away */
};

/* Every byte counts, so unused ones are 0. */
struct stack_group_key {
	unsigned long long cgroup_id;
	unsigned int netns_inode;
	unsigned short local_port;
	unsigned char stage;
	unsigned char overflow;
	char interface[STACK_INTERFACE_BYTES];
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
