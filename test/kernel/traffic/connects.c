// SPDX-License-Identifier: Apache-2.0
/* Connects: to a listener of one's own or of somebody else's, answered and not. */
#include "traffic.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The softirq that delivers it may be put off; who closes before then is no longer established when it comes. */
static void await_reset(int fd)
{
	struct pollfd watched = { .fd = fd };

	if (poll(&watched, 1, -1) < 0 || !(watched.revents & POLLERR))
		die("poll");
}

/* Closed by RST, so that no port stays in TIME_WAIT and any count can be made. */
int connects(char **words)
{
	const char *version = words[0];
	long count = atol(words[1]);
	struct address address = loopback(version, 0);
	int server = bound_socket(&address, SOCK_STREAM);

	if (listen(server, 128))
		die("listen");
	for (long made = 0; made < count; made++) {
		int client = connected_socket(&address, SOCK_STREAM);
		int accepted = accept(server, NULL, NULL);

		if (accepted < 0)
			die("accept");
		reset_on_close(client);
		close(client);
		await_reset(accepted);
		close(accepted);
	}
	printf("{\"connects\":%ld,\"port\":%d}\n", count, port_of(&address));
	return 0;
}

int connect_once(char **words)
{
	struct address address = parsed_address(words[0], atoi(words[1]));
	int aborts = strcmp(words[2], "abort") == 0;
	int fd = socket(address.family, SOCK_STREAM | (aborts ? SOCK_NONBLOCK : 0), 0);
	int error = 0;

	if (fd < 0)
		die("socket");
	if (connect(fd, (struct sockaddr *)&address.storage, address.length))
		error = errno;
	if (aborts)
		usleep(words[3] ? atol(words[3]) : 0);
	close(fd);
	printf("{\"errno\":%d,\"pid\":%d}\n", error, getpid());
	return 0;
}

int accept_all(char **words)
{
	long count = atol(words[2]);
	struct address address = parsed_address(words[0], atoi(words[1]));
	int reuse = 1, server = socket(address.family, SOCK_STREAM, 0);

	if (server < 0 || setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse)) ||
	    bind(server, (struct sockaddr *)&address.storage, address.length) || listen(server, 128))
		die("listen");
	for (long accepted = 0; accepted < count; accepted++) {
		int fd = accept(server, NULL, NULL);

		if (fd < 0)
			die("accept");
		close(fd);
	}
	printf("{\"accepted\":%ld}\n", count);
	return 0;
}

int connect_all(char **words)
{
	long count = atol(words[2]);
	struct address address = parsed_address(words[0], atoi(words[1]));

	for (long made = 0; made < count; made++)
		close(connected_socket(&address, SOCK_STREAM));
	printf("{\"connects\":%ld,\"pid\":%d}\n", count, getpid());
	return 0;
}

/* The port stays bound, so that no connect can choose it as its own. */
int refused(char **words)
{
	const char *version = words[0];
	long count = atol(words[1]);
	struct address address = loopback(version, 0);
	int owner = bound_socket(&address, SOCK_STREAM);
	long refusals = 0;

	for (long made = 0; made < count; made++) {
		int fd = socket(address.family, SOCK_STREAM, 0);

		if (connect(fd, (struct sockaddr *)&address.storage, address.length) && errno == ECONNREFUSED)
			refusals++;
		close(fd);
	}
	close(owner);
	printf("{\"refused\":%ld,\"port\":%d,\"pid\":%d}\n", refusals, port_of(&address), getpid());
	return 0;
}

int unanswered(char **words)
{
	const char *version = words[0];
	long millis = atol(words[1]);
	struct address address = loopback(version, 0);
	int server = bound_socket(&address, SOCK_STREAM);
	int client = socket(address.family, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (listen(server, 1))
		die("listen");
	if (!connect(client, (struct sockaddr *)&address.storage, address.length) || errno != EINPROGRESS)
		die("connect");
	usleep(millis * 1000);
	close(client);
	close(server);
	printf("{\"port\":%d}\n", port_of(&address));
	return 0;
}

int free_port(char **words)
{
	const char *version = words[0];
	struct address address = loopback(version, 0);

	close(bound_socket(&address, SOCK_STREAM));
	printf("{\"port\":%d}\n", port_of(&address));
	return 0;
}
