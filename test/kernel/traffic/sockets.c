// SPDX-License-Identifier: Apache-2.0
/* Addresses and sockets, as every subcommand needs them. What fails ends the program. */
#include "traffic.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void die(const char *what)
{
	fprintf(stderr, "traffic: %s: %s\n", what, strerror(errno));
	exit(1);
}

struct address loopback(const char *version, int port)
{
	struct address address = { 0 };

	if (version[0] == '6') {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address.storage;

		in6->sin6_family = AF_INET6;
		in6->sin6_addr = in6addr_loopback;
		in6->sin6_port = htons(port);
		address.length = sizeof(*in6);
	} else {
		struct sockaddr_in *in = (struct sockaddr_in *)&address.storage;

		in->sin_family = AF_INET;
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		in->sin_port = htons(port);
		address.length = sizeof(*in);
	}
	address.family = address.storage.ss_family;
	return address;
}

struct address parsed_address(const char *text, int port)
{
	struct address address = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&address.storage;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address.storage;

	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		address.length = sizeof(*in);
	} else if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		address.length = sizeof(*in6);
	} else {
		errno = EINVAL;
		die(text);
	}
	address.family = address.storage.ss_family;
	return address;
}

int port_of(const struct address *address)
{
	return ntohs(address->family == AF_INET6 ? ((struct sockaddr_in6 *)&address->storage)->sin6_port
						 : ((struct sockaddr_in *)&address->storage)->sin_port);
}

static int stream_protocol;

void use_mptcp(void)
{
	stream_protocol = IPPROTO_MPTCP;
}

static int new_socket(int family, int type)
{
	return socket(family, type, type == SOCK_STREAM ? stream_protocol : 0);
}

int bound_socket(struct address *address, int type)
{
	int fd = new_socket(address->family, type);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address->storage, address->length) ||
	    getsockname(fd, (struct sockaddr *)&address->storage, &address->length))
		die("bind");
	return fd;
}

int connected_socket(const struct address *address, int type)
{
	int fd = new_socket(address->family, type);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&address->storage, address->length))
		die("connect");
	return fd;
}

void send_without_delay(int fd)
{
	int no_delay = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof(no_delay)))
		die("TCP_NODELAY");
}

void reset_on_close(int fd)
{
	struct linger reset = { .l_onoff = 1, .l_linger = 0 };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)))
		die("SO_LINGER");
}
