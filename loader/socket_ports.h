/* SPDX-License-Identifier: Apache-2.0 */
/* Which local ports of a network namespace somebody listens at, and so who opened a connection. */
#ifndef LAGPIPE_SOCKET_PORTS_H
#define LAGPIPE_SOCKET_PORTS_H

#include <stdint.h>

#include "socket_records.h"

/* A server that was stopped leaves connections in TIME_WAIT, 60 s, which must not look like its own connects then. */
#define SOCKET_PORTS_MEMORY_NS (120 * 1000000000ULL)

/* Bit p of a set is port p. The newest set is [0]; when that has been filled for the memory's time, [1] takes over. */
struct socket_ports {
	uint64_t listening[2][65536 / 64];
	uint64_t turned_ns;
	uint16_t ephemeral_first, ephemeral_last;
};

/* Call inside the namespace, before its listening sockets are added. */
void socket_ports_begin(struct socket_ports *ports, uint64_t now_ns);

static inline void socket_ports_add(struct socket_ports *ports, uint16_t port)
{
	ports->listening[0][port / 64] |= 1ULL << port % 64;
}

enum socket_role socket_ports_role(const struct socket_ports *ports, uint16_t local, uint16_t peer);

#endif
