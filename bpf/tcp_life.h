/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What bpf/tcp_life.bpf.c sends: one record for every TCP connection, when it is closed, and its durations. */
#ifndef LAGPIPE_TCP_LIFE_H
#define LAGPIPE_TCP_LIFE_H

enum tcp_life_role { ROLE_CLIENT, ROLE_SERVER, TCP_LIFE_ROLES };

/* Whose FIN or RST came first. */
enum tcp_life_closer { CLOSER_NONE, CLOSER_LOCAL, CLOSER_REMOTE, TCP_LIFE_CLOSERS };

enum tcp_life_reason {
	REASON_NONE, /* still open */
	REASON_FIN,
	REASON_RESET,
	REASON_TIMED_OUT, /* this host gave up: retransmits or keepalives went unanswered */
	TCP_LIFE_REASONS,
};

struct tcp_life_record {
	unsigned long long end_unix_ns; /* in the ring buffer CLOCK_MONOTONIC; the loader makes it CLOCK_REALTIME */
	unsigned long long duration_ns; /* since the handshake was done */
	unsigned long long cgroup_id;	/* of the process below, cgroup v2 */
	unsigned long long bytes_sent;	/* payload, each byte once; what the peer did not acknowledge is among it */
	unsigned long long bytes_received;
	unsigned long long longest_idle_ns;   /* without data read or written by the application */
	unsigned long long response_first_ns; /* of the first turn */
	unsigned long long response_max_ns;
	unsigned long long response_total_ns; /* of all turns */
	unsigned char local_address[16];      /* IPv4 in the first four bytes, as ip_version says */
	unsigned char peer_address[16];
	char comm[16];	  /* name of the thread below, NUL-terminated */
	unsigned int pid; /* who called connect(), or was first seen to use an accepted socket; 0: nobody was */
	unsigned int tid;
	unsigned int netns_inode;
	unsigned int rtt_us;	    /* smoothed; 0: none was measured */
	unsigned int rtt_min_us;    /* of the last minutes (tcp_min_rtt_wlen); 0: none was measured */
	unsigned int segments_sent; /* with and without data */
	unsigned int segments_received;
	unsigned int retransmits;
	unsigned int turns;	   /* requests that got a response */
	unsigned short local_port; /* host byte order */
	unsigned short peer_port;
	unsigned short error;	  /* the socket's error as errno; 0: none */
	unsigned char ip_version; /* 4 or 6; IPv4-mapped IPv6 is 4, as on the wire */
	unsigned char role;	  /* enum tcp_life_role */
	unsigned char closer;	  /* enum tcp_life_closer; CLOSER_NONE: still open, this is a report on the way */
	unsigned char reason;	  /* enum tcp_life_reason */
	unsigned char has_turns;  /* 1: reads and writes were watched; 0: turns, response and idle times say nothing */
	unsigned char padding;
};

_Static_assert(sizeof(struct tcp_life_record) == 168, "src/sources/ebpf decodes this layout");

/* Durations that are counted in the kernel, as histograms by port. */
enum tcp_life_kind {
	KIND_RESPONSE_CLIENT, /* from the last byte of a request to the first of its response; the peer's port */
	KIND_RESPONSE_SERVER, /* the same, seen by who answers; the local port */
	KIND_ACCEPT,	      /* from the handshake to accept(); the local port */
	TCP_LIFE_KINDS,
};

/*
 * The grid of bpf/stack_latency.h, up to 2^42 ns (73 min), because an application may take its time: buckets[i] has
 * index i - 240, the last one 96. Longer durations count in the last one.
 */
#define TCP_LIFE_BUCKETS 337

/* One histogram; deltas since the record before. */
struct tcp_life_durations {
	unsigned long long start_unix_ns;
	unsigned long long end_unix_ns;
	unsigned long long zero_count;
	unsigned long long sum_ns;
	unsigned short kind; /* enum tcp_life_kind */
	unsigned short port; /* 0: all ports that have no histogram of their own */
	unsigned int padding;
	unsigned long long buckets[TCP_LIFE_BUCKETS];
};

_Static_assert(sizeof(struct tcp_life_durations) == 5 * 8 + 337 * 8, "src/sources/ebpf decodes this layout");

/*
 * Deltas since the frame before, but for in_flight.
 * opened = closed + below_minimum + ring_full + map_full + unseen_end + growth of in_flight; what was missed is not
 * among the opened.
 */
struct tcp_life_stats {
	unsigned long long end_unix_ns;
	unsigned long long opened;
	unsigned long long closed;	  /* sent as struct tcp_life_record */
	unsigned long long below_minimum; /* shorter than min_duration */
	unsigned long long ring_full;	  /* lost: the loader could not keep up */
	unsigned long long map_full;	  /* lost: too many connections at once */
	unsigned long long unseen_end;	  /* lost: the kernel did not run the probe when it was closed */
	unsigned long long missed;	  /* the kernel did not run a probe, because it interrupted itself */
	unsigned long long in_flight;	  /* open at this moment, of those whose opening was seen */
	unsigned long long reports;	  /* records of open connections */
	unsigned long long reports_lost;
	unsigned long long accepts_unseen; /* connections that were used before their accept() was seen */
};

_Static_assert(sizeof(struct tcp_life_stats) == 96, "src/sources/ebpf decodes this layout");

#endif
