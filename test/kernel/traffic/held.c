// SPDX-License-Identifier: Apache-2.0
/* Packets that have arrived and are held up on their way to TCP: by queue 0 of netfilter (nft: `queue num 0`). */
#include "traffic.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define QUEUE	      0
#define TYPE_OF(kind) (NFNL_SUBSYS_QUEUE << 8 | (kind))

struct request {
	struct nlmsghdr header;
	struct nfgenmsg family;
	char attributes[128];
};

static struct request request_of(int kind, int flags)
{
	struct request request;

	memset(&request, 0, sizeof(request));
	request.header.nlmsg_len = NLMSG_LENGTH(sizeof(request.family));
	request.header.nlmsg_type = TYPE_OF(kind);
	request.header.nlmsg_flags = NLM_F_REQUEST | flags;
	request.family.version = NFNETLINK_V0;
	request.family.res_id = htons(QUEUE);
	return request;
}

static void add_attribute(struct request *request, int type, const void *value, size_t bytes)
{
	struct nlattr *attribute = (struct nlattr *)((char *)request + request->header.nlmsg_len);

	attribute->nla_type = type;
	attribute->nla_len = NLA_HDRLEN + bytes;
	memcpy((char *)attribute + NLA_HDRLEN, value, bytes);
	request->header.nlmsg_len += NLA_ALIGN(attribute->nla_len);
}

static void send_request(int fd, const struct request *request)
{
	if (send(fd, request, request->header.nlmsg_len, 0) != (ssize_t)request->header.nlmsg_len)
		die("netfilter queue");
}

/* Tells of each packet when it is there, before the call that sent it returns; holds all of them. */
static int opened_queue(uint32_t room)
{
	struct nfqnl_msg_config_cmd bind = { .command = NFQNL_CFG_CMD_BIND, .pf = htons(AF_INET) };
	struct nfqnl_msg_config_params tell = { .copy_mode = NFQNL_COPY_META };
	struct request request = request_of(NFQNL_MSG_CONFIG, NLM_F_ACK);
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);

	room = htonl(room);
	add_attribute(&request, NFQA_CFG_CMD, &bind, sizeof(bind));
	add_attribute(&request, NFQA_CFG_PARAMS, &tell, sizeof(tell));
	add_attribute(&request, NFQA_CFG_QUEUE_MAXLEN, &room, sizeof(room));
	send_request(fd, &request);
	if (recv(fd, &answer, sizeof(answer), 0) < (ssize_t)sizeof(answer))
		die("netfilter queue");
	errno = -answer.error.error;
	if (errno)
		die("netfilter queue");
	return fd;
}

/* In the byte order of the network. The first attribute of a packet is its header. */
static uint32_t next_packet(int fd)
{
	struct request message;

	if (recv(fd, &message, sizeof(message), 0) < 0)
		die("recv");
	if (message.header.nlmsg_type != TYPE_OF(NFQNL_MSG_PACKET))
		die("not a packet");
	return ((struct nfqnl_msg_packet_hdr *)(message.attributes + NLA_HDRLEN))->packet_id;
}

static void let_go(int fd, uint32_t last)
{
	struct nfqnl_msg_verdict_hdr verdict = { .verdict = htonl(NF_ACCEPT), .id = last };
	struct request request = request_of(NFQNL_MSG_VERDICT_BATCH, 0);

	add_attribute(&request, NFQA_VERDICT_HDR, &verdict, sizeof(verdict));
	send_request(fd, &request);
}

/* The socket of each SYN is closed at once: it is not sent again, and needs no descriptor while it is held. */
int held(char **words)
{
	long count = atol(words[1]);
	struct address address = loopback("4", atoi(words[0]));
	int fd = opened_queue(count);
	uint32_t last = 0;

	for (long i = 0; i < count; i++) {
		int client = socket(address.family, SOCK_STREAM | SOCK_NONBLOCK, 0);

		if (client < 0 || !connect(client, (struct sockaddr *)&address.storage, address.length) ||
		    errno != EINPROGRESS)
			die("connect");
		last = next_packet(fd);
		close(client);
	}
	let_go(fd, last);
	printf("{\"held\":%ld}\n", count);
	return 0;
}
