/* SPDX-License-Identifier: Apache-2.0 */
/* TCP sockets as the kernel lists them by netlink (NETLINK_SOCK_DIAG), which takes no privilege. */
#ifndef LAGPIPE_SOCK_DIAG_H
#define LAGPIPE_SOCK_DIAG_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/inet_diag.h>
#include <linux/tcp.h>

/* One socket. `info` is NULL where the kernel tells none (TIME_WAIT, half-open); `info_bytes` of it are there. */
struct sock_diag_entry {
	const struct inet_diag_msg *socket;
	const struct tcp_info *info;
	uint32_t info_bytes;
};

/* Whether the kernel was new enough to fill this field. */
#define SOCK_DIAG_HAS(entry, field)                                                                                    \
	((entry)->info_bytes >= offsetof(struct tcp_info, field) + sizeof(((struct tcp_info *)0)->field))

struct sock_diag_dump {
	uint32_t states; /* bit s for TCP state s */
	bool with_info;
	void (*take)(void *context, const struct sock_diag_entry *entry);
	/* Between two messages of the kernel; true breaks off. NULL: never. */
	bool (*pause)(void *context);
	void *context;
	bool interrupted; /* out: sockets came and went in a way that the kernel could not hide */
};

/* The states that ss -a lists. */
#define SOCK_DIAG_ALL_STATES 0xffe

/* A netlink socket of the network namespace that this thread is in now. Returns it or a negative errno. */
int sock_diag_open(void);

/* Hands over each TCP socket, IPv4 and IPv6. Returns 0 or a negative errno; -ECANCELED when it was broken off. */
int sock_diag_run(int fd, struct sock_diag_dump *dump);

#endif
