// SPDX-License-Identifier: Apache-2.0
/* More at once than there is room for: packets in a queue, sockets, connections. */
#include "traffic.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define PAIR_LONG_BYTES	 600
#define PAIR_SHORT_BYTES 64

/* Descriptors, two for each; the program ends before it needs them for anything else. */
static int *many_descriptors(long count)
{
	struct rlimit limit = { .rlim_cur = 2 * count + 64, .rlim_max = 2 * count + 64 };
	int *fds = calloc(2 * count, sizeof(*fds));

	if (!fds || setrlimit(RLIMIT_NOFILE, &limit))
		die("RLIMIT_NOFILE");
	return fds;
}

/* The sender's buffer holds all of them, so a queue on the way may. */
int flood(char **words)
{
	long count = atol(words[2]);
	struct address address = parsed_address(words[0], atoi(words[1]));
	int space = 64 << 20, fd = connected_socket(&address, SOCK_DGRAM);
	char message[MESSAGE_BYTES] = { 0 };

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &space, sizeof(space)))
		die("SO_SNDBUFFORCE");
	for (long sent = 0; sent < count; sent++)
		if (send(fd, message, sizeof(message), 0) != sizeof(message))
			die("send");
	printf("{\"sent\":%ld}\n", count);
	return 0;
}

int many(char **words)
{
	long count = atol(words[1]);
	int *fds = many_descriptors(count);
	char message[MESSAGE_BYTES] = { 0 };
	struct address own = loopback(words[0], 0);
	int sender = bound_socket(&own, SOCK_DGRAM);

	for (long i = 0; i < count; i++) {
		struct address address = loopback(words[0], 0);

		fds[i] = bound_socket(&address, SOCK_DGRAM);
		if (sendto(sender, message, sizeof(message), 0, (struct sockaddr *)&address.storage, address.length) <
		    0)
			die("sendto");
	}
	for (long i = 0; i < count; i++)
		if (recv(fds[i], message, sizeof(message), 0) != sizeof(message))
			die("recv");
	printf("{\"datagrams\":%ld}\n", count);
	return 0;
}

/* Attempts that nobody answers, or that fail for want of a route: all of them open at once. */
int attempts(char **words)
{
	long count = atol(words[2]), millis = atol(words[3]);
	struct address address = parsed_address(words[0], atoi(words[1]));
	int *fds = many_descriptors(count);

	for (long i = 0; i < count; i++) {
		fds[i] = socket(address.family, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (fds[i] < 0 || !connect(fds[i], (struct sockaddr *)&address.storage, address.length) ||
		    (errno != EINPROGRESS && errno != ENETUNREACH))
			die("connect");
	}
	usleep(millis * 1000);
	for (long i = 0; i < count; i++)
		close(fds[i]);
	printf("{\"attempts\":%ld,\"pid\":%d}\n", count, getpid());
	return 0;
}

/* Both ends of as many connections: the clients', then the servers'. */
static int *open_connections(struct address *address, long count)
{
	int listener = bound_socket(address, SOCK_STREAM);
	int *clients = many_descriptors(count), *servers = clients + count;

	if (listen(listener, 128))
		die("listen");
	for (long i = 0; i < count; i++) {
		clients[i] = connected_socket(address, SOCK_STREAM);
		servers[i] = accept(listener, NULL, NULL);
		if (servers[i] < 0)
			die("accept");
	}
	return clients;
}

/* Two segments by each, a long one and a short one, before any of them is read. */
int pairs(char **words)
{
	long count = atol(words[1]);
	struct address address = loopback(words[0], 0);
	int *clients = open_connections(&address, count), *servers = clients + count;
	char message[PAIR_LONG_BYTES + PAIR_SHORT_BYTES] = { 0 };

	for (long i = 0; i < count; i++) {
		send_without_delay(clients[i]);
		if (send(clients[i], message, PAIR_LONG_BYTES, 0) != PAIR_LONG_BYTES ||
		    send(clients[i], message, PAIR_SHORT_BYTES, 0) != PAIR_SHORT_BYTES)
			die("send");
	}
	for (long i = 0; i < count; i++)
		if (recv(servers[i], message, sizeof(message), MSG_WAITALL) != sizeof(message))
			die("recv");
	printf("{\"connections\":%ld}\n", count);
	return 0;
}

/* Connections that are all open at once, and then cut off. */
int crowd(char **words)
{
	long count = atol(words[1]);
	struct address address = loopback(words[0], 0);
	int *clients = open_connections(&address, count), *servers = clients + count;

	for (long i = 0; i < count; i++) {
		reset_on_close(clients[i]);
		close(clients[i]);
		close(servers[i]);
	}
	printf("{\"connections\":%ld,\"port\":%d}\n", count, port_of(&address));
	return 0;
}
