// SPDX-License-Identifier: Apache-2.0
/* Connections that are brought into a known state and stay in it. */
#include "traffic.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

struct pair {
	int client, server;
};

/* As many as this process may have; who wants more sockets starts it twice. */
static void allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		die("RLIMIT_NOFILE");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("RLIMIT_NOFILE");
}

static struct pair connected_pair(int listener, const struct address *address)
{
	struct pair pair = { .client = connected_socket(address, SOCK_STREAM) };

	pair.server = accept(listener, NULL, NULL);
	if (pair.server < 0)
		die("accept");
	return pair;
}

static void send_one(int from, int to)
{
	char byte = 'x';

	if (write(from, &byte, 1) != 1 || read(to, &byte, 1) != 1)
		die("one byte");
}

/* Whoever closes first sees the other's end of file before that closes as well: its socket is in TIME_WAIT then. */
static void close_in_turn(int first, int second)
{
	char byte;

	close(first);
	if (read(second, &byte, 1))
		die("end of file");
	close(second);
}

/* The peer has ended its half; this end has seen that and does nothing. */
static void half_close(const struct pair *pair)
{
	char byte;

	if (shutdown(pair->client, SHUT_WR) || read(pair->server, &byte, 1))
		die("shutdown");
}

/* As many as have room, which is one more than the backlog, and nobody accepts them. */
static struct address fill_queue(const char *version, int backlog)
{
	struct address address = loopback(version, 0);

	if (listen(bound_socket(&address, SOCK_STREAM), backlog))
		die("listen");
	for (int i = 0; i <= backlog; i++)
		connected_socket(&address, SOCK_STREAM);
	return address;
}

int hold(char **words)
{
	const char *version = words[0];
	long busy = atol(words[1]), silent = atol(words[2]), server_first = atol(words[3]);
	long client_first = atol(words[4]), half_closed = atol(words[5]), unread = atol(words[6]);
	int backlog = atoi(words[7]);
	struct address address = loopback(version, 0), full;
	int listener = bound_socket(&address, SOCK_STREAM);
	char byte;

	allow_files();
	if (listen(listener, 128))
		die("listen");
	for (long i = 0; i < busy; i++) {
		struct pair pair = connected_pair(listener, &address);

		send_one(pair.client, pair.server);
		send_one(pair.server, pair.client);
	}
	for (long i = 0; i < silent; i++)
		connected_pair(listener, &address);
	for (long i = 0; i < server_first + client_first; i++) {
		struct pair pair = connected_pair(listener, &address);

		if (i < server_first)
			close_in_turn(pair.server, pair.client);
		else
			close_in_turn(pair.client, pair.server);
	}
	for (long i = 0; i < half_closed; i++) {
		struct pair pair = connected_pair(listener, &address);

		half_close(&pair);
	}
	for (long i = 0; i < unread; i++)
		if (write(connected_pair(listener, &address).client, "unread\n", 7) != 7)
			die("write");
	full = fill_queue(version, backlog);
	printf("{\"port\":%d,\"full_port\":%d}\n", port_of(&address), port_of(&full));
	fflush(stdout);
	/* Until whoever started this closes standard input. */
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
