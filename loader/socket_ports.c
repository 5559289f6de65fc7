/* SPDX-License-Identifier: Apache-2.0 */
#include "socket_ports.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The kernel's defaults; the file shows the namespace of whoever opens it. */
static void read_ephemeral(struct socket_ports *ports)
{
	unsigned int first = 32768, last = 60999;
	FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");

	if (file && fscanf(file, "%u %u", &first, &last) != 2) {
		first = 32768;
		last = 60999;
	}
	if (file)
		fclose(file);
	ports->ephemeral_first = first;
	ports->ephemeral_last = last;
}

void socket_ports_begin(struct socket_ports *ports, uint64_t now_ns)
{
	if (!ports->turned_ns) {
		read_ephemeral(ports);
		ports->turned_ns = now_ns;
	} else if (now_ns - ports->turned_ns >= SOCKET_PORTS_MEMORY_NS) {
		memcpy(ports->listening[1], ports->listening[0], sizeof(ports->listening[1]));
		memset(ports->listening[0], 0, sizeof(ports->listening[0]));
		ports->turned_ns = now_ns;
	}
}

static bool is_ephemeral(const struct socket_ports *ports, uint16_t port)
{
	return port >= ports->ephemeral_first && port <= ports->ephemeral_last;
}

enum socket_role socket_ports_role(const struct socket_ports *ports, uint16_t local, uint16_t peer)
{
	if ((ports->listening[0][local / 64] | ports->listening[1][local / 64]) >> local % 64 & 1)
		return SOCKET_SERVER;
	/* Its listener was gone before it was ever seen: nobody connects from a port of a server to one of a client. */
	return is_ephemeral(ports, peer) && !is_ephemeral(ports, local) ? SOCKET_SERVER : SOCKET_CLIENT;
}
