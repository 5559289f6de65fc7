/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long received packets have been under way when they reach each of the seven stages, and how long
 * they waited in the stages before and on the way out. One program per stage, so
 * that the loader can do without any one of them; which kernel hook serves which stage is loader/programs_stack.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "packet.bpf.h"
#include "socket.bpf.h"
#include "stack_record.bpf.h"
#include "udp_queue.bpf.h"

#define NF_ACCEPT 1

/* include/linux/socket.h */
#define MSG_PEEK     2
#define MSG_ERRQUEUE 0x2000

/* A packet that cannot be read may have been the stage's own, so each of the two stages counts it. */
static __always_inline void note_start(u32 stage, int wanted, const struct sk_buff *skb)
{
	struct packet packet = trusted_packet_of(skb);
	int protocol = transport_protocol(&packet);

	if (protocol == wanted)
		note_trusted_skb(stage, skb, NULL);
	else if (protocol == PROTOCOL_UNREADABLE)
		note_skip(stage, SKIP_OTHER);
}

SEC("netfilter")
int ip_start(struct bpf_nf_ctx *ctx)
{
	note_trusted_skb(STAGE_IP_START, ctx->skb, NULL);
	return NF_ACCEPT;
}

SEC("netfilter")
int tcp_start(struct bpf_nf_ctx *ctx)
{
	note_start(STAGE_TCP_START, IPPROTO_TCP, ctx->skb);
	return NF_ACCEPT;
}

SEC("netfilter")
int udp_start(struct bpf_nf_ctx *ctx)
{
	note_start(STAGE_UDP_START, IPPROTO_UDP, ctx->skb);
	return NF_ACCEPT;
}

/* These see all network namespaces; a netfilter link may see this process's already. */
static __always_inline bool is_wanted_place(u32 netns_inode, bool elsewhere)
{
	if (elsewhere && netns_inode == settings.own_netns_inode)
		return false;
	return !settings.netns_inode || netns_inode == settings.netns_inode;
}

/* The kernel has not looked at the packet yet, so that a bridge or tc may still take it away from IP. */
static __always_inline int note_received(const struct sk_buff *skb, bool elsewhere)
{
	struct meeting meeting = { .stage = STAGE_IP_START, .skb = skb, .unparsed = true };
	u16 ethertype = bpf_ntohs(READ(skb, protocol));

	if (ethertype != ETH_P_IP && ethertype != ETH_P_IPV6)
		return 0;
	if (is_wanted_place(BPF_CORE_READ(skb, dev, nd_net.net, ns.inum), elsewhere) && !is_left_out(&meeting))
		note_packet(&meeting, READ(skb, tstamp), stamp_clock(skb));
	return 0;
}

SEC("raw_tp/netif_receive_skb")
int ip_start_anywhere(struct bpf_raw_tracepoint_args *ctx)
{
	return note_received(KNOWN(struct sk_buff, ctx->args[0]), false);
}

SEC("raw_tp/netif_receive_skb")
int ip_start_elsewhere(struct bpf_raw_tracepoint_args *ctx)
{
	return note_received(KNOWN(struct sk_buff, ctx->args[0]), true);
}

/* Runs in softirq, and in the calls of a process for what came in while it had the socket. */
static __always_inline int note_probed(const struct sock *sk, const struct sk_buff *skb, bool elsewhere)
{
	struct meeting meeting = { .stage = STAGE_TCP_START, .skb = skb, .sk = sk, .nests = true };

	if (is_wanted_place(BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum), elsewhere) && !is_left_out(&meeting))
		note_packet(&meeting, READ(skb, tstamp), stamp_clock(skb));
	return 0;
}

SEC("raw_tp/tcp_probe")
int tcp_start_anywhere(struct bpf_raw_tracepoint_args *ctx)
{
	return note_probed(KNOWN(struct sock, ctx->args[0]), KNOWN(struct sk_buff, ctx->args[1]), false);
}

SEC("raw_tp/tcp_probe")
int tcp_start_elsewhere(struct bpf_raw_tracepoint_args *ctx)
{
	return note_probed(KNOWN(struct sock, ctx->args[0]), KNOWN(struct sk_buff, ctx->args[1]), true);
}

SEC("raw_tp/tcp_probe")
int gap_seen(struct bpf_raw_tracepoint_args *ctx)
{
	note_gap((const struct sock *)ctx->args[0], (const struct sk_buff *)ctx->args[1]);
	return 0;
}

/* Netfilter stages belong to one network namespace by themselves; these meet the sockets of all. */
static __always_inline bool is_wanted_socket(const struct sock *sk, u16 protocol)
{
	if (!is_inet_socket(sk, protocol))
		return false;
	return !settings.netns_inode || BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum) == settings.netns_inode;
}

/* A listening socket is told of connections, not of data. */
static __always_inline void note_enqueued(u32 stage, u16 protocol, const struct sock *sk)
{
	const struct sk_buff *newest;

	if (!is_wanted_socket(sk, protocol) || READ(sk, __sk_common.skc_state) == TCP_LISTEN)
		return;
	newest = newest_packet(sk);
	if (newest)
		note_skb(stage, newest, sk);
	else
		note_skip(stage, SKIP_ALREADY_READ);
}

TYPED_TRACEPOINT("sk_data_ready")
int tcp_socket_enqueued(struct bpf_raw_tracepoint_args *ctx)
{
	note_enqueued(STAGE_TCP_SOCKET_ENQUEUED, IPPROTO_TCP, ARGUMENT(struct sock, ctx->args[0]));
	return 0;
}

TYPED_TRACEPOINT("sk_data_ready")
int udp_socket_enqueued(struct bpf_raw_tracepoint_args *ctx)
{
	note_enqueued(STAGE_UDP_SOCKET_ENQUEUED, IPPROTO_UDP, ARGUMENT(struct sock, ctx->args[0]));
	return 0;
}

/* An MPTCP socket reads what its subflows, which are TCP sockets, have received. */
static __always_inline bool is_wanted_reader(const struct sock *sk)
{
	return is_wanted_socket(sk, IPPROTO_TCP) || is_wanted_socket(sk, IPPROTO_MPTCP);
}

/* Packets of a TCP receive queue are charged to their socket, so they name it; UDP's do not. */
static __always_inline int note_tcp_read(const struct sk_buff *skb)
{
	const struct sock *sk = READ(skb, sk);

	if (sk && is_wanted_reader(sk))
		note_skb(STAGE_TCP_SOCKET_READ, skb, sk);
	return 0;
}

TYPED_TRACEPOINT("skb_copy_datagram_iovec")
int tcp_socket_read(struct bpf_raw_tracepoint_args *ctx)
{
	return note_tcp_read(ARGUMENT(struct sk_buff, ctx->args[0]));
}

/* Keeps the stamp of what a later read will take. */
TYPED_TRACEPOINT("sk_data_ready")
int udp_datagram_queued(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sock *sk = ARGUMENT(struct sock, ctx->args[0]);
	const struct sk_buff *newest;
	struct udp_queue *queue;

	if (!is_wanted_socket(sk, IPPROTO_UDP))
		return 0;
	newest = newest_packet(sk);
	queue = newest ? find_queue(sk, true) : NULL;
	if (queue)
		note_queued(queue, newest, sk);
	return 0;
}

TYPED_TRACEPOINT("sock_recv_length")
int udp_socket_read(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sock *sk = ARGUMENT(struct sock, ctx->args[0]);
	int received = ctx->args[1], flags = ctx->args[2];
	struct udp_queue *queue;

	if (received < 0 || flags & (MSG_PEEK | MSG_ERRQUEUE) || !is_wanted_socket(sk, IPPROTO_UDP))
		return 0;
	queue = find_queue(sk, false);
	if (queue)
		note_read(queue, sk);
	else /* queued before this program was attached, or the least recently used of too many sockets */
		note_skip(STAGE_UDP_SOCKET_READ, SKIP_OTHER);
	return 0;
}

/*
 * The same for kernels before 6.3, which lack those tracepoints: the reader frees a packet of no socket with a receive
 * stamp and a UDP header. Dropped copies of multicast and of captures look like that too.
 */
SEC("raw_tp/consume_skb")
int udp_socket_read_by_header(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sk_buff *skb = KNOWN(struct sk_buff, ctx->args[0]);
	struct packet packet;

	if (READ(skb, sk) || READ(skb, tstamp) <= 0 || stamp_clock(skb) != STAMP_REALTIME)
		return 0;
	packet = packet_of(skb);
	if (transport_protocol(&packet) == IPPROTO_UDP)
		note_skb(STAGE_UDP_SOCKET_READ, skb, NULL);
	return 0;
}

#include "arrivals.bpf.h"
#include "cgroup_ingress.bpf.h"
#include "softirq.bpf.h"
#include "stack_tracing.bpf.h"
#include "transmit.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
