/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The seven stages by the kernel's own functions: fentry and fexit where the kernel allows tracing programs, kprobes
 * where it allows those. Both see all network namespaces.
 *
 * TCP is read by skb_copy_datagram_iter(), as the tracepoint inside it is: so a read counts alike whatever is live.
 * tcp_recv_timestamp() would count a call of recvmsg() that takes five segments once, with the stamp of the last.
 */
#ifndef LAGPIPE_STACK_TRACING_BPF_H
#define LAGPIPE_STACK_TRACING_BPF_H

#include <asm/ptrace.h>
#include <bpf/bpf_tracing.h>
#include "socket.bpf.h"
#include "stack_record.bpf.h"
#include "udp_queue.bpf.h"

/* include/net/sock.h, enum sock_flags: the application has closed it. */
#define SOCK_DEAD 0

/* What a datagram was like before a reader could take it off the queue and free it. One per CPU: see note_arrived(). */
struct enqueueing {
	const struct sock *sk; /* NULL: none under way */
	s64 stamp;	       /* or STAMP_FILTERED */
	u32 ifindex;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct enqueueing);
} enqueueings SEC(".maps");

/* The start stages have no socket yet. */
static __always_inline bool is_wanted_namespace(const struct sk_buff *skb)
{
	return !settings.netns_inode || BPF_CORE_READ(skb, dev, nd_net.net, ns.inum) == settings.netns_inode;
}

static __always_inline int note_arrival(u32 stage, const struct sk_buff *skb)
{
	if (is_wanted_namespace(skb))
		note_skb(stage, skb, NULL);
	return 0;
}

static __always_inline int note_trusted_arrival(u32 stage, const struct sk_buff *skb)
{
	if (is_wanted_namespace(skb))
		note_trusted_skb(stage, skb, NULL);
	return 0;
}

/* The macros of libbpf pass a context on that no program here needs, and name results that some leave alone. */
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-parameter"

SEC("fentry/ip_rcv_core")
int BPF_PROG(trace_ip4_start, struct sk_buff *skb)
{
	return note_trusted_arrival(STAGE_IP_START, skb);
}

SEC("fentry/ip6_rcv_core")
int BPF_PROG(trace_ip6_start, struct sk_buff *skb)
{
	return note_trusted_arrival(STAGE_IP_START, skb);
}

SEC("fentry/tcp_v4_rcv")
int BPF_PROG(trace_tcp4_start, struct sk_buff *skb)
{
	return note_trusted_arrival(STAGE_TCP_START, skb);
}

SEC("fentry/tcp_v6_rcv")
int BPF_PROG(trace_tcp6_start, struct sk_buff *skb)
{
	return note_trusted_arrival(STAGE_TCP_START, skb);
}

SEC("fentry/udp_rcv")
int BPF_PROG(trace_udp4_start, struct sk_buff *skb)
{
	return note_trusted_arrival(STAGE_UDP_START, skb);
}

SEC("fentry/udpv6_rcv")
int BPF_PROG(trace_udp6_start, struct sk_buff *skb)
{
	return note_trusted_arrival(STAGE_UDP_START, skb);
}

SEC("kprobe/ip_rcv_core")
int BPF_KPROBE(probe_ip4_start, struct sk_buff *skb)
{
	return note_arrival(STAGE_IP_START, KNOWN(struct sk_buff, skb));
}

SEC("kprobe/ip6_rcv_core")
int BPF_KPROBE(probe_ip6_start, struct sk_buff *skb)
{
	return note_arrival(STAGE_IP_START, KNOWN(struct sk_buff, skb));
}

SEC("kprobe/tcp_v4_rcv")
int BPF_KPROBE(probe_tcp4_start, struct sk_buff *skb)
{
	return note_arrival(STAGE_TCP_START, KNOWN(struct sk_buff, skb));
}

SEC("kprobe/tcp_v6_rcv")
int BPF_KPROBE(probe_tcp6_start, struct sk_buff *skb)
{
	return note_arrival(STAGE_TCP_START, KNOWN(struct sk_buff, skb));
}

SEC("kprobe/udp_rcv")
int BPF_KPROBE(probe_udp4_start, struct sk_buff *skb)
{
	return note_arrival(STAGE_UDP_START, KNOWN(struct sk_buff, skb));
}

SEC("kprobe/udpv6_rcv")
int BPF_KPROBE(probe_udp6_start, struct sk_buff *skb)
{
	return note_arrival(STAGE_UDP_START, KNOWN(struct sk_buff, skb));
}

/*
 * Whoever closed a socket is not told of what still comes in, mostly the other side's FIN. The tracepoint does not see
 * it either.
 */
static __always_inline bool is_open_tcp(const struct sock *sk)
{
	return is_wanted_socket(sk, IPPROTO_TCP) && !(READ(sk, __sk_common.skc_flags) & 1 << SOCK_DEAD);
}

/* When it returns the segment is in the queue or part of the one before it, and the socket is still locked. */
SEC("fexit/tcp_queue_rcv")
int BPF_PROG(trace_tcp_enqueued, struct sock *sk, struct sk_buff *skb)
{
	if (is_open_tcp(sk))
		note_trusted_skb(STAGE_TCP_SOCKET_ENQUEUED, skb, sk);
	return 0;
}

/* It cannot fail, so its start does as well as its end. */
SEC("kprobe/tcp_queue_rcv")
int BPF_KPROBE(probe_tcp_enqueued, struct sock *sk, struct sk_buff *skb)
{
	if (is_open_tcp(KNOWN(struct sock, sk)))
		note_skb(STAGE_TCP_SOCKET_ENQUEUED, KNOWN(struct sk_buff, skb), KNOWN(struct sock, sk));
	return 0;
}

/* Headers can be read now; a filter decides now, and is counted when the queue has taken the datagram. */
static __always_inline int keep_arrival(const struct sock *sk, const struct sk_buff *skb)
{
	u32 zero = 0;
	struct enqueueing *enqueueing = bpf_map_lookup_elem(&enqueueings, &zero);

	if (!enqueueing)
		return 0;
	enqueueing->sk = sk;
	enqueueing->stamp = stamp_to_keep(STAGE_UDP_SOCKET_ENQUEUED, skb, sk, READ(skb, tstamp));
	enqueueing->ifindex = interface_to_keep(skb);
	return 0;
}

/*
 * Only the end of __udp_enqueue_schedule_skb() tells whether the queue had room, and by then a reader on another CPU
 * may have freed the packet. The two ends of one call run on one CPU, with bottom halves off, and do not nest.
 */
static __always_inline int note_arrived(int error)
{
	u32 zero = 0;
	struct enqueueing *enqueueing = bpf_map_lookup_elem(&enqueueings, &zero);
	const struct sock *sk;

	if (!enqueueing)
		return 0;
	sk = enqueueing->sk;
	enqueueing->sk = NULL;
	if (error)
		return 0;
	if (!sk) /* the kernel left out the start of this call */
		note_skip(STAGE_UDP_SOCKET_ENQUEUED, SKIP_OTHER);
	else if (is_wanted_socket(KNOWN(struct sock, sk), IPPROTO_UDP))
		note_kept(STAGE_UDP_SOCKET_ENQUEUED, sk, enqueueing->stamp, enqueueing->ifindex);
	return 0;
}

SEC("fentry/__udp_enqueue_schedule_skb")
int BPF_PROG(trace_udp_arriving, struct sock *sk, struct sk_buff *skb)
{
	return keep_arrival(sk, skb);
}

SEC("fexit/__udp_enqueue_schedule_skb")
int BPF_PROG(trace_udp_enqueued, struct sock *sk, struct sk_buff *skb, int error)
{
	return note_arrived(error);
}

SEC("kprobe/__udp_enqueue_schedule_skb")
int BPF_KPROBE(probe_udp_arriving, struct sock *sk, struct sk_buff *skb)
{
	return keep_arrival(KNOWN(struct sock, sk), KNOWN(struct sk_buff, skb));
}

SEC("kretprobe/__udp_enqueue_schedule_skb")
int BPF_KRETPROBE(probe_udp_enqueued, int error)
{
	return note_arrived(error);
}

SEC("fentry/skb_copy_datagram_iter")
int BPF_PROG(trace_tcp_read, struct sk_buff *skb)
{
	return note_tcp_read(skb);
}

SEC("kprobe/skb_copy_datagram_iter")
int BPF_KPROBE(probe_tcp_read, struct sk_buff *skb)
{
	return note_tcp_read(KNOWN(struct sk_buff, skb));
}

/* udp_recvmsg() passes the length negated after MSG_PEEK. An empty datagram that was only looked at is still linked. */
static __always_inline bool is_taken(const struct sk_buff *skb, int length)
{
	return length > 0 || (!length && !READ(skb, next));
}

SEC("fentry/skb_consume_udp")
int BPF_PROG(trace_udp_read, struct sock *sk, struct sk_buff *skb, int length)
{
	if (is_taken(skb, length) && is_wanted_socket(sk, IPPROTO_UDP))
		note_trusted_skb(STAGE_UDP_SOCKET_READ, skb, sk);
	return 0;
}

SEC("kprobe/skb_consume_udp")
int BPF_KPROBE(probe_udp_read, struct sock *sk, struct sk_buff *skb, int length)
{
	if (is_taken(KNOWN(struct sk_buff, skb), length) && is_wanted_socket(KNOWN(struct sock, sk), IPPROTO_UDP))
		note_skb(STAGE_UDP_SOCKET_READ, KNOWN(struct sk_buff, skb), KNOWN(struct sock, sk));
	return 0;
}

#pragma clang diagnostic pop

#endif
