/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What bpf/tcp_connect.bpf.c and the loader share besides the records. */
#ifndef LAGPIPE_TCP_CONNECT_MAP_H
#define LAGPIPE_TCP_CONNECT_MAP_H

#include "tcp_connect.h"

/* Attempts without an end. A host has at most 64,512 ports to connect from per address and destination. */
#define TCP_CONNECT_ATTEMPTS 65536

/*
 * Calls of connect() that have not yet sent a SYN: microseconds each, but for those that failed on a socket which
 * stays open. Such a call stays until the loader's sweep, so 8,192 a second have room.
 */
#define TCP_CONNECT_PENDING 8192

/* 32,000 records of 128 bytes: a reader that stalls for 3 s at 10,000 connects a second loses none. */
#define TCP_CONNECT_RING_BYTES (4 << 20)

/* So much in the ring wakes the loader at once; less waits for its 50 ms timer. */
#define TCP_CONNECT_WAKE_BYTES (64 << 10)

/* .rodata: fixed before the programs are loaded. */
struct tcp_connect_settings {
	unsigned long long min_latency_ns;
};

/* What a translation of addresses leaves as it is in a SYN. */
struct tcp_connect_syn {
	unsigned int sequence;
	unsigned int timestamp; /* where Linux has it; 0: no such option */
};

/* Who called connect(), when, and to where. */
struct tcp_connect_attempt {
	unsigned long long start_ns; /* CLOCK_MONOTONIC */
	unsigned long long cgroup_id;
	unsigned char peer_address[16];
	unsigned char nat_peer_address[16]; /* where its SYN went when it was translated; else 0 */
	char comm[16];
	unsigned int pid;
	unsigned int tid;
	unsigned int netns_inode;
	unsigned short peer_port;
	unsigned short nat_peer_port;
	unsigned char ip_version;
	unsigned char has_syn;
	unsigned char padding[6];
	struct tcp_connect_syn syn; /* the last that was sent, which is in the table of SYNs */
};

/* Per CPU, only growing. started - finished is what is in the two maps. */
struct tcp_connect_counters {
	unsigned long long attempts;
	unsigned long long records;
	unsigned long long below_minimum;
	unsigned long long ring_full;
	unsigned long long map_full;
	unsigned long long started;
	unsigned long long finished;
};

#endif
