/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs that meet a socket ask of it. */
#ifndef LAGPIPE_SOCKET_BPF_H
#define LAGPIPE_SOCKET_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "kernel_read.bpf.h"

static __always_inline bool is_inet_socket(const struct sock *sk, u16 protocol)
{
	u16 family;

	if (READ(sk, sk_protocol) != protocol)
		return false;
	/* Numbers of protocols mean something else in other families. */
	family = READ(sk, __sk_common.skc_family);
	return family == AF_INET || family == AF_INET6;
}

/* sk_data_ready comes after the packet was put on the queue: it is the newest. NULL when a reader was quicker. */
static __always_inline const struct sk_buff *newest_packet(const struct sock *sk)
{
	const struct sk_buff *newest = READ(sk, sk_receive_queue.prev);

	return (const void *)newest == (const void *)&sk->sk_receive_queue ? NULL : newest;
}

static __always_inline u32 datagrams_waiting(const struct sock *sk)
{
	const struct udp_sock *udp = KNOWN(struct udp_sock, sk);

	/* A reader moves the whole receive queue to a queue of its own when that is empty. */
	return READ(sk, sk_receive_queue.qlen) + READ(udp, reader_queue.qlen);
}

/* Kernels that are built without IPv6 lack the fields of these two: then there is no socket to read them of. */
static __always_inline bool read_ipv6_peer(const struct sock *sk, void *address)
{
	return bpf_core_field_exists(sk->__sk_common.skc_v6_daddr) &&
	       !bpf_core_read(address, 16, &sk->__sk_common.skc_v6_daddr.in6_u.u6_addr8);
}

static __always_inline bool read_ipv6_local(const struct sock *sk, void *address)
{
	return bpf_core_field_exists(sk->__sk_common.skc_v6_rcv_saddr) &&
	       !bpf_core_read(address, 16, &sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
}

static __always_inline bool is_ipv4_mapped(const u8 *address)
{
	const u32 *words = (const u32 *)address;

	return !words[0] && !words[1] && words[2] == bpf_htonl(0xffff);
}

/* 4 with the address in the first four bytes where it is IPv4-mapped, else 6. */
static __always_inline u8 settle_ipv6(u8 *address)
{
	u32 *words = (u32 *)address;

	if (!is_ipv4_mapped(address))
		return 6;
	words[0] = words[3];
	words[2] = 0;
	words[3] = 0;
	return 4;
}

/* The pointer as a number: the verifier lets nobody calculate with a pointer that it knows. */
static __always_inline u64 address_of(const void *pointer)
{
	u64 address = 0;

	bpf_probe_read_kernel(&address, sizeof(address), &pointer);
	return address;
}

/* For CO-RE reads, which have to add to the pointer. */
static __always_inline const struct sock *plain_pointer(const void *pointer)
{
	return (const struct sock *)address_of(pointer);
}

#endif
