// SPDX-License-Identifier: Apache-2.0
/* An interface whose driver is this program. */
#include "traffic.h"
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int open_tunnel(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR);

	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request))
		die("tun");
	return fd;
}

/* What IPv6 sends by itself at a start is far less. */
#define OTHERS 1000

/* The queue has room for all of them; the kernel lets it have 32,767 at most. */
static void set_up(const char *name, const struct address *own, const struct address *peer, long packets)
{
	struct ifreq request = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	memcpy(&request.ifr_addr, &own->storage, sizeof(request.ifr_addr));
	if (ioctl(fd, SIOCSIFADDR, &request))
		die("SIOCSIFADDR");
	memcpy(&request.ifr_dstaddr, &peer->storage, sizeof(request.ifr_dstaddr));
	if (ioctl(fd, SIOCSIFDSTADDR, &request))
		die("SIOCSIFDSTADDR");
	request.ifr_qlen = packets;
	if (ioctl(fd, SIOCSIFTXQLEN, &request))
		die("SIOCSIFTXQLEN");
	request.ifr_flags = IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request))
		die("SIOCSIFFLAGS");
	close(fd);
}

/* The queue of a tunnel is what nobody has read from it. IPv4 has no packets of its own to send there; IPv6 has. */
int tunnel(char **words)
{
	long count = atol(words[1]), millis = atol(words[2]), packets = 0;
	struct address own = parsed_address("10.11.0.1", 0), peer = parsed_address("10.11.0.2", 9);
	int tunnel = open_tunnel(words[0]), sender, space = 64 << 20;
	char packet[2048], message[MESSAGE_BYTES] = { 0 };

	set_up(words[0], &own, &peer, count + OTHERS);
	sender = connected_socket(&peer, SOCK_DGRAM);
	if (setsockopt(sender, SOL_SOCKET, SO_SNDBUFFORCE, &space, sizeof(space)))
		die("SO_SNDBUFFORCE");
	for (long sent = 0; sent < count; sent++)
		if (send(sender, message, sizeof(message), 0) != sizeof(message))
			die("send");
	usleep(millis * 1000);
	while (packets < count) {
		ssize_t length = read(tunnel, packet, sizeof(packet));

		if (length < 0)
			die("read");
		packets += packet[0] >> 4 == 4;
	}
	printf("{\"packets\":%ld}\n", packets);
	return 0;
}
