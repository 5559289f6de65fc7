/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What bpf/tcp_events.bpf.c finds out: what goes wrong between two hosts, and which packets this one throws away. */
#ifndef LAGPIPE_TCP_EVENTS_H
#define LAGPIPE_TCP_EVENTS_H

enum tcp_event_kind {
	EVENT_RETRANSMIT,
	EVENT_RESET_SENT,
	EVENT_RESET_RECEIVED,
	EVENT_DROP,
	TCP_EVENT_KINDS,
};

/* Why a segment was sent again. */
enum tcp_retransmit_kind {
	RETRANSMIT_FAST,	    /* acknowledgements told of the loss */
	RETRANSMIT_TIMEOUT,	    /* none came within the retransmission timeout, and what was sent again after it */
	RETRANSMIT_TAIL_LOSS_PROBE, /* RFC 8985: the last segment, sent again early to provoke an acknowledgement */
	RETRANSMIT_SYN,
	RETRANSMIT_SYN_ACK,
	RETRANSMIT_OTHER,
	TCP_RETRANSMIT_KINDS,
};

/* What a dropped packet carried. */
enum packet_protocol {
	PACKET_OTHER, /* neither IP nor ARP, such as a message between Unix sockets */
	PACKET_TCP,
	PACKET_UDP,
	PACKET_ICMP,
	PACKET_ICMPV6,
	PACKET_IP, /* another protocol over IP, a later fragment, or headers that could not be read */
	PACKET_ARP,
	PACKET_PROTOCOLS,
};

/* A reason by the kernel's name, without its prefix: the longest that 6.18 has is 26 bytes. */
#define TCP_EVENT_REASON_BYTES 40

/* One occurrence, when asked for. */
struct tcp_event_record {
	unsigned long long unix_ns;	 /* in the ring buffer CLOCK_MONOTONIC; the loader makes it CLOCK_REALTIME */
	unsigned char local_address[16]; /* of a drop: the packet's source. IPv4 in the first four bytes */
	unsigned char peer_address[16];	 /* of a drop: the packet's destination */
	char comm[16];			 /* name of the thread in whose call it happened; empty: in none */
	char reason[TCP_EVENT_REASON_BYTES]; /* NUL-terminated; the loader writes it */
	unsigned int reason_number;	     /* the kernel's, of this very kernel */
	unsigned int pid;		     /* 0: in no call, but in the kernel's own work */
	unsigned int netns_inode;	     /* 0: cannot be told */
	unsigned int interface;		     /* of a dropped packet; 0: none */
	unsigned int bytes;		     /* of the packet, or of the segments sent again */
	unsigned short local_port;	     /* host byte order; 0: none */
	unsigned short peer_port;
	unsigned char kind;	       /* enum tcp_event_kind */
	unsigned char retransmit_kind; /* enum tcp_retransmit_kind */
	unsigned char state;	       /* the kernel's number of the socket's state; 0: no socket */
	unsigned char ip_version;      /* 4, 6, or 0: no addresses */
	unsigned char protocol;	       /* enum packet_protocol */
	unsigned char padding[3];
};

_Static_assert(sizeof(struct tcp_event_record) == 128, "src/sources/ebpf decodes this layout");

/* What was counted in one interval in one cell; cells that counted nothing are not sent. */
struct tcp_counter_record {
	unsigned long long start_unix_ns;
	unsigned long long end_unix_ns;
	unsigned long long count; /* segments of retransmits, else occurrences */
	char reason[TCP_EVENT_REASON_BYTES];
	unsigned int reason_number;
	unsigned char kind;
	unsigned char retransmit_kind; /* of EVENT_RETRANSMIT */
	unsigned char state;	       /* of EVENT_RESET_RECEIVED */
	unsigned char protocol;	       /* of EVENT_DROP */
};

_Static_assert(sizeof(struct tcp_counter_record) == 72, "src/sources/ebpf decodes this layout");

/* Deltas since the frame before. seen = events + suppressed + ring_full; missed ones are not among them. */
struct tcp_events_stats {
	unsigned long long end_unix_ns;
	unsigned long long seen;       /* occurrences of the kinds that are wanted as events */
	unsigned long long events;     /* sent as struct tcp_event_record */
	unsigned long long suppressed; /* over max_events_per_second */
	unsigned long long ring_full;  /* lost: the loader could not keep up */
	unsigned long long missed;     /* lost, and not counted: the kernel did not run the probe */
	unsigned long long unplaced;   /* not counted: own_namespace is wanted, and the packet's is not to be told */
};

_Static_assert(sizeof(struct tcp_events_stats) == 56, "src/sources/ebpf decodes this layout");

#endif
