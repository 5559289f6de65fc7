/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which transport protocol a packet carries, read from its headers. */
#ifndef LAGPIPE_PACKET_BPF_H
#define LAGPIPE_PACKET_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "kernel_read.bpf.h"

#define IPV6_HOP_BY_HOP	  0
#define IPV6_ROUTING	  43
#define IPV6_FRAGMENT	  44
#define IPV6_AUTH	  51
#define IPV6_DESTINATION  60
#define IPV6_HEADER_BYTES 40
#define IPV4_HEADER_BYTES 20 /* without options */

/* RFC 8200 section 4.1 lists six extension headers, destination options twice; a longer chain is not followed. */
#define IPV6_EXTENSIONS 7

/* No transport protocol: what follows is no header that this program could read. */
#define PROTOCOL_UNREADABLE (-1)
/* A later fragment: the datagram counts by its first. */
#define PROTOCOL_NONE (-2)

/* The linear part of a packet, from its network header on. */
struct packet {
	u16 ethertype;
	const unsigned char *header;
	u32 bytes;
};

/* `data` may have moved on to the transport header; what lies between is linear all the same. */
static __always_inline struct packet linear_part(__be16 protocol, const unsigned char *header,
						 const unsigned char *data, u32 linear)
{
	return (struct packet){ .ethertype = bpf_ntohs(protocol), .header = header, .bytes = data - header + linear };
}

static __always_inline struct packet packet_of(const struct sk_buff *skb)
{
	return linear_part(BPF_CORE_READ(skb, protocol), BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header),
			   BPF_CORE_READ(skb, data), BPF_CORE_READ(skb, len) - BPF_CORE_READ(skb, data_len));
}

/* As packet_of(), for a pointer that the verifier knows. */
static __always_inline struct packet trusted_packet_of(const struct sk_buff *skb)
{
	return linear_part(skb->protocol, skb->head + skb->network_header, skb->data, skb->len - skb->data_len);
}

static __always_inline bool load(const struct packet *packet, u32 offset, void *to, u32 size)
{
	return offset + size <= packet->bytes && !bpf_probe_read_kernel(to, size, packet->header + offset);
}

/* Follows the extension headers of IPv6 to the transport protocol, and says where its header begins. */
static __always_inline int ipv6_transport(const struct packet *packet, u32 *offset)
{
	const unsigned char *header = packet->header;
	u8 next;

	*offset = IPV6_HEADER_BYTES;
	if (packet->bytes < IPV6_HEADER_BYTES)
		return PROTOCOL_UNREADABLE;
	next = READ(KNOWN(struct ipv6hdr, header), nexthdr);
	for (int i = 0; i < IPV6_EXTENSIONS; i++) {
		u8 extension[4];

		if (next != IPV6_HOP_BY_HOP && next != IPV6_ROUTING && next != IPV6_FRAGMENT && next != IPV6_AUTH &&
		    next != IPV6_DESTINATION)
			return next;
		if (!load(packet, *offset, extension, sizeof(extension)))
			return PROTOCOL_UNREADABLE;
		if (next == IPV6_FRAGMENT) {
			if (extension[2] || extension[3] & 0xf8)
				return PROTOCOL_NONE;
			*offset += 8;
		} else if (next == IPV6_AUTH) {
			*offset += 4 * (extension[1] + 2);
		} else {
			*offset += 8 * (extension[1] + 1);
		}
		next = extension[0];
	}
	return PROTOCOL_UNREADABLE;
}

static __always_inline int transport_protocol(const struct packet *packet)
{
	const unsigned char *header = packet->header;
	u32 offset;

	if (packet->ethertype == ETH_P_IPV6)
		return ipv6_transport(packet, &offset);
	if (packet->ethertype != ETH_P_IP)
		return PROTOCOL_NONE;
	if (packet->bytes < IPV4_HEADER_BYTES)
		return PROTOCOL_UNREADABLE;
	return READ(KNOWN(struct iphdr, header), protocol);
}

#endif
