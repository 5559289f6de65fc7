// SPDX-License-Identifier: Apache-2.0
/* What the kernel drops, and what it has to send again. */
#include "traffic.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* So that a rule can tell them from all others by their length. */
#define SEGMENT_BYTES 800

/* The sender is bound first, so that it does not have the port which is free afterwards. */
int unwanted(char **words)
{
	const char *version = words[0];
	long count = atol(words[1]);
	struct address own = loopback(version, 0), address = loopback(version, 0);
	int sender = bound_socket(&own, SOCK_DGRAM);
	char message[MESSAGE_BYTES] = { 0 };

	close(bound_socket(&address, SOCK_DGRAM));
	for (long sent = 0; sent < count; sent++)
		if (sendto(sender, message, sizeof(message), 0, (struct sockaddr *)&address.storage, address.length) <
		    0)
			die("sendto");
	printf("{\"sent\":%ld,\"port\":%d,\"sender\":%d}\n", count, port_of(&address), port_of(&own));
	return 0;
}

/* Which segment is lost, the test decides by rules; what comes behind it waits until it has been sent again. */
int behind_gap(char **words)
{
	long segments = atol(words[1]);
	struct address address = loopback(words[0], 0);
	int server = bound_socket(&address, SOCK_STREAM), client, reader;
	char segment[SEGMENT_BYTES] = { 0 };

	if (listen(server, 1))
		die("listen");
	client = connected_socket(&address, SOCK_STREAM);
	send_without_delay(client);
	reader = accept(server, NULL, NULL);
	for (long sent = 0; sent < segments; sent++)
		if (send(client, segment, sizeof(segment), 0) != sizeof(segment))
			die("send");
	for (long got = 0; got < segments; got++)
		if (recv(reader, segment, sizeof(segment), MSG_WAITALL) != sizeof(segment))
			die("recv");
	printf("{\"segments\":%ld}\n", segments);
	return 0;
}

/* One send for each segment; what is lost of them and when, the test decides by rules. */
int retransmits(char **words)
{
	const char *version = words[0];
	long segments = atol(words[1]), millis = atol(words[2]);
	struct address address = loopback(version, 0);
	int server = bound_socket(&address, SOCK_STREAM);
	struct tcp_info info;
	socklen_t length = sizeof(info);
	char segment[SEGMENT_BYTES] = { 0 };
	int client;

	if (listen(server, 1))
		die("listen");
	client = connected_socket(&address, SOCK_STREAM);
	send_without_delay(client);
	reset_on_close(client);
	for (long sent = 0; sent < segments; sent++)
		if (send(client, segment, sizeof(segment), 0) != sizeof(segment))
			die("send");
	usleep(millis * 1000);
	if (getsockopt(client, IPPROTO_TCP, TCP_INFO, &info, &length))
		die("TCP_INFO");
	close(client);
	printf("{\"retransmits\":%u,\"port\":%d}\n", info.tcpi_total_retrans, port_of(&address));
	return 0;
}
