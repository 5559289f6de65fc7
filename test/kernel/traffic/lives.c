// SPDX-License-Identifier: Apache-2.0
/* Whole connections: requests, responses, and an end that one of the two begins. */
#include "traffic.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a request and a response weigh; a request is written in two pieces. */
#define REQUEST_BYTES  100
#define RESPONSE_BYTES 300

static void take_turn(int client, int server, long micros)
{
	char data[RESPONSE_BYTES] = { 0 };

	if (send(client, data, 40, 0) != 40 || send(client, data, REQUEST_BYTES - 40, 0) != REQUEST_BYTES - 40 ||
	    recv(server, data, REQUEST_BYTES, MSG_WAITALL) != REQUEST_BYTES)
		die("request");
	usleep(micros);
	if (send(server, data, RESPONSE_BYTES, 0) != RESPONSE_BYTES ||
	    recv(client, data, RESPONSE_BYTES, MSG_WAITALL) != RESPONSE_BYTES)
		die("response");
}

/* The client ends its side with the request, and reads the response when the server has closed too. */
static void take_last_turn(int client, int server)
{
	char data[RESPONSE_BYTES] = { 0 };

	if (send(client, data, REQUEST_BYTES, 0) != REQUEST_BYTES || shutdown(client, SHUT_WR) ||
	    recv(server, data, REQUEST_BYTES, MSG_WAITALL) != REQUEST_BYTES || recv(server, data, 1, 0))
		die("request");
	if (send(server, data, RESPONSE_BYTES, 0) != RESPONSE_BYTES)
		die("response");
	close(server);
	if (recv(client, data, RESPONSE_BYTES, MSG_WAITALL) != RESPONSE_BYTES)
		die("response");
	close(client);
}

static void close_in_order(int first, int second, int resets)
{
	char end;

	if (resets)
		reset_on_close(first);
	close(first);
	if (recv(second, &end, 1, 0) > 0)
		die("end");
	close(second);
}

int lives(char **words)
{
	const char *version = words[0], *closer = words[4];
	long count = atol(words[1]), turns = atol(words[2]), micros = atol(words[3]);
	struct address address = loopback(version, 0);
	int listener = bound_socket(&address, SOCK_STREAM);
	int server_closes = strcmp(closer, "server") == 0, half_closes = strcmp(closer, "half") == 0;

	if (listen(listener, 128))
		die("listen");
	for (long made = 0; made < count; made++) {
		int client = connected_socket(&address, SOCK_STREAM), server;
		struct sockaddr_storage peer;
		socklen_t peer_length = sizeof(peer);

		usleep(micros);
		/* By the cgroup hook an accept() is only seen when it asks for the address. */
		server = accept(listener, (struct sockaddr *)&peer, &peer_length);
		if (server < 0)
			die("accept");
		send_without_delay(client);
		for (long turn = 0; turn < turns - half_closes; turn++)
			take_turn(client, server, micros);
		if (half_closes)
			take_last_turn(client, server);
		else
			close_in_order(server_closes ? server : client, server_closes ? client : server,
				       strcmp(closer, "reset") == 0);
	}
	printf("{\"connections\":%ld,\"port\":%d,\"pid\":%d}\n", count, port_of(&address), getpid());
	return 0;
}
