/* SPDX-License-Identifier: Apache-2.0 */
#include "programs.h"

#include <limits.h>
#include <stddef.h>

#include "../bpf/stack_latency.h"
#include "host.h"

const char *const attach_names[ATTACH_TYPES] = {
	[ATTACH_NETFILTER] = "netfilter",
	[ATTACH_RAW_TRACEPOINT] = "raw_tracepoint",
	[ATTACH_CGROUP] = "cgroup",
};

const uint64_t attach_capabilities[ATTACH_TYPES] = {
	[ATTACH_NETFILTER] = HAS_BPF | HAS_PERFMON | HAS_NET_ADMIN,
	[ATTACH_RAW_TRACEPOINT] = HAS_BPF | HAS_PERFMON,
	[ATTACH_CGROUP] = HAS_BPF | HAS_PERFMON | HAS_NET_ADMIN,
};

#define HOOK_PRE_ROUTING 0
#define HOOK_LOCAL_IN	 1

/* The kernel keeps INT_MIN and INT_MAX for its own defragmentation and conntrack, and refuses them (ERANGE). */
#define PRIORITY_FIRST (INT_MIN + 1)
#define PRIORITY_LAST  (INT_MAX - 1)

#define FROM_DELIVERY "TCP from this host is measured from its local delivery, after the input rules"

#define ONE_NAMESPACE                                                                                                  \
	"this process's network namespace, IPv4 and IPv6; other namespaces are missed. TCP from this host (loopback, " \
	"veth) is measured from when it was sent"

const struct probe probes[] = {
	{ PROGRAM_STACK_LATENCY,
	  "ip-start",
	  STAGE_IP_START,
	  ATTACH_NETFILTER,
	  "every packet before prerouting in " ONE_NAMESPACE "; forwarded packets and each IP fragment count",
	  { { .program = "ip_start", .netfilter_hook = HOOK_PRE_ROUTING, .priority = PRIORITY_FIRST } } },
	{ PROGRAM_STACK_LATENCY,
	  "tcp-start",
	  STAGE_TCP_START,
	  ATTACH_NETFILTER,
	  "every TCP segment after the input rules in " ONE_NAMESPACE "; segments that a rule dropped are missed",
	  { { .program = "tcp_start", .netfilter_hook = HOOK_LOCAL_IN, .priority = PRIORITY_LAST } } },
	{ PROGRAM_STACK_LATENCY,
	  "udp-start",
	  STAGE_UDP_START,
	  ATTACH_NETFILTER,
	  "every UDP datagram after the input rules in " ONE_NAMESPACE
	  "; datagrams that a rule dropped are missed, and a "
	  "fragmented IPv6 datagram counts when its first fragment arrives",
	  { { .program = "udp_start", .netfilter_hook = HOOK_LOCAL_IN, .priority = PRIORITY_LAST } } },
	{ PROGRAM_STACK_LATENCY,
	  "tcp-socket-enqueued",
	  STAGE_TCP_SOCKET_ENQUEUED,
	  ATTACH_RAW_TRACEPOINT,
	  "data and FIN in all network namespaces, by the newest packet of the queue; below SO_RCVLOWAT nothing is "
	  "signalled, and so missed. " FROM_DELIVERY,
	  { { .program = "tcp_socket_enqueued", .tracepoint = "sk_data_ready" } } },
	{ PROGRAM_STACK_LATENCY,
	  "udp-socket-enqueued",
	  STAGE_UDP_SOCKET_ENQUEUED,
	  ATTACH_RAW_TRACEPOINT,
	  "datagrams in all network namespaces, by the newest packet of the queue; one that a reader took at once is "
	  "skipped as already read",
	  { { .program = "udp_socket_enqueued", .tracepoint = "sk_data_ready" } } },
	{ PROGRAM_STACK_LATENCY,
	  "tcp-socket-read",
	  STAGE_TCP_SOCKET_READ,
	  ATTACH_RAW_TRACEPOINT,
	  "every copy of a segment to a reader in all network namespaces: a segment read in parts, or peeked at, "
	  "counts "
	  "each time; splice, zero-copy and in-kernel readers are missed. " FROM_DELIVERY,
	  { { .program = "tcp_socket_read", .tracepoint = "skb_copy_datagram_iovec" } } },
	{ PROGRAM_STACK_LATENCY,
	  "udp-socket-read",
	  STAGE_UDP_SOCKET_READ,
	  ATTACH_RAW_TRACEPOINT,
	  "every datagram read in all network namespaces, matched to its stamp by the order of the queue; peeking does "
	  "not "
	  "count; where several threads read one socket at once, a sample may be another datagram's or be skipped",
	  { { .program = "udp_datagram_queued", .tracepoint = "sk_data_ready", .helps = true },
	    { .program = "udp_socket_read", .tracepoint = "sock_recv_length" } } },
	{ PROGRAM_STACK_LATENCY,
	  "udp-socket-read",
	  STAGE_UDP_SOCKET_READ,
	  ATTACH_RAW_TRACEPOINT,
	  "every datagram read in all network namespaces, told by its headers: copies of UDP that a capture or "
	  "multicast "
	  "dropped count as well, datagrams without a stamp are missed; peeking does not count",
	  { { .program = "udp_socket_read_by_header", .tracepoint = "consume_skb" } } },
	{ PROGRAM_TCP_CONNECT,
	  "attempts",
	  -1,
	  ATTACH_RAW_TRACEPOINT,
	  "every connect that chose a route, in all network namespaces",
	  { { .program = "connect_started", .tracepoint = "inet_sock_set_state" },
	    { .program = "connect_ended", .tracepoint = "inet_sock_set_state" } } },
	{ PROGRAM_TCP_CONNECT,
	  "unrouted",
	  -1,
	  ATTACH_CGROUP,
	  "connects that failed for want of a route, in the cgroup v2 tree that is mounted here; without it they are "
	  "missed, and durations start when the SYN is made instead of at connect()",
	  { { .program = "connect_called_ipv4" },
	    { .program = "connect_called_ipv6" },
	    { .program = "socket_released" } } },
};

const int probe_count = sizeof(probes) / sizeof(probes[0]);
