// SPDX-License-Identifier: Apache-2.0
/*
 * Traffic with a known truth, for the kernel tests. One thread holds both ends of every conversation, so that
 * what happens when is decided here and not by the scheduler. Prints one JSON object about what it did.
 *
 *   traffic messages tcp|udp 4|6 COUNT SLOW_EVERY SLOW_MICROS   send, wait if it is a slow one, read; COUNT times
 *   traffic connects 4|6 COUNT                                  connect to a listener here and close; COUNT times
 *   traffic connect ADDRESS PORT wait                           one blocking connect; prints errno
 *   traffic connect ADDRESS PORT abort MICROS                   one connect that is closed before it is answered
 *   traffic port 4|6                                            a port on loopback where nothing listens
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE_BYTES 64

struct address {
	struct sockaddr_storage storage;
	socklen_t length;
	int family;
};

static void die(const char *what)
{
	fprintf(stderr, "traffic: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct address loopback(const char *version)
{
	struct address address = {0};

	if (version[0] == '6') {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address.storage;

		in6->sin6_family = AF_INET6;
		in6->sin6_addr = in6addr_loopback;
		address.length = sizeof(*in6);
	} else {
		struct sockaddr_in *in = (struct sockaddr_in *)&address.storage;

		in->sin_family = AF_INET;
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		address.length = sizeof(*in);
	}
	address.family = address.storage.ss_family;
	return address;
}

static int port_of(const struct address *address)
{
	return ntohs(address->family == AF_INET6 ? ((struct sockaddr_in6 *)&address->storage)->sin6_port :
						   ((struct sockaddr_in *)&address->storage)->sin_port);
}

/* Binds to a free port of the address, which is filled in. */
static int bound_socket(struct address *address, int type)
{
	int fd = socket(address->family, type, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address->storage, address->length) ||
	    getsockname(fd, (struct sockaddr *)&address->storage, &address->length))
		die("bind");
	return fd;
}

static int connected_socket(const struct address *address, int type)
{
	int fd = socket(address->family, type, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&address->storage, address->length))
		die("connect");
	return fd;
}

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* How long a message waited, seen from outside the kernel, tells how many really were slow on a busy machine. */
static int messages(const char *protocol, const char *version, long count, long slow_every, long slow_micros)
{
	int type = strcmp(protocol, "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM;
	struct address address = loopback(version);
	int server = bound_socket(&address, type);
	int client, reader = server, no_delay = 1;
	long slow = 0;
	char message[MESSAGE_BYTES] = {0};

	if (type == SOCK_STREAM && listen(server, 1))
		die("listen");
	client = connected_socket(&address, type);
	if (type == SOCK_STREAM) {
		reader = accept(server, NULL, NULL);
		if (reader < 0 || setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof(no_delay)))
			die("accept");
	}
	for (long sent = 1; sent <= count; sent++) {
		long long start = now_ns();

		if (send(client, message, sizeof(message), 0) != sizeof(message))
			die("send");
		if (slow_every && sent % slow_every == 0)
			usleep(slow_micros);
		if (recv(reader, message, sizeof(message), MSG_WAITALL) != sizeof(message))
			die("recv");
		if (slow_micros && now_ns() - start >= slow_micros * 1000LL)
			slow++;
	}
	printf("{\"messages\":%ld,\"slow\":%ld,\"port\":%d}\n", count, slow, port_of(&address));
	return 0;
}

/* Closed by RST, so that no port stays in TIME_WAIT and any count can be made. */
static int connects(const char *version, long count)
{
	struct address address = loopback(version);
	int server = bound_socket(&address, SOCK_STREAM);
	struct linger reset = {.l_onoff = 1, .l_linger = 0};

	if (listen(server, 128))
		die("listen");
	for (long made = 0; made < count; made++) {
		int client = connected_socket(&address, SOCK_STREAM);
		int accepted = accept(server, NULL, NULL);

		if (accepted < 0 || setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)))
			die("accept");
		close(client);
		close(accepted);
	}
	printf("{\"connects\":%ld,\"port\":%d}\n", count, port_of(&address));
	return 0;
}

static struct address parsed_address(const char *text, int port)
{
	struct address address = {0};
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

static int connect_once(const char *text, int port, const char *how, long micros)
{
	struct address address = parsed_address(text, port);
	int aborts = strcmp(how, "abort") == 0;
	int fd = socket(address.family, SOCK_STREAM | (aborts ? SOCK_NONBLOCK : 0), 0);
	int error = 0;

	if (fd < 0)
		die("socket");
	if (connect(fd, (struct sockaddr *)&address.storage, address.length))
		error = errno;
	if (aborts)
		usleep(micros);
	close(fd);
	printf("{\"errno\":%d,\"pid\":%d}\n", error, getpid());
	return 0;
}

static int free_port(const char *version)
{
	struct address address = loopback(version);

	close(bound_socket(&address, SOCK_STREAM));
	printf("{\"port\":%d}\n", port_of(&address));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 7 && strcmp(argv[1], "messages") == 0)
		return messages(argv[2], argv[3], atol(argv[4]), atol(argv[5]), atol(argv[6]));
	if (argc == 4 && strcmp(argv[1], "connects") == 0)
		return connects(argv[2], atol(argv[3]));
	if (argc >= 5 && strcmp(argv[1], "connect") == 0)
		return connect_once(argv[2], atoi(argv[3]), argv[4], argc > 5 ? atol(argv[5]) : 0);
	if (argc == 3 && strcmp(argv[1], "port") == 0)
		return free_port(argv[2]);
	fprintf(stderr, "usage: see the head of traffic.c\n");
	return 2;
}
