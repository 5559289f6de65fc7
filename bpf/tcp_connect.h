/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What bpf/tcp_connect.bpf.c sends: one record for every TCP connect attempt, when it has ended. */
#ifndef LAGPIPE_TCP_CONNECT_H
#define LAGPIPE_TCP_CONNECT_H

/* How an attempt ended. Every attempt ends in exactly one of these. */
enum tcp_connect_outcome {
	OUTCOME_ESTABLISHED,
	OUTCOME_REFUSED,     /* ECONNREFUSED: a RST answered the SYN */
	OUTCOME_RESET,	     /* ECONNRESET */
	OUTCOME_TIMED_OUT,   /* ETIMEDOUT: the kernel gave up retransmitting the SYN */
	OUTCOME_UNREACHABLE, /* no route, or an ICMP error that says so */
	OUTCOME_ABORTED,     /* the application closed the socket, or died, before an answer came */
	TCP_CONNECT_OUTCOMES,
};

struct tcp_connect_record {
	unsigned long long end_unix_ns; /* in the ring buffer CLOCK_MONOTONIC; the loader makes it CLOCK_REALTIME */
	unsigned long long
		duration_ns;	      /* from connect() to the end; 0 when connect() itself failed, with no SYN sent */
	unsigned long long cgroup_id; /* of the caller, cgroup v2 */
	unsigned char local_address[16]; /* IPv4 in the first four bytes, as ip_version says */
	unsigned char peer_address[16];
	char comm[16]; /* name of the calling thread, NUL-terminated */
	unsigned int pid;
	unsigned int tid;
	unsigned int netns_inode;
	unsigned int rtt_us; /* smoothed round-trip time at the end; 0: none was measured */
	unsigned int syn_retransmits;
	unsigned short local_port; /* host byte order; 0: none was chosen yet */
	unsigned short peer_port;
	unsigned short error;	  /* the socket's error as errno; 0: none */
	unsigned char ip_version; /* 4 or 6; IPv4-mapped IPv6 is 4, as on the wire */
	unsigned char outcome;	  /* enum tcp_connect_outcome */
	unsigned short nat_peer_port;
	unsigned short padding;
	unsigned char nat_peer_address[16]; /* where the SYN went after this host translated it; all 0: nowhere else */
};

_Static_assert(sizeof(struct tcp_connect_record) == 120, "src/sources/ebpf decodes this layout");

/*
 * Deltas since the frame before, but for in_flight.
 * attempts = records + below_minimum + ring_full + map_full + growth of in_flight; missed ones are not among them.
 */
struct tcp_connect_stats {
	unsigned long long end_unix_ns;
	unsigned long long attempts;
	unsigned long long records;	  /* sent as struct tcp_connect_record */
	unsigned long long below_minimum; /* quicker than min_latency */
	unsigned long long ring_full;	  /* lost: the loader could not keep up */
	unsigned long long map_full;	  /* lost: too many attempts at once */
	unsigned long long missed;	  /* lost: the kernel did not run the probe, because it interrupted itself */
	unsigned long long in_flight;	  /* attempts without an end at this moment */
};

_Static_assert(sizeof(struct tcp_connect_stats) == 64, "src/sources/ebpf decodes this layout");

#endif
