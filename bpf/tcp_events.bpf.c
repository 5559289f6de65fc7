/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Retransmits, resets and dropped packets: each counted, and sent as an event when that is asked for.
 *
 * Several programs serve one hook where a newer kernel gives it more arguments: the kernel refuses to attach a program
 * that reads more of them than there are, and then the loader takes the next one (loader/programs_events.c).
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "packet_drop.bpf.h"
#include "tcp_events_record.bpf.h"

/* include/uapi/linux/tcp.h, enum tcp_ca_state */
#define CA_RECOVERY 3
#define CA_LOSS	    4

/* include/net/inet_connection_sock.h */
#define PENDING_LOSS_PROBE 5

static __always_inline bool is_wanted_socket(const struct sock *sk)
{
	return !settings.netns_inode || netns_of_socket(sk) == settings.netns_inode;
}

/*
 * The timeout's handler puts the socket into the Loss state before it sends, the acknowledgements' into Recovery; a
 * loss probe changes nothing, and is sent while its timer is still the one that is set.
 */
static __always_inline u8 retransmit_kind_of(const struct sock *sk, u8 state)
{
	const struct inet_connection_sock *icsk = (const struct inet_connection_sock *)sk;
	u8 congestion;

	if (state == TCP_SYN_SENT || state == TCP_SYN_RECV)
		return RETRANSMIT_SYN;
	congestion = BPF_CORE_READ_BITFIELD_PROBED(icsk, icsk_ca_state);
	if (congestion == CA_LOSS)
		return RETRANSMIT_TIMEOUT;
	if (congestion == CA_RECOVERY)
		return RETRANSMIT_FAST;
	return BPF_CORE_READ(icsk, icsk_pending) == PENDING_LOSS_PROBE ? RETRANSMIT_TAIL_LOSS_PROBE : RETRANSMIT_OTHER;
}

static __always_inline void note_retransmit(const struct sock *sk, const struct sk_buff *skb)
{
	const struct tcp_skb_cb *control = (const struct tcp_skb_cb *)&skb->cb;
	u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);
	struct tcp_event_record *record;
	u8 kind;

	if (!is_wanted_socket(sk))
		return;
	kind = retransmit_kind_of(sk, state);
	if (kind < TCP_RETRANSMIT_KINDS)
		COUNT_MANY(retransmits[kind], BPF_CORE_READ(control, tcp_gso_segs));
	record = begin_record(EVENT_RETRANSMIT);
	if (!record)
		return;
	record->retransmit_kind = kind;
	record->state = state;
	record->protocol = PACKET_TCP;
	record->bytes = BPF_CORE_READ(skb, len);
	record->netns_inode = netns_of_socket(sk);
	note_socket_addresses(record, sk);
	note_caller(record, sk);
	send_event(record);
}

/* Since 6.17 the hook is told of failures too. */
SEC("raw_tp/tcp_retransmit_skb")
int retransmitted_or_failed(struct bpf_raw_tracepoint_args *ctx)
{
	if (!(int)ctx->args[2])
		note_retransmit((const struct sock *)ctx->args[0], (const struct sk_buff *)ctx->args[1]);
	return 0;
}

SEC("raw_tp/tcp_retransmit_skb")
int retransmitted(struct bpf_raw_tracepoint_args *ctx)
{
	note_retransmit((const struct sock *)ctx->args[0], (const struct sk_buff *)ctx->args[1]);
	return 0;
}

SEC("raw_tp/tcp_retransmit_synack")
int syn_ack_retransmitted(struct bpf_raw_tracepoint_args *ctx)
{
	/* The request begins with the same common part as a socket, and no more of it is read here. */
	const struct sock *request = (const struct sock *)ctx->args[1];
	struct tcp_event_record *record;

	if (!is_wanted_socket(request))
		return 0;
	COUNT(retransmits[RETRANSMIT_SYN_ACK]);
	record = begin_record(EVENT_RETRANSMIT);
	if (!record)
		return 0;
	record->retransmit_kind = RETRANSMIT_SYN_ACK;
	record->state = BPF_CORE_READ(request, __sk_common.skc_state);
	record->protocol = PACKET_TCP;
	record->netns_inode = netns_of_socket(request);
	note_socket_addresses(record, request);
	send_event(record);
	return 0;
}

/* A reset that answers a packet takes the packet's addresses the other way round; there may be no socket. */
static __always_inline void note_answered(struct tcp_event_record *record, const struct sk_buff *skb)
{
	struct packet packet = packet_of(skb);
	struct packet_addresses answered;

	load_addresses(&packet, &answered);
	__builtin_memcpy(record->local_address, answered.destination, sizeof(answered.destination));
	__builtin_memcpy(record->peer_address, answered.source, sizeof(answered.source));
	record->local_port = answered.destination_port;
	record->peer_port = answered.source_port;
	record->ip_version = answered.ip_version;
}

static __always_inline void note_reset_sent(const struct sock *sk, const struct sk_buff *skb, u32 reason)
{
	u32 netns = sk ? netns_of_socket(sk) : netns_of_device(skb);
	u64 slot = reason < TCP_RESET_REASONS ? reason : reason == REASON_UNTOLD ? 0 : TCP_RESET_REASONS - 1;
	struct tcp_event_record *record;

	if (settings.netns_inode && netns != settings.netns_inode)
		return;
	barrier_var(slot); /* so that the mask stays, which tells the verifier the bound */
	COUNT(resets_sent[slot & (TCP_RESET_REASONS - 1)]);
	record = begin_record(EVENT_RESET_SENT);
	if (!record)
		return;
	record->reason_number = reason;
	record->protocol = PACKET_TCP;
	record->netns_inode = netns;
	if (skb)
		note_answered(record, skb);
	else if (sk)
		note_socket_addresses(record, sk);
	if (sk) {
		record->state = BPF_CORE_READ(sk, __sk_common.skc_state);
		note_caller(record, sk);
	}
	send_event(record);
}

SEC("raw_tp/tcp_send_reset")
int reset_sent(struct bpf_raw_tracepoint_args *ctx)
{
	note_reset_sent((const struct sock *)ctx->args[0], (const struct sk_buff *)ctx->args[1], ctx->args[2]);
	return 0;
}

/* Before 6.10: no reason, and not called where there is no socket. */
SEC("raw_tp/tcp_send_reset")
int reset_sent_untold(struct bpf_raw_tracepoint_args *ctx)
{
	note_reset_sent((const struct sock *)ctx->args[0], (const struct sk_buff *)ctx->args[1], REASON_UNTOLD);
	return 0;
}

SEC("raw_tp/tcp_receive_reset")
int reset_received(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sock *sk = (const struct sock *)ctx->args[0];
	u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);
	struct tcp_event_record *record;

	if (!is_wanted_socket(sk))
		return 0;
	COUNT(resets_received[state % TCP_STATE_SLOTS]);
	record = begin_record(EVENT_RESET_RECEIVED);
	if (!record)
		return 0;
	record->state = state;
	record->protocol = PACKET_TCP;
	record->netns_inode = netns_of_socket(sk);
	note_socket_addresses(record, sk);
	note_caller(record, sk);
	send_event(record);
	return 0;
}

/* 6.11 added the receiving socket. */
SEC("raw_tp/kfree_skb")
int packet_dropped(struct bpf_raw_tracepoint_args *ctx)
{
	note_drop((const struct sk_buff *)ctx->args[0], ctx->args[2], (const struct sock *)ctx->args[3]);
	return 0;
}

/* 5.17 added the reason. */
SEC("raw_tp/kfree_skb")
int packet_dropped_by_reason(struct bpf_raw_tracepoint_args *ctx)
{
	note_drop((const struct sk_buff *)ctx->args[0], ctx->args[2], NULL);
	return 0;
}

SEC("raw_tp/kfree_skb")
int packet_dropped_untold(struct bpf_raw_tracepoint_args *ctx)
{
	note_drop((const struct sk_buff *)ctx->args[0], REASON_UNTOLD, NULL);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
