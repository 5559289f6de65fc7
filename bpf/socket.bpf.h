/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the stages that meet a socket ask of it. */
#ifndef LAGPIPE_SOCKET_BPF_H
#define LAGPIPE_SOCKET_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>

static __always_inline bool is_inet_socket(const struct sock *sk, u16 protocol)
{
	u16 family;

	if (BPF_CORE_READ(sk, sk_protocol) != protocol)
		return false;
	/* Numbers of protocols mean something else in other families. */
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	return family == AF_INET || family == AF_INET6;
}

/* sk_data_ready comes after the packet was put on the queue: it is the newest. NULL when a reader was quicker. */
static __always_inline const struct sk_buff *newest_packet(const struct sock *sk)
{
	const struct sk_buff_head *queue = &sk->sk_receive_queue;
	const struct sk_buff *newest = BPF_CORE_READ(queue, prev);

	return (const void *)newest == (const void *)queue ? NULL : newest;
}

#endif
