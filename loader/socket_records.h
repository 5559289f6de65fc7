/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the program `sockets` sends. All figures are of the moment, of one network namespace: netns_inode, and its name
 * below /run/netns where it has one; both 0 when only the own one was asked for.
 */
#ifndef LAGPIPE_SOCKET_RECORDS_H
#define LAGPIPE_SOCKET_RECORDS_H

#include <stdint.h>

#include "namespace_options.h"

/* By the kernel's numbers, TCP_ESTABLISHED = 1 to TCP_CLOSING = 11; 0 is unused. */
#define SOCKET_STATES 12

/* Who opened the connection: this end (client), or the other one to a port that listens here (server). */
enum socket_role { SOCKET_CLIENT, SOCKET_SERVER, SOCKET_ROLES };

struct socket_netns {
	uint32_t inode;
	uint32_t padding;
	char name[NAMESPACE_NAME_BYTES];
};

/* All listening sockets of one address and port; with SO_REUSEPORT there can be several, each with a queue. */
struct socket_listener_record {
	uint64_t time_unix_ns;
	struct socket_netns netns;
	uint64_t length;			/* connections that wait for accept(), in all the queues */
	uint64_t limit;				/* the kernel refuses another one when the length is above it */
	uint32_t fullest_length, fullest_limit; /* of the queue that is fullest for its limit */
	uint32_t sockets;
	uint16_t port;
	uint8_t ip_version;
	uint8_t overflow; /* those that found no room, together: no address and port */
	uint8_t address[16];
};

/* Ends what was sent of the listening sockets of all namespaces. */
struct socket_tick_record {
	uint64_t time_unix_ns;
};

struct socket_group_counts {
	uint64_t unread_bytes;
	uint64_t unsent_bytes; /* not acknowledged, whether they were sent or not */
	uint64_t retransmits;  /* segments sent again, by the connections that are open now */
	uint64_t segments_sent;
	uint32_t states[SOCKET_STATES];
	uint32_t idle;		 /* established, without data for idle_ms, no keep-alive timer */
	uint32_t silent;	 /* established or half closed, and no data has ever come */
	uint32_t unread;	 /* with unread bytes */
	uint32_t unsent;	 /* with unsent bytes */
	uint32_t retransmitting; /* waiting for an answer to a retransmission */
	uint32_t informed;	 /* of which the kernel tells data_segs_in, and so all that is above */
};

/* All sockets of one role and port, but for listening ones. */
struct socket_group_record {
	uint64_t time_unix_ns;
	struct socket_netns netns;
	struct socket_group_counts counts;
	uint16_t port;	  /* server: the local one; client: the peer's */
	uint8_t role;	  /* enum socket_role */
	uint8_t overflow; /* ports that found no room, together */
	uint32_t padding;
};

/* As the group, by the peer's address as well. */
struct socket_peer_record {
	uint64_t time_unix_ns;
	struct socket_netns netns;
	uint32_t states[SOCKET_STATES];
	uint16_t port;
	uint8_t role;
	uint8_t overflow; /* peers that found no room, of all ports */
	uint8_t ip_version;
	uint8_t padding[3];
	uint8_t address[16];
};

enum socket_times { SOCKET_IDLE_TIME, SOCKET_RTT, SOCKET_TIMES };

/* The grid of bpf/stack_latency.h: buckets[i] has index i - 240, the last one 176, up to 2^22 s; longer count in it. */
#define SOCKET_BUCKETS 417

/* One observation for each established connection. */
struct socket_times_record {
	uint64_t start_unix_ns; /* of the interval: the census before, or the start */
	uint64_t time_unix_ns;
	struct socket_netns netns;
	uint64_t zero_count;
	uint64_t sum_ns;
	uint16_t kind; /* enum socket_times */
	uint16_t role;
	uint32_t padding;
	uint64_t buckets[SOCKET_BUCKETS];
};

/* All sockets of one network namespace, listening ones too. */
struct socket_totals_record {
	uint64_t start_unix_ns; /* of this process */
	uint64_t time_unix_ns;
	struct socket_netns netns;
	uint32_t states[2][SOCKET_STATES]; /* IPv4, IPv6 */
};

/* Ends what was sent of one census, of all namespaces. */
struct socket_census_record {
	uint64_t start_unix_ns; /* of this process */
	uint64_t time_unix_ns;
	uint64_t duration_ns, cpu_ns;
	uint64_t interval_ns; /* until the next one, as this one costs what it costs */
	uint64_t sockets;
	uint64_t interrupted; /* dumps that the kernel calls inconsistent, since the start */
	uint64_t failed;      /* dumps that broke off, since the start; what they gave is in no record */
	uint32_t namespaces;
	uint32_t padding;
};

_Static_assert(sizeof(struct socket_listener_record) == 128, "src/sources/sockets decodes this layout");
_Static_assert(sizeof(struct socket_group_record) == 192, "src/sources/sockets decodes this layout");
_Static_assert(sizeof(struct socket_peer_record) == 152, "src/sources/sockets decodes this layout");
_Static_assert(sizeof(struct socket_times_record) == 112 + 417 * 8, "src/sources/sockets decodes this layout");
_Static_assert(sizeof(struct socket_totals_record) == 184, "src/sources/sockets decodes this layout");
_Static_assert(sizeof(struct socket_census_record) == 72, "src/sources/sockets decodes this layout");

#endif
