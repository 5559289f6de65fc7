// SPDX-License-Identifier: Apache-2.0
/* Messages from another network namespace, so that they come in by a network device. */
#define _GNU_SOURCE
#include "traffic.h"
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static void enter_netns(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(path);
	close(fd);
}

/* Reads until `count` messages are there, or none has come for a while: what was lost on the way does not come. */
static long read_messages(int reader, long count)
{
	struct timeval silence = { .tv_sec = 3 };
	char message[MESSAGE_BYTES];
	long received = 0;

	if (setsockopt(reader, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence)))
		die("setsockopt");
	while (received < count && recv(reader, message, sizeof(message), MSG_WAITALL) == sizeof(message))
		received++;
	return received;
}

int across(char **words)
{
	const char *netns = words[0], *protocol = words[1], *text = words[2], *how = words[4];
	long count = atol(words[3]);
	int type = strcmp(protocol, "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM;
	struct address address = parsed_address(text, 0);
	int server = bound_socket(&address, type);
	int client, reader = server, space = 4 << 20;
	bool lockstep = strcmp(how, "lockstep") == 0;
	char message[MESSAGE_BYTES] = { 0 };
	long received = 0;

	if (setsockopt(server, SOL_SOCKET, SO_RCVBUFFORCE, &space, sizeof(space)) ||
	    (type == SOCK_STREAM && listen(server, 1)))
		die("listen");
	enter_netns(netns);
	client = connected_socket(&address, type);
	if (type == SOCK_STREAM) {
		reader = accept(server, NULL, NULL);
		if (reader < 0)
			die("accept");
		send_without_delay(client);
	}
	for (long sent = 1; sent <= count; sent++) {
		if (send(client, message, sizeof(message), 0) != sizeof(message))
			die("send");
		if (lockstep)
			received += read_messages(reader, 1);
	}
	if (!lockstep)
		received = read_messages(reader, count);
	printf("{\"messages\":%ld,\"received\":%ld,\"port\":%d}\n", count, received, port_of(&address));
	return 0;
}
