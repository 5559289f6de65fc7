/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where a SYN goes when this host translates its address. The SYN is looked at where it is handed to an interface,
 * which is behind the hooks of netfilter: its header then says another destination than its socket does. That needs no
 * word from conntrack, and holds for nft, iptables, IPVS and redirects alike.
 *
 *   container:  connect(10.96.0.10:80) --> veth: 10.96.0.10:80, socket known: its SYN is noted
 *   host:       PREROUTING: 10.96.0.10:80 becomes 10.244.1.7:8080 --> eth0: 10.244.1.7:8080, socket forgotten on the
 *               way: the SYN is known by its sequence number and timestamp
 *
 * A SYN that the host translates to a process of its own meets no interface any more. But the answer does: it repeats
 * number and timestamp, and its socket has the address that the SYN came to.
 */
#ifndef LAGPIPE_TCP_CONNECT_NAT_BPF_H
#define LAGPIPE_TCP_CONNECT_NAT_BPF_H

#include <stddef.h>

#include "packet.bpf.h"
#include "socket.bpf.h"
#include "tcp_connect_map.h"

#define TCP_FLAGS   0x17 /* ACK, RST, SYN, FIN */
#define TCP_SYN	    0x02
#define TCP_SYN_ACK 0x12

/* MSS, and SACK or padding, come before the timestamp: net/ipv4/tcp_output.c, tcp_options_write() */
#define TCP_TIMESTAMP_OPTION 26
#define TCP_OPTION_TIMESTAMP bpf_htons(0x080a) /* kind 8, 10 bytes */

struct syn {
	struct tcp_connect_syn identity;
	unsigned char address[16]; /* as in struct tcp_connect_record */
	u16 port;
	u8 ip_version;
};

struct tcp_header {
	u16 source, destination;
	u32 sequence, acknowledgment;
	u8 data_offset, flags;
};

/* Offset of the TCP header, or 0. */
static __always_inline u32 read_destination(const struct packet *packet, struct syn *syn)
{
	u32 offset;
	u8 first;

	if (packet->ethertype == ETH_P_IPV6) {
		syn->ip_version = 6;
		return ipv6_transport(packet, &offset) == IPPROTO_TCP && load(packet, 24, syn->address, 16) ? offset
													    : 0;
	}
	if (transport_protocol(packet) != IPPROTO_TCP || !load(packet, 0, &first, 1) ||
	    !load(packet, 16, syn->address, 4))
		return 0;
	syn->ip_version = 4;
	return (first & 0xf) * 4;
}

/* The timestamp of this end, or with `echo` the one of the other end that it repeats. */
static __always_inline u32 read_timestamp(const struct packet *packet, u32 tcp_offset, bool echo)
{
	u32 at = tcp_offset + TCP_TIMESTAMP_OPTION, timestamp = 0;
	u16 option;

	if (load(packet, at, &option, sizeof(option)) && option == TCP_OPTION_TIMESTAMP)
		load(packet, at + sizeof(option) + (echo ? 4 : 0), &timestamp, sizeof(timestamp));
	return timestamp;
}

/* The address that the answered SYN came to: the answer's own has been translated back. */
static __always_inline bool read_listener(const struct sk_buff *skb, struct syn *syn)
{
	const struct sock *sk = BPF_CORE_READ(skb, sk);
	const u64 *words = (const u64 *)syn->address;

	if (!sk)
		return false;
	__builtin_memset(syn->address, 0, sizeof(syn->address));
	if (syn->ip_version == 6)
		read_ipv6_local(sk, syn->address);
	else
		*(u32 *)syn->address = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
	syn->port = BPF_CORE_READ(sk, __sk_common.skc_num);
	return words[0] || words[1]; /* with SYN cookies it is the listening socket, which may have no address */
}

/* Three reads that spare all other packets the dozen of read_syn(); other protocols may look like one. */
static __always_inline bool looks_like_syn(const struct sk_buff *skb)
{
	const unsigned char *header = BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, transport_header);
	u8 flags;

	return !bpf_probe_read_kernel(&flags, 1, header + offsetof(struct tcp_header, flags)) && flags & TCP_SYN;
}

/* Reads a SYN, or from its answer what there is to know about it. */
static __always_inline bool read_syn(const struct sk_buff *skb, struct syn *syn)
{
	struct packet packet = packet_of(skb);
	u32 offset = read_destination(&packet, syn);
	struct tcp_header tcp;
	bool answers;

	if (!offset || !load(&packet, offset, &tcp, sizeof(tcp)))
		return false;
	answers = (tcp.flags & TCP_FLAGS) == TCP_SYN_ACK;
	if (!answers && (tcp.flags & TCP_FLAGS) != TCP_SYN)
		return false;
	syn->port = bpf_ntohs(tcp.destination);
	syn->identity.sequence = answers ? bpf_htonl(bpf_ntohl(tcp.acknowledgment) - 1) : tcp.sequence;
	syn->identity.timestamp = read_timestamp(&packet, offset, answers);
	return !answers || read_listener(skb, syn);
}

static __always_inline void note_translation(struct tcp_connect_attempt *attempt, const struct syn *syn)
{
	const u64 *theirs = (const u64 *)attempt->peer_address;
	u64 address[2];

	if (attempt->ip_version != syn->ip_version)
		return;
	__builtin_memcpy(address, syn->address, sizeof(address));
	if (theirs[0] == address[0] && theirs[1] == address[1] && attempt->peer_port == syn->port)
		return;
	__builtin_memcpy(attempt->nat_peer_address, address, sizeof(address));
	attempt->nat_peer_port = syn->port;
}

#endif
