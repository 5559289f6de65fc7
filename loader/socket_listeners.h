/* SPDX-License-Identifier: Apache-2.0 */
/* Accept queues of the listening sockets of one network namespace. */
#ifndef LAGPIPE_SOCKET_LISTENERS_H
#define LAGPIPE_SOCKET_LISTENERS_H

#include "frame_buffer.h"
#include "keyed_rows.h"
#include "socket_ports.h"

/* What the sockets of one address and port come to. */
struct socket_listener {
	struct row_key key;
	uint64_t length, limit;
	uint32_t fullest_length, fullest_limit;
	uint32_t sockets;
};

struct socket_listeners {
	struct keyed_rows rows;
	struct socket_listener overflow; /* those that found no row */
	struct socket_ports *ports;	 /* of the namespace at hand */
};

/* Returns 0 or a negative errno. */
int socket_listeners_open(struct socket_listeners *listeners);
void socket_listeners_close(struct socket_listeners *listeners);

/* Takes them by a netlink socket of the namespace, and their ports into `ports`. Returns 0 or a negative errno. */
int socket_listeners_take(struct socket_listeners *listeners, int fd, struct socket_ports *ports, uint64_t now_ns);

/* Sends up to `most` of them, the rest as one. Returns 0 or a negative errno of the output. */
int socket_listeners_send(struct socket_listeners *listeners, uint32_t most, const struct socket_netns *netns,
			  struct frame_buffer *out);

#endif
