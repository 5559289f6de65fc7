// SPDX-License-Identifier: Apache-2.0
/* What fills the two queues of a listener: connections that nobody accepts, and SYN that nobody follows up. */
#include "traffic.h"
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_CONNECTS 1024

/* All of them stay open for MILLIS, so that the kernel repeats the handshakes that it dropped. */
int unaccepted(char **words)
{
	int backlog = atoi(words[1]);
	long count = atol(words[2]);
	struct address address = loopback(words[0], 0);
	int server = bound_socket(&address, SOCK_STREAM);

	if (count > MOST_CONNECTS || listen(server, backlog))
		die("listen");
	for (long made = 0; made < count; made++) {
		int client = socket(address.family, SOCK_STREAM | SOCK_NONBLOCK, 0);

		if (client < 0)
			die("socket");
		connect(client, (struct sockaddr *)&address.storage, address.length);
	}
	usleep(atol(words[3]) * 1000);
	printf("{\"connects\":%ld,\"port\":%d}\n", count, port_of(&address));
	return 0;
}

struct segment {
	struct iphdr ip;
	struct tcphdr tcp;
};

static uint16_t checksum(const void *data, size_t bytes, uint32_t sum)
{
	const uint16_t *words = data;

	for (size_t index = 0; index < bytes / 2; index++)
		sum += words[index];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* The sum of RFC 793's pseudo header: addresses, protocol and length. */
static uint32_t pseudo_header(const struct iphdr *ip)
{
	uint32_t sum = htons(IPPROTO_TCP) + htons(sizeof(struct tcphdr));

	sum += (ip->saddr & 0xffff) + (ip->saddr >> 16);
	return sum + (ip->daddr & 0xffff) + (ip->daddr >> 16);
}

static struct segment syn(uint32_t from, uint16_t source, uint16_t destination)
{
	struct segment segment;

	memset(&segment, 0, sizeof(segment));
	segment.ip.version = 4;
	segment.ip.ihl = sizeof(segment.ip) / 4;
	segment.ip.ttl = 64;
	segment.ip.protocol = IPPROTO_TCP;
	segment.ip.saddr = htonl(from);
	segment.ip.daddr = htonl(INADDR_LOOPBACK);
	segment.tcp.source = htons(source);
	segment.tcp.dest = htons(destination);
	segment.tcp.seq = htonl(from);
	segment.tcp.doff = sizeof(segment.tcp) / 4;
	segment.tcp.syn = 1;
	segment.tcp.window = htons(1024);
	segment.tcp.check = checksum(&segment.tcp, sizeof(segment.tcp), pseudo_header(&segment.ip));
	return segment;
}

/*
 * Sends COUNT SYN to a listener here, each from an address of 10.0.0.0/8, where nobody is to answer. For a network
 * namespace of the test's own, with a route to there: without one the kernel drops the SYN before it gets to the queue.
 */
int syns(char **words)
{
	int backlog = atoi(words[0]), one = 1;
	long count = atol(words[1]);
	struct address address = loopback("4", 0);
	int server = bound_socket(&address, SOCK_STREAM);
	int raw = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);

	if (listen(server, backlog))
		die("listen");
	if (raw < 0 || setsockopt(raw, IPPROTO_IP, IP_HDRINCL, &one, sizeof(one)))
		die("raw socket");
	for (long made = 0; made < count; made++) {
		struct segment segment = syn(0x0a000001 + made, 1024 + made % 60000, port_of(&address));

		if (sendto(raw, &segment, sizeof(segment), 0, (struct sockaddr *)&address.storage, address.length) < 0)
			die("sendto");
	}
	sleep(1);
	printf("{\"syns\":%ld,\"port\":%d}\n", count, port_of(&address));
	return 0;
}
