/* SPDX-License-Identifier: Apache-2.0 */
#include "sock_diag.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/sock_diag.h>

/* The kernel fills messages of up to 32 KiB when the reader has room for them. */
#define RECEIVE_BYTES (32 << 10)

/* A dump has no answer to wait for but its own; a kernel that does not give it is given up. */
#define RECEIVE_LIMIT_S 5

int sock_diag_open(void)
{
	const struct timeval limit = { .tv_sec = RECEIVE_LIMIT_S };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit))) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

/*
 * The older of the two requests: the newer one wants a family, and so two walks through the same hash table of all
 * sockets, which on a large host has more empty buckets than sockets.
 */
static int ask(int fd, const struct sock_diag_dump *dump)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req request;
	} message = {
		.header = { .nlmsg_len = sizeof(message),
			    .nlmsg_type = TCPDIAG_GETSOCK,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.request = { .idiag_family = AF_INET,
			     .idiag_states = dump->states,
			     .idiag_ext = dump->with_info ? 1 << (INET_DIAG_INFO - 1) : 0 },
	};

	return send(fd, &message, sizeof(message), 0) < 0 ? -errno : 0;
}

static void find_info(const struct nlmsghdr *message, struct sock_diag_entry *entry)
{
	const struct inet_diag_msg *socket = NLMSG_DATA(message);
	const char *at = (const char *)(socket + 1), *end = (const char *)message + message->nlmsg_len;

	entry->socket = socket;
	entry->info = NULL;
	entry->info_bytes = 0;
	while (at + sizeof(struct nlattr) <= end) {
		const struct nlattr *attribute = (const struct nlattr *)at;

		if (attribute->nla_len < sizeof(*attribute) || at + attribute->nla_len > end)
			return;
		if (attribute->nla_type == INET_DIAG_INFO) {
			entry->info = (const struct tcp_info *)(attribute + 1);
			entry->info_bytes = attribute->nla_len - sizeof(*attribute);
			return;
		}
		at += NLA_ALIGN(attribute->nla_len);
	}
}

/* Returns 1 when there is more, 0 at the end, or a negative errno. */
static int take_message(struct sock_diag_dump *dump, const struct nlmsghdr *message)
{
	struct sock_diag_entry entry;

	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		dump->interrupted = true;
	if (message->nlmsg_type == NLMSG_DONE)
		return 0;
	if (message->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *error = NLMSG_DATA(message);

		return message->nlmsg_len < NLMSG_LENGTH(sizeof(*error)) || !error->error ? -EPROTO : error->error;
	}
	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
		return -EPROTO;
	find_info(message, &entry);
	dump->take(dump->context, &entry);
	return 1;
}

static int take_messages(struct sock_diag_dump *dump, const void *bytes, uint32_t length)
{
	const struct nlmsghdr *message = bytes;
	int more = 1;

	while (more == 1 && NLMSG_OK(message, length)) {
		more = take_message(dump, message);
		message = NLMSG_NEXT(message, length);
	}
	return more;
}

/* ENOBUFS: the kernel could not queue a part. What comes behind it would be a dump with a hole, so it ends there. */
static ssize_t receive(int fd, void *bytes)
{
	ssize_t got;

	do
		got = recv(fd, bytes, RECEIVE_BYTES, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return got ? got : -EPROTO;
}

int sock_diag_run(int fd, struct sock_diag_dump *dump)
{
	static _Alignas(struct nlmsghdr) char bytes[RECEIVE_BYTES];
	int more = ask(fd, dump);

	dump->interrupted = false;
	if (more)
		return more;
	do {
		ssize_t got = receive(fd, bytes);

		if (got < 0)
			return got;
		more = take_messages(dump, bytes, got);
		if (more == 1 && dump->pause && dump->pause(dump->context))
			return -ECANCELED;
	} while (more == 1);
	return more;
}
