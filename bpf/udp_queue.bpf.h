/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which stamp the datagram had that a UDP read takes. No tracepoint shows that datagram (until 6.17 consume_skb did,
 * afterwards). So the stamps of a socket are kept in the order in which datagrams were queued, and a read takes the
 * oldest.
 */
#ifndef LAGPIPE_UDP_QUEUE_BPF_H
#define LAGPIPE_UDP_QUEUE_BPF_H

#include "socket.bpf.h"
#include "stack_record.bpf.h"

/* Stamps of the datagrams that wait in a UDP socket. Both counters only grow, and wrap. */
struct udp_queue {
	u32 queued;
	u32 read;
	s64 stamps[STACK_UDP_WAITING]; /* of the last ones queued: number n is at n % STACK_UDP_WAITING */
	u32 interfaces[STACK_UDP_WAITING];
};

/* Too large for the stack of a BPF program. */
const volatile struct udp_queue empty_queue SEC(".rodata.empty");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, STACK_UDP_SOCKETS);
	__type(key, u64); /* socket's inode */
	__type(value, struct udp_queue);
} udp_queues SEC(".maps");

/* In sockfs every socket has an inode, whose number is not used again soon as the address of a struct sock is. */
static __always_inline u64 socket_inode(const struct sock *sk)
{
	const void *alloc = READ(sk, sk_socket);

	return alloc ? READ(KNOWN(struct socket_alloc, alloc), vfs_inode.i_ino) : 0;
}

static __always_inline struct udp_queue *find_queue(const struct sock *sk, bool create)
{
	u64 inode = socket_inode(sk);
	struct udp_queue *queue;

	if (!inode)
		return NULL;
	queue = bpf_map_lookup_elem(&udp_queues, &inode);
	if (queue || !create)
		return queue;
	bpf_map_update_elem(&udp_queues, &inode, (const void *)&empty_queue, BPF_NOEXIST);
	return bpf_map_lookup_elem(&udp_queues, &inode);
}

static __always_inline void note_queued(struct udp_queue *queue, const struct sk_buff *skb, const struct sock *sk)
{
	u32 position = __sync_fetch_and_add(&queue->queued, 1) % STACK_UDP_WAITING;

	queue->stamps[position] = stamp_to_keep(STAGE_UDP_SOCKET_READ, skb, sk, READ(skb, tstamp));
	queue->interfaces[position] = interface_to_keep(skb);
}

/*
 * When nothing is left the datagram was the newest, whatever was counted before: so a datagram that was thrown away
 * in the queue (bad checksum, shutdown) shifts the rest only until the reader has caught up. `queued` is read before
 * the length, so that a datagram which arrives in between makes the length 1, not the stamp another's.
 */
static __always_inline void note_read(struct udp_queue *queue, const struct sock *sk)
{
	u32 queued = *(volatile u32 *)&queue->queued;
	u32 position = datagrams_waiting(sk) ? queue->read : queued - 1;

	if (queue->read == queued) {
		note_skip(STAGE_UDP_SOCKET_READ, SKIP_ALREADY_READ);
		return;
	}
	queue->read = position + 1;
	if (queued - position > STACK_UDP_WAITING)
		note_skip(STAGE_UDP_SOCKET_READ, SKIP_MAP_FULL);
	else
		note_kept(STAGE_UDP_SOCKET_READ, sk, queue->stamps[position % STACK_UDP_WAITING],
			  queue->interfaces[position % STACK_UDP_WAITING]);
}

#endif
