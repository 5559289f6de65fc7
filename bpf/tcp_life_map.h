/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What bpf/tcp_life.bpf.c and the loader share besides the records. */
#ifndef LAGPIPE_TCP_LIFE_MAP_H
#define LAGPIPE_TCP_LIFE_MAP_H

#include "histogram.bpf.h"
#include "tcp_life.h"

/* Open connections and attempts to connect; 10 MB. */
#define TCP_LIFE_CONNECTIONS 65536

/* Histograms, of which one for each kind holds the ports that found no room; 0.7 MB. */
#define TCP_LIFE_SERIES 256

/* 23,000 records of 176 bytes: a reader that stalls for 2 s at 10,000 closed connections a second loses none. */
#define TCP_LIFE_RING_BYTES (4 << 20)

/* So much in the ring wakes the loader at once; less waits for its 50 ms timer. */
#define TCP_LIFE_WAKE_BYTES (64 << 10)

/* In place of a TCP state, which is never 0: the loader runs the program itself, for a report on an open connection. */
#define TCP_LIFE_REPORT 0

/* .rodata: fixed before the programs are loaded. */
struct tcp_life_settings {
	unsigned long long slices[HISTOGRAM_SLICES]; /* of the histogram */
	unsigned long long min_duration_ns;
};

/* One connection. All times are CLOCK_MONOTONIC. */
struct tcp_life_connection {
	unsigned long long established_ns; /* 0: still connecting */
	unsigned long long reported_ns;	   /* when the last report on it was sent; at first established_ns */
	unsigned long long active_ns;	   /* last read or write of data */
	unsigned long long longest_idle_ns;
	unsigned long long request_ns; /* last byte of the request that has no response yet; 0: none waits */
	unsigned long long response_first_ns;
	unsigned long long response_max_ns;
	unsigned long long response_total_ns;
	unsigned long long cgroup_id;
	char comm[16];
	unsigned int pid;
	unsigned int tid;
	unsigned int turns;
	unsigned char role;
	unsigned char closer;
	unsigned char reason;
	unsigned char accepted; /* its accept() was seen, or can no longer be */
};

struct tcp_life_series {
	unsigned short kind; /* enum tcp_life_kind */
	unsigned short port;
};

/* Shared by all CPUs, so that ports and CPUs do not multiply; added to atomically. Only growing. */
struct tcp_life_histogram {
	unsigned long long zero_count;
	unsigned long long sum_ns;
	unsigned long long buckets[TCP_LIFE_BUCKETS];
};

/* Per CPU, only growing. began - ended is the number of open connections in the map. */
struct tcp_life_counters {
	unsigned long long opened;
	unsigned long long closed;
	unsigned long long below_minimum;
	unsigned long long ring_full;
	unsigned long long map_full;
	unsigned long long unseen_end;
	unsigned long long began;
	unsigned long long ended;
	unsigned long long reports;
	unsigned long long reports_lost;
	unsigned long long accepts_unseen;
};

#endif
