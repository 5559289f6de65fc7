/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Source and destination of a packet, read from its headers. */
#ifndef LAGPIPE_PACKET_ADDRESSES_BPF_H
#define LAGPIPE_PACKET_ADDRESSES_BPF_H

#include "packet.bpf.h"

struct packet_addresses {
	u8 source[16]; /* IPv4 in the first four bytes */
	u8 destination[16];
	u16 source_port; /* 0: none, or behind IPv6 extension headers */
	u16 destination_port;
	u8 ip_version; /* 0: no IP packet */
};

static __always_inline void load_ports(const struct packet *packet, u32 offset, u8 protocol,
				       struct packet_addresses *to)
{
	__be16 ports[2];

	if ((protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) || !load(packet, offset, ports, sizeof(ports)))
		return;
	to->source_port = bpf_ntohs(ports[0]);
	to->destination_port = bpf_ntohs(ports[1]);
}

static __always_inline void load_ipv4(const struct packet *packet, struct packet_addresses *to)
{
	u8 header[20];

	if (!load(packet, 0, header, sizeof(header)))
		return;
	to->ip_version = 4;
	__builtin_memcpy(to->source, header + 12, 4);
	__builtin_memcpy(to->destination, header + 16, 4);
	/* The fragment's offset: only the first one has ports. */
	if (!(header[6] & 0x1f) && !header[7])
		load_ports(packet, 4 * (header[0] & 0xf), header[9], to);
}

static __always_inline void load_ipv6(const struct packet *packet, struct packet_addresses *to)
{
	u8 header[IPV6_HEADER_BYTES];

	if (!load(packet, 0, header, sizeof(header)))
		return;
	to->ip_version = 6;
	__builtin_memcpy(to->source, header + 8, 16);
	__builtin_memcpy(to->destination, header + 24, 16);
	load_ports(packet, IPV6_HEADER_BYTES, header[6], to);
}

static __always_inline void load_addresses(const struct packet *packet, struct packet_addresses *to)
{
	__builtin_memset(to, 0, sizeof(*to));
	if (packet->ethertype == ETH_P_IP)
		load_ipv4(packet, to);
	else if (packet->ethertype == ETH_P_IPV6)
		load_ipv6(packet, to);
}

#endif
