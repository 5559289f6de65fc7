/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A packet that the kernel throws away: why, what it was, and in which network namespace. */
#ifndef LAGPIPE_PACKET_DROP_BPF_H
#define LAGPIPE_PACKET_DROP_BPF_H

#include "packet_addresses.bpf.h"
#include "tcp_events_record.bpf.h"

#define ETH_P_ARP      0x0806
#define IPPROTO_ICMP   1
#define IPPROTO_ICMPV6 58

/* fs/proc/generic.c PROC_DYNAMIC_FIRST: no namespace has a smaller number. */
#define NETNS_FIRST 0xf0000000U

/*
 * The packet's device and its number, or 0. In the queues of TCP and UDP sockets other things use the place of
 * sk_buff.dev, so what is found there is only believed when it leads to a number that a namespace can have.
 */
static __always_inline u32 netns_of_device(const struct sk_buff *skb)
{
	u32 inode = skb ? BPF_CORE_READ(skb, dev, nd_net.net, ns.inum) : 0;

	return inode >= NETNS_FIRST ? inode : 0;
}

/* The socket that a packet belongs to is its sender's, even in another namespace, so the device goes first. */
static __always_inline u32 netns_of_packet(const struct sk_buff *skb, const struct sock *receiver)
{
	u32 inode = netns_of_socket(receiver);

	inode = inode ? inode : netns_of_device(skb);
	return inode ? inode : netns_of_socket(BPF_CORE_READ(skb, sk));
}

static __always_inline u32 drop_slot(u32 reason)
{
	u32 subsystem = reason >> 16, number = reason & 0xffff;

	if (reason == REASON_UNTOLD)
		return DROP_SLOT_UNTOLD;
	if (!subsystem)
		return number < DROP_CORE_SLOTS ? number : DROP_SLOT_BEYOND;
	if (subsystem > DROP_SUBSYSTEMS || number >= DROP_SUBSYSTEM_SLOTS)
		return DROP_SLOT_BEYOND;
	return DROP_CORE_SLOTS + (subsystem - 1) * DROP_SUBSYSTEM_SLOTS + number;
}

static __always_inline u32 protocol_class(int protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return PACKET_TCP;
	case IPPROTO_UDP:
		return PACKET_UDP;
	case IPPROTO_ICMP:
		return PACKET_ICMP;
	case IPPROTO_ICMPV6:
		return PACKET_ICMPV6;
	default:
		return PACKET_IP;
	}
}

/* A packet that is dropped before it has an IP header still has its sender's socket. */
static __always_inline u32 protocol_of_sender(const struct sock *sk)
{
	u16 family = sk ? BPF_CORE_READ(sk, __sk_common.skc_family) : 0;

	if ((family != AF_INET && family != AF_INET6) || !is_full_socket(sk))
		return PACKET_OTHER;
	return protocol_class(BPF_CORE_READ(sk, sk_protocol));
}

static __always_inline u32 protocol_of(const struct packet *packet, const struct sock *sender)
{
	switch (packet->ethertype) {
	case ETH_P_IP:
	case ETH_P_IPV6:
		return protocol_class(transport_protocol(packet));
	case ETH_P_ARP:
		return PACKET_ARP;
	case 0:
		return protocol_of_sender(sender);
	default:
		return PACKET_OTHER;
	}
}

static __always_inline void count_drop(u32 protocol, u32 slot)
{
	struct packet_drop_counts *cell = bpf_map_lookup_elem(&drops, &protocol);

	barrier_var(slot); /* so that the check is made where the verifier sees it */
	if (cell && slot < DROP_SLOTS)
		__sync_fetch_and_add(&cell->slots[slot], 1);
}

static __always_inline void note_packet_addresses(struct tcp_event_record *record, const struct packet *packet)
{
	struct packet_addresses addresses;

	load_addresses(packet, &addresses);
	__builtin_memcpy(record->local_address, addresses.source, sizeof(addresses.source));
	__builtin_memcpy(record->peer_address, addresses.destination, sizeof(addresses.destination));
	record->local_port = addresses.source_port;
	record->peer_port = addresses.destination_port;
	record->ip_version = addresses.ip_version;
}

static __always_inline void send_drop(const struct sk_buff *skb, const struct packet *packet, u32 protocol, u32 reason,
				      u32 netns)
{
	struct tcp_event_record *record = begin_record(EVENT_DROP);

	if (!record)
		return;
	record->reason_number = reason;
	record->protocol = protocol;
	record->netns_inode = netns;
	record->interface = netns_of_device(skb) ? BPF_CORE_READ(skb, dev, ifindex) : 0;
	note_packet_addresses(record, packet);
	/* Whoever drops it may have taken the headers off already, so the length is taken from the IP header on. */
	record->bytes = record->ip_version ? packet->bytes + BPF_CORE_READ(skb, data_len) : BPF_CORE_READ(skb, len);
	send_event(record);
}

/* Some kernels call the hook for packets that went their way to the end; those are no drops. */
static __always_inline bool is_consumed(u32 reason)
{
	return bpf_core_enum_value_exists(enum skb_drop_reason, SKB_CONSUMED) &&
	       reason == bpf_core_enum_value(enum skb_drop_reason, SKB_CONSUMED);
}

static __always_inline void note_drop(const struct sk_buff *skb, u32 reason, const struct sock *receiver)
{
	struct packet packet = packet_of(skb);
	u32 protocol, netns;

	if (is_consumed(reason))
		return;
	netns = netns_of_packet(skb, receiver);
	if (settings.netns_inode && netns != settings.netns_inode) {
		if (!netns)
			COUNT(unplaced);
		return;
	}
	protocol = protocol_of(&packet, BPF_CORE_READ(skb, sk));
	count_drop(protocol, drop_slot(reason));
	send_drop(skb, &packet, protocol, reason, netns);
}

#endif
