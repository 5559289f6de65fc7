/* SPDX-License-Identifier: Apache-2.0 */
/* All TCP sockets of one network namespace, counted; single ones are never sent. */
#ifndef LAGPIPE_SOCKET_CENSUS_H
#define LAGPIPE_SOCKET_CENSUS_H

#include "../bpf/histogram.bpf.h"
#include "frame_buffer.h"
#include "keyed_rows.h"
#include "options.h"
#include "socket_ports.h"

struct socket_group {
	struct row_key key; /* role and port */
	struct socket_group_counts counts;
};

struct socket_peer {
	struct row_key key; /* role, port and the peer's address */
	uint32_t states[SOCKET_STATES];
	uint32_t sockets;
};

struct socket_times_count {
	uint64_t zero_count, sum_ns;
	uint64_t buckets[SOCKET_BUCKETS];
};

struct socket_census {
	struct keyed_rows groups, peers;
	struct socket_group group_overflow[SOCKET_ROLES]; /* ports and peers that found no row */
	struct socket_peer peer_overflow[SOCKET_ROLES];
	struct socket_times_count times[SOCKET_TIMES][SOCKET_ROLES];
	uint32_t states[2][SOCKET_STATES];
	uint64_t sockets;			     /* of all namespaces of this census */
	uint64_t interrupted, failed;		     /* since the start */
	uint64_t start_unix_ns, before_unix_ns;	     /* of this process; of the census before */
	unsigned long long slices[HISTOGRAM_SLICES]; /* of the histogram */
	const struct options *options;
	const struct socket_ports *ports; /* of the namespace at hand */
	uint32_t messages;
};

/* Returns 0 or a negative errno. */
int socket_census_open(struct socket_census *census, const struct options *options);
void socket_census_close(struct socket_census *census);

/* Counts by a netlink socket of the namespace. Returns 0 or a negative errno; -ECANCELED: standard input ended. */
int socket_census_take(struct socket_census *census, int fd, const struct socket_ports *ports);

/* Sends what was counted. Returns 0 or a negative errno of the output. */
int socket_census_send(struct socket_census *census, const struct socket_netns *netns, struct frame_buffer *out);

#endif
