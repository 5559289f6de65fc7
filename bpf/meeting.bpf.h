/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a stage can tell of the packet that it meets: from the packet's headers as long as no socket has it, from the
 * socket afterwards. Nothing here runs unless a filter or a group asks for it.
 */
#ifndef LAGPIPE_MEETING_BPF_H
#define LAGPIPE_MEETING_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "packet.bpf.h"
#include "socket.bpf.h"
#include "stack_latency_map.h"

#define IPV4_FRAGMENT		 6
#define IPV4_PROTOCOL		 9
#define IPV4_SOURCE		 12
#define IPV4_DESTINATION	 16
#define IPV6_SOURCE		 8
#define IPV6_DESTINATION_ADDRESS 24
#define SOURCE_PORT		 0 /* of a TCP or UDP header */
#define DESTINATION_PORT	 2

/* IPv4 addresses are compared as ::ffff:a.b.c.d, RFC 4291 section 2.5.5.2. */
#define IPV4_MAPPED bpf_htonl(0xffff)

/* include/linux/netdevice.h: NETDEV_HASHENTRIES. Interfaces in one chain are as many as 256 goes into their number. */
#define DEVICE_CHAINS	    256
#define DEVICE_CHAIN_LENGTH 64

struct meeting {
	u32 stage;
	const struct sk_buff *skb;	 /* NULL where a read has already taken it */
	const struct sock *sk;		 /* NULL before the packet has found its socket */
	u32 ifindex;			 /* where the packet came in, when skb is NULL */
	bool unparsed;			 /* its network header begins at its data, and nothing says so yet */
	bool nests;			 /* programs that count this stage can interrupt each other */
	const struct net_device *device; /* where the packet cannot tell, or there is none at all; or NULL */
};

/* On the way out the packet's source is this host. */
static __always_inline bool is_sending(const struct meeting *meeting)
{
	return meeting->stage == STAGE_QDISC || meeting->stage == STAGE_DRIVER;
}

/* A socket outlives the interface's pointer in its packets, so there the number must do. NULL: no such interface. */
static __always_inline const struct net_device *find_device(const struct net *net, u32 ifindex)
{
	const struct hlist_head *chains = BPF_CORE_READ(net, dev_index_head);
	const struct hlist_node *node = BPF_CORE_READ(&chains[ifindex % DEVICE_CHAINS], first);

	for (int i = 0; i < DEVICE_CHAIN_LENGTH && node; i++) {
		const struct net_device *device =
			(const void *)node - bpf_core_field_offset(struct net_device, index_hlist);

		if (BPF_CORE_READ(device, ifindex) == (int)ifindex)
			return device;
		node = BPF_CORE_READ(node, next);
	}
	return NULL;
}

/* Here and below, pointers leave the struct first: CO-RE would look for `struct meeting` in the kernel. */
static __always_inline const struct net_device *device_of(const struct meeting *meeting)
{
	const struct sk_buff *skb = meeting->skb;
	const struct sock *sk = meeting->sk;

	if (meeting->device)
		return meeting->device;
	/* In this order: to ask for both at once the compiler would combine the two, which the verifier forbids. */
	if (sk)
		return find_device(BPF_CORE_READ(sk, __sk_common.skc_net.net),
				   skb ? (u32)BPF_CORE_READ(skb, skb_iif) : meeting->ifindex);
	return skb ? BPF_CORE_READ(skb, dev) : NULL;
}

static __always_inline u32 netns_of(const struct meeting *meeting)
{
	const struct sock *sk = meeting->sk;

	if (sk)
		return BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	return BPF_CORE_READ(device_of(meeting), nd_net.net, ns.inum);
}

static __always_inline struct packet packet_met(const struct meeting *meeting)
{
	const struct sk_buff *skb = meeting->skb;
	const unsigned char *data;

	if (!meeting->unparsed)
		return packet_of(skb);
	data = BPF_CORE_READ(skb, data);
	return linear_part(BPF_CORE_READ(skb, protocol), data, data,
			   BPF_CORE_READ(skb, len) - BPF_CORE_READ(skb, data_len));
}

/* The transport protocol, and where its header begins. Later fragments have none. */
static __always_inline int find_transport(const struct packet *packet, u32 *offset)
{
	u8 version_and_words, protocol;
	__be16 fragment;

	if (packet->ethertype == ETH_P_IPV6)
		return ipv6_transport(packet, offset);
	if (packet->ethertype != ETH_P_IP || !load(packet, 0, &version_and_words, 1) ||
	    !load(packet, IPV4_FRAGMENT, &fragment, 2) || !load(packet, IPV4_PROTOCOL, &protocol, 1))
		return PROTOCOL_UNREADABLE;
	*offset = 4 * (version_and_words & 0xf);
	return fragment & bpf_htons(0x1fff) ? PROTOCOL_NONE : protocol;
}

/* The port at this place of the header, 0 where the packet has none that can be read. */
static __always_inline u16 port_at(const struct packet *packet, u32 place)
{
	u32 offset;
	int protocol = find_transport(packet, &offset);
	__be16 port;

	if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
		return 0;
	return load(packet, offset + place, &port, sizeof(port)) ? bpf_ntohs(port) : 0;
}

static __always_inline u16 local_port_of(const struct meeting *meeting)
{
	const struct sock *sk = meeting->sk;
	struct packet packet;

	if (sk)
		return BPF_CORE_READ(sk, __sk_common.skc_num);
	if (!meeting->skb)
		return 0;
	packet = packet_met(meeting);
	return port_at(&packet, is_sending(meeting) ? SOURCE_PORT : DESTINATION_PORT);
}

/* An address in network order, IPv4 mapped into IPv6. Returns false when it cannot be read. */
struct address {
	u32 words[4];
};

static __always_inline bool load_address(const struct packet *packet, u32 ipv4_place, u32 ipv6_place,
					 struct address *address)
{
	if (packet->ethertype == ETH_P_IPV6)
		return load(packet, ipv6_place, address->words, sizeof(address->words));
	address->words[0] = 0;
	address->words[1] = 0;
	address->words[2] = IPV4_MAPPED;
	return packet->ethertype == ETH_P_IP && load(packet, ipv4_place, &address->words[3], 4);
}

static __always_inline bool peer_of(const struct sock *sk, struct address *address)
{
	if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET6)
		return read_ipv6_peer(sk, address->words);
	address->words[0] = 0;
	address->words[1] = 0;
	address->words[2] = IPV4_MAPPED;
	address->words[3] = BPF_CORE_READ(sk, __sk_common.skc_daddr);
	return true;
}

/* The other side. TCP may have merged packets whose headers are gone, but its socket knows; a UDP socket has no peer.
 */
static __always_inline bool remote_address_of(const struct meeting *meeting, struct address *address)
{
	const struct sock *sk = meeting->sk;
	struct packet packet;

	if (sk && BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP)
		return peer_of(sk, address);
	packet = packet_met(meeting);
	if (is_sending(meeting))
		return load_address(&packet, IPV4_DESTINATION, IPV6_DESTINATION_ADDRESS, address);
	return load_address(&packet, IPV4_SOURCE, IPV6_SOURCE, address);
}

#endif
