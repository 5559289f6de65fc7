// SPDX-License-Identifier: Apache-2.0
/* Conversations over loopback: messages that are sent and read, soon or late, whole or in pieces. */
#define _GNU_SOURCE
#include "traffic.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Both ends of one conversation. */
struct pair {
	int client, reader, port;
};

static struct pair connected_pair(const char *protocol, const char *version, int port)
{
	int type = strcmp(protocol, "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM;
	struct address address = loopback(version, port);
	int server, space = 32 << 20;
	struct pair pair;

	if (strcmp(protocol, "mptcp") == 0)
		use_mptcp();
	server = bound_socket(&address, type);
	/* For bursts. TCP's window would change with it. */
	if (type == SOCK_DGRAM && setsockopt(server, SOL_SOCKET, SO_RCVBUFFORCE, &space, sizeof(space)))
		die("SO_RCVBUFFORCE");
	pair = (struct pair){ .reader = server, .port = port_of(&address) };

	if (type == SOCK_STREAM && listen(server, 1))
		die("listen");
	pair.client = connected_socket(&address, type);
	if (type == SOCK_STREAM) {
		pair.reader = accept(server, NULL, NULL);
		if (pair.reader < 0)
			die("accept");
		send_without_delay(pair.client);
	}
	return pair;
}

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void send_message(int fd)
{
	static const char message[MESSAGE_BYTES];

	if (send(fd, message, sizeof(message), 0) != sizeof(message))
		die("send");
}

static void read_message(int fd, int flags)
{
	char message[MESSAGE_BYTES];

	if (recv(fd, message, sizeof(message), flags) != sizeof(message))
		die("recv");
}

static void read_bytes(int fd)
{
	char byte;

	for (int i = 0; i < MESSAGE_BYTES; i++)
		if (recv(fd, &byte, 1, 0) != 1)
			die("recv");
}

static void splice_message(int fd, const int pipe_ends[2])
{
	char message[MESSAGE_BYTES];

	if (splice(fd, NULL, pipe_ends[1], NULL, MESSAGE_BYTES, 0) != MESSAGE_BYTES ||
	    read(pipe_ends[0], message, sizeof(message)) != sizeof(message))
		die("splice");
}

/*
 * How long a message waited, seen from outside the kernel, tells how many really were slow on a busy machine; and how
 * many nearly were, because what is seen from here is a little longer than what the kernel sees.
 */
int messages(char **words)
{
	const char *protocol = words[0], *version = words[1];
	long count = atol(words[2]), slow_every = atol(words[3]), slow_micros = atol(words[4]);
	struct pair pair = connected_pair(protocol, version, words[5] ? atoi(words[5]) : 0);
	long slow = 0, nearly_slow = 0;

	for (long sent = 1; sent <= count; sent++) {
		long long start = now_ns(), waited_ns;

		send_message(pair.client);
		if (slow_every && sent % slow_every == 0)
			usleep(slow_micros);
		read_message(pair.reader, MSG_WAITALL);
		waited_ns = now_ns() - start;
		slow += slow_micros && waited_ns >= slow_micros * 1000LL;
		nearly_slow += slow_micros && waited_ns >= slow_micros * 750LL;
	}
	printf("{\"messages\":%ld,\"slow\":%ld,\"nearly_slow\":%ld,\"port\":%d}\n", count, slow, nearly_slow,
	       pair.port);
	return 0;
}

int reads(char **words)
{
	const char *protocol = words[0], *version = words[1], *how = words[3];
	long count = atol(words[2]);
	struct pair pair = connected_pair(protocol, version, 0);
	int pipe_ends[2];

	if (pipe(pipe_ends))
		die("pipe");
	for (long sent = 0; sent < count; sent++) {
		send_message(pair.client);
		if (strcmp(how, "bytes") == 0)
			read_bytes(pair.reader);
		else if (strcmp(how, "splice") == 0)
			splice_message(pair.reader, pipe_ends);
		else
			read_message(pair.reader, MSG_PEEK);
		if (strcmp(how, "peek") == 0)
			read_message(pair.reader, 0);
	}
	printf("{\"messages\":%ld,\"bytes\":%ld,\"port\":%d}\n", count, count * MESSAGE_BYTES, pair.port);
	return 0;
}

int late(char **words)
{
	const char *protocol = words[0], *version = words[1];
	long count = atol(words[2]);
	struct pair pair = connected_pair(protocol, version, 0);

	for (long sent = 0; sent < count; sent++)
		send_message(pair.client);
	printf("{\"sent\":%ld}\n", count);
	fflush(stdout);
	while (getchar() != EOF)
		;
	for (long got = 0; got < count; got++)
		read_message(pair.reader, MSG_WAITALL);
	return 0;
}

int race(char **words)
{
	long count = atol(words[1]);
	struct pair pair = connected_pair("udp", words[0], 0);
	pid_t reader = fork();
	int status;

	for (long i = 0; i < count; i++)
		if (reader)
			send_message(pair.client);
		else
			read_message(pair.reader, 0);
	if (!reader)
		_exit(0);
	if (waitpid(reader, &status, 0) != reader || status)
		die("reader");
	printf("{\"messages\":%ld,\"port\":%d}\n", count, pair.port);
	return 0;
}

int burst(char **words)
{
	const char *protocol = words[0], *version = words[1];
	long count = atol(words[2]);
	struct pair pair = connected_pair(protocol, version, 0);

	for (long sent = 0; sent < count; sent++)
		send_message(pair.client);
	for (long got = 0; got < count; got++)
		read_message(pair.reader, 0);
	printf("{\"messages\":%ld,\"port\":%d}\n", count, pair.port);
	return 0;
}
