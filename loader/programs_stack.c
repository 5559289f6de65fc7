/* SPDX-License-Identifier: Apache-2.0 */
#include "probes.h"

#include <limits.h>

#include "../bpf/stack_latency.h"

#define HOOK_PRE_ROUTING 0
#define HOOK_LOCAL_IN	 1

/* The kernel keeps INT_MIN and INT_MAX for its own defragmentation and conntrack, and refuses them (ERANGE). */
#define PRIORITY_FIRST (INT_MIN + 1)
#define PRIORITY_LAST  (INT_MAX - 1)

#define FROM_DELIVERY "TCP from this host is measured from its local delivery, after the input rules"

#define FROM_ARRIVAL "TCP from this host (loopback, veth) is measured from its arrival at the interface"

/* What the kernel's functions see, by fentry as by kprobe. */
#define SEES_IP                                                                                                        \
	"every packet and IP fragment that reaches IP in all network namespaces, forwarded ones and those that IP "    \
	"then refuses too. " FROM_ARRIVAL
#define SEES_TCP "every TCP segment after the input rules in all network namespaces. " FROM_DELIVERY
#define SEES_UDP "every UDP datagram after the input rules in all network namespaces"
#define SEES_TCP_QUEUE                                                                                                 \
	"data and FIN in all network namespaces, each segment that came in order; segments behind a gap are "          \
	"missed. " FROM_DELIVERY
#define SEES_UDP_QUEUE "every datagram that a socket's queue had room for, in all network namespaces"
#define SEES_TCP_READ                                                                                                  \
	"every copy of a segment to a reader in all network namespaces: a segment read in parts, or peeked at, "       \
	"counts each time; splice, zero-copy and in-kernel readers are missed. " FROM_DELIVERY
#define SEES_UDP_READ "every datagram read in all network namespaces; peeking does not count"

#define BY_KPROBE "; runs that the kernel left out are counted from 6.7 on"

/* By netfilter, which is one network namespace at a time. */
#define FORWARDED_TOO "forwarded packets and each IP fragment count. " FROM_ARRIVAL
#define AFTER_RULES   "segments that a rule dropped are missed. " FROM_ARRIVAL
#define DATAGRAMS_TOO                                                                                                  \
	"datagrams that a rule dropped are missed, and a fragmented IPv6 datagram counts when its first fragment "     \
	"arrives"
#define IN_EACH                                                                                                        \
	" in each network namespace that is mounted or has a process, followed as they come and go: a new one is "     \
	"seen within a second at most, mounted ones at once"
#define IN_OWN	    " in this process's network namespace; other namespaces are missed"
#define IN_OWN_ONLY " in this process's network namespace"

/* By tracepoints that see all network namespaces, and less. */
#define RECEIVED                                                                                                       \
	"every IP packet that an interface receives, once for each interface of a stack, bridged ones too, before "    \
	"tc; VLAN tags that the interface left in the packet hide it"
#define PROBED                                                                                                         \
	"segments of established connections, when TCP takes them up: handshakes, closing connections and segments "   \
	"without a connection are missed. " FROM_DELIVERY

/* At the root of the cgroup v2 tree, which is one for all network namespaces. */
#define MET_TCP                                                                                                        \
	"every TCP segment that has found its socket, handshakes too; segments without one and those of connections "  \
	"in TIME_WAIT are missed. " FROM_DELIVERY
#define MET_UDP                                                                                                        \
	"every UDP datagram that has found its socket, for each socket of a multicast; datagrams without one, those "  \
	"of kernel tunnels (VXLAN, WireGuard) and those with a wrong length are missed"

/* Only kernels that keep the transmit stamp need it; on others it finds nothing. */
static bool needs_arrivals(const struct options *options)
{
	return options->stages & (1ULL << STAGE_IP_START | 1ULL << STAGE_TCP_START);
}

static bool needs_gaps(const struct options *options)
{
	return options->filter.drop_reordered;
}

static const struct probe rows[] = {
	{ PROGRAM_STACK_LATENCY, "ip-start", STAGE_IP_START, ATTACH_TRACING, SEES_IP,
	  .hooks = { { .program = "trace_ip4_start" }, { .program = "trace_ip6_start", .ipv6 = true } } },
	{ PROGRAM_STACK_LATENCY, "ip-start", STAGE_IP_START, ATTACH_KPROBE, SEES_IP BY_KPROBE,
	  .hooks = { { .program = "probe_ip4_start" }, { .program = "probe_ip6_start", .ipv6 = true } } },
	{ PROGRAM_STACK_LATENCY, "ip-start", STAGE_IP_START, ATTACH_NETFILTER_FOLLOWED,
	  "every packet before prerouting" IN_EACH "; " FORWARDED_TOO,
	  .hooks = { { .program = "ip_start", .netfilter_hook = HOOK_PRE_ROUTING, .priority = PRIORITY_FIRST } },
	  .reach = REACH_ENTERED },
	{ PROGRAM_STACK_LATENCY, "ip-start", STAGE_IP_START, ATTACH_NETFILTER,
	  "every packet before prerouting" IN_OWN_ONLY "; " FORWARDED_TOO ". In all others " RECEIVED,
	  .hooks = { { .program = "ip_start", .netfilter_hook = HOOK_PRE_ROUTING, .priority = PRIORITY_FIRST },
		     { .program = "ip_start_elsewhere", .tracepoint = "netif_receive_skb" } },
	  .reach = REACH_SPLIT },
	{ PROGRAM_STACK_LATENCY, "ip-start", STAGE_IP_START, ATTACH_NETFILTER,
	  "every packet before prerouting" IN_OWN "; " FORWARDED_TOO,
	  .hooks = { { .program = "ip_start", .netfilter_hook = HOOK_PRE_ROUTING, .priority = PRIORITY_FIRST } },
	  .reach = REACH_OWN },
	{ PROGRAM_STACK_LATENCY, "ip-start", STAGE_IP_START, ATTACH_RAW_TRACEPOINT,
	  "in all network namespaces " RECEIVED ". " FROM_ARRIVAL,
	  .hooks = { { .program = "ip_start_anywhere", .tracepoint = "netif_receive_skb" } } },
	{ PROGRAM_STACK_LATENCY, "tcp-start", STAGE_TCP_START, ATTACH_TRACING, SEES_TCP,
	  .hooks = { { .program = "trace_tcp4_start" }, { .program = "trace_tcp6_start", .ipv6 = true } } },
	{ PROGRAM_STACK_LATENCY, "tcp-start", STAGE_TCP_START, ATTACH_KPROBE, SEES_TCP BY_KPROBE,
	  .hooks = { { .program = "probe_tcp4_start" }, { .program = "probe_tcp6_start", .ipv6 = true } } },
	{ PROGRAM_STACK_LATENCY, "tcp-start", STAGE_TCP_START, ATTACH_NETFILTER_FOLLOWED,
	  "every TCP segment after the input rules" IN_EACH "; " AFTER_RULES,
	  .hooks = { { .program = "tcp_start", .netfilter_hook = HOOK_LOCAL_IN, .priority = PRIORITY_LAST } },
	  .reach = REACH_ENTERED },
	{ PROGRAM_STACK_LATENCY, "tcp-start", STAGE_TCP_START, ATTACH_NETFILTER,
	  "every TCP segment after the input rules" IN_OWN_ONLY "; " AFTER_RULES ". In all others " MET_TCP,
	  .hooks = { { .program = "tcp_start", .netfilter_hook = HOOK_LOCAL_IN, .priority = PRIORITY_LAST },
		     { .program = "tcp_met_elsewhere", .ingress = true } },
	  .reach = REACH_SPLIT },
	{ PROGRAM_STACK_LATENCY, "tcp-start", STAGE_TCP_START, ATTACH_NETFILTER,
	  "every TCP segment after the input rules" IN_OWN_ONLY "; " AFTER_RULES ". In all others " PROBED,
	  .hooks = { { .program = "tcp_start", .netfilter_hook = HOOK_LOCAL_IN, .priority = PRIORITY_LAST },
		     { .program = "tcp_start_elsewhere", .tracepoint = "tcp_probe" } },
	  .reach = REACH_SPLIT },
	{ PROGRAM_STACK_LATENCY, "tcp-start", STAGE_TCP_START, ATTACH_NETFILTER,
	  "every TCP segment after the input rules" IN_OWN "; " AFTER_RULES,
	  .hooks = { { .program = "tcp_start", .netfilter_hook = HOOK_LOCAL_IN, .priority = PRIORITY_LAST } },
	  .reach = REACH_OWN },
	{ PROGRAM_STACK_LATENCY, "tcp-start", STAGE_TCP_START, ATTACH_CGROUP, "in all network namespaces " MET_TCP,
	  .hooks = { { .program = "tcp_met_anywhere", .ingress = true } } },
	{ PROGRAM_STACK_LATENCY, "tcp-start", STAGE_TCP_START, ATTACH_RAW_TRACEPOINT,
	  "in all network namespaces " PROBED,
	  .hooks = { { .program = "tcp_start_anywhere", .tracepoint = "tcp_probe" } } },
	{ PROGRAM_STACK_LATENCY, "udp-start", STAGE_UDP_START, ATTACH_TRACING, SEES_UDP,
	  .hooks = { { .program = "trace_udp4_start" }, { .program = "trace_udp6_start", .ipv6 = true } } },
	{ PROGRAM_STACK_LATENCY, "udp-start", STAGE_UDP_START, ATTACH_KPROBE, SEES_UDP BY_KPROBE,
	  .hooks = { { .program = "probe_udp4_start" }, { .program = "probe_udp6_start", .ipv6 = true } } },
	{ PROGRAM_STACK_LATENCY, "udp-start", STAGE_UDP_START, ATTACH_NETFILTER_FOLLOWED,
	  "every UDP datagram after the input rules" IN_EACH "; " DATAGRAMS_TOO,
	  .hooks = { { .program = "udp_start", .netfilter_hook = HOOK_LOCAL_IN, .priority = PRIORITY_LAST } },
	  .reach = REACH_ENTERED },
	{ PROGRAM_STACK_LATENCY, "udp-start", STAGE_UDP_START, ATTACH_NETFILTER,
	  "every UDP datagram after the input rules" IN_OWN_ONLY "; " DATAGRAMS_TOO ". In all others " MET_UDP,
	  .hooks = { { .program = "udp_start", .netfilter_hook = HOOK_LOCAL_IN, .priority = PRIORITY_LAST },
		     { .program = "udp_met_elsewhere", .ingress = true } },
	  .reach = REACH_SPLIT },
	{ PROGRAM_STACK_LATENCY, "udp-start", STAGE_UDP_START, ATTACH_NETFILTER,
	  "every UDP datagram after the input rules" IN_OWN "; " DATAGRAMS_TOO,
	  .hooks = { { .program = "udp_start", .netfilter_hook = HOOK_LOCAL_IN, .priority = PRIORITY_LAST } },
	  .reach = REACH_OWN },
	{ PROGRAM_STACK_LATENCY, "udp-start", STAGE_UDP_START, ATTACH_CGROUP, "in all network namespaces " MET_UDP,
	  .hooks = { { .program = "udp_met_anywhere", .ingress = true } } },
	{ PROGRAM_STACK_LATENCY, "tcp-socket-enqueued", STAGE_TCP_SOCKET_ENQUEUED, ATTACH_TRACING, SEES_TCP_QUEUE,
	  .hooks = { { .program = "trace_tcp_enqueued" } } },
	{ PROGRAM_STACK_LATENCY, "tcp-socket-enqueued", STAGE_TCP_SOCKET_ENQUEUED, ATTACH_KPROBE,
	  SEES_TCP_QUEUE BY_KPROBE, .hooks = { { .program = "probe_tcp_enqueued" } } },
	{ PROGRAM_STACK_LATENCY, "tcp-socket-enqueued", STAGE_TCP_SOCKET_ENQUEUED, ATTACH_RAW_TRACEPOINT,
	  "data and FIN in all network namespaces, by the newest packet of the queue; below SO_RCVLOWAT nothing is "
	  "signalled, and so missed. " FROM_DELIVERY,
	  .hooks = { { .program = "tcp_socket_enqueued", .tracepoint = "sk_data_ready" } } },
	{ PROGRAM_STACK_LATENCY, "udp-socket-enqueued", STAGE_UDP_SOCKET_ENQUEUED, ATTACH_TRACING, SEES_UDP_QUEUE,
	  .hooks = { { .program = "trace_udp_arriving", .helps = true }, { .program = "trace_udp_enqueued" } } },
	{ PROGRAM_STACK_LATENCY, "udp-socket-enqueued", STAGE_UDP_SOCKET_ENQUEUED, ATTACH_KPROBE,
	  SEES_UDP_QUEUE BY_KPROBE,
	  .hooks = { { .program = "probe_udp_arriving", .helps = true }, { .program = "probe_udp_enqueued" } } },
	{ PROGRAM_STACK_LATENCY, "udp-socket-enqueued", STAGE_UDP_SOCKET_ENQUEUED, ATTACH_RAW_TRACEPOINT,
	  "datagrams in all network namespaces, by the newest packet of the queue; one that a reader took at once is "
	  "skipped as already read",
	  .hooks = { { .program = "udp_socket_enqueued", .tracepoint = "sk_data_ready" } } },
	{ PROGRAM_STACK_LATENCY, "tcp-socket-read", STAGE_TCP_SOCKET_READ, ATTACH_TRACING, SEES_TCP_READ,
	  .hooks = { { .program = "trace_tcp_read" } } },
	{ PROGRAM_STACK_LATENCY, "tcp-socket-read", STAGE_TCP_SOCKET_READ, ATTACH_KPROBE, SEES_TCP_READ BY_KPROBE,
	  .hooks = { { .program = "probe_tcp_read" } } },
	{ PROGRAM_STACK_LATENCY, "tcp-socket-read", STAGE_TCP_SOCKET_READ, ATTACH_RAW_TRACEPOINT,
	  "every copy of a segment to a reader in all network namespaces: a segment read in parts, or peeked at, "
	  "counts "
	  "each time; splice, zero-copy and in-kernel readers are missed. " FROM_DELIVERY,
	  .hooks = { { .program = "tcp_socket_read", .tracepoint = "skb_copy_datagram_iovec" } } },
	{ PROGRAM_STACK_LATENCY, "udp-socket-read", STAGE_UDP_SOCKET_READ, ATTACH_TRACING, SEES_UDP_READ,
	  .hooks = { { .program = "trace_udp_read" } } },
	{ PROGRAM_STACK_LATENCY, "udp-socket-read", STAGE_UDP_SOCKET_READ, ATTACH_KPROBE, SEES_UDP_READ BY_KPROBE,
	  .hooks = { { .program = "probe_udp_read" } } },
	{ PROGRAM_STACK_LATENCY, "udp-socket-read", STAGE_UDP_SOCKET_READ, ATTACH_RAW_TRACEPOINT,
	  "every datagram read in all network namespaces, matched to its stamp by the order of the queue; peeking does "
	  "not "
	  "count; where several threads read one socket at once, a sample may be another datagram's or be skipped",
	  .hooks = { { .program = "udp_datagram_queued", .tracepoint = "sk_data_ready", .helps = true },
		     { .program = "udp_socket_read", .tracepoint = "sock_recv_length" } } },
	{ PROGRAM_STACK_LATENCY, "udp-socket-read", STAGE_UDP_SOCKET_READ, ATTACH_RAW_TRACEPOINT,
	  "every datagram read in all network namespaces, told by its headers: copies of UDP that a capture or "
	  "multicast "
	  "dropped count as well, datagrams without a stamp are missed; peeking does not count",
	  .hooks = { { .program = "udp_socket_read_by_header", .tracepoint = "consume_skb", .blind = true } } },
	{ PROGRAM_STACK_LATENCY, "softirq-raised", STAGE_SOFTIRQ_RAISED, ATTACH_RAW_TRACEPOINT,
	  "every run of the NET_RX softirq on any CPU, from the first time that it was raised; of a run that was "
	  "raised "
	  "when the softirqs before it ran, the start is not known",
	  .hooks = { { .program = "softirq_raised", .tracepoint = "softirq_raise", .helps = true },
		     { .program = "softirq_entered", .tracepoint = "softirq_entry" } } },
	{ PROGRAM_STACK_LATENCY, "napi-poll", STAGE_NAPI_POLL, ATTACH_RAW_TRACEPOINT,
	  "every NAPI poll in the NET_RX softirq, from the softirq's start or the end of the poll before it on that "
	  "CPU; of polls elsewhere (busy polling, NAPI threads) the start is not known",
	  .hooks = { { .program = "polls_began", .tracepoint = "softirq_entry", .helps = true },
		     { .program = "napi_polled", .tracepoint = "napi_poll" },
		     { .program = "polls_ended", .tracepoint = "softirq_exit", .helps = true } } },
	{ PROGRAM_STACK_LATENCY, "qdisc", STAGE_QDISC, ATTACH_RAW_TRACEPOINT,
	  "every packet handed to an interface's driver in all network namespaces, once for each interface of a stack; "
	  "of segments that the kernel cut itself, and of packets that go round the queue, the start is not known",
	  .hooks = { { .program = "transmit_queued", .tracepoint = "net_dev_queue", .helps = true },
		     { .program = "transmit_started", .tracepoint = "net_dev_start_xmit" },
		     { .program = "transmit_dropped", .tracepoint = "kfree_skb", .helps = true },
		     { .program = "transmit_consumed", .tracepoint = "consume_skb", .helps = true } } },
	{ PROGRAM_STACK_LATENCY, "driver", STAGE_DRIVER, ATTACH_RAW_TRACEPOINT,
	  "every packet handed to an interface's driver in all network namespaces, until the driver lets go of it: a "
	  "network card frees what it has sent, loopback and veth hand it to the receiver, an interface on top of "
	  "another hands it on",
	  .hooks = { { .program = "driver_began", .tracepoint = "net_dev_start_xmit" },
		     { .program = "driver_dropped", .tracepoint = "kfree_skb", .helps = true },
		     { .program = "driver_done", .tracepoint = "consume_skb", .helps = true },
		     { .program = "driver_delivered", .tracepoint = "netif_rx", .helps = true },
		     { .program = "driver_delivered_by_poll", .tracepoint = "netif_receive_skb", .helps = true } } },
	{ PROGRAM_STACK_LATENCY, "local-arrivals", -1, ATTACH_RAW_TRACEPOINT,
	  "when TCP from this host comes in at loopback, veth and other interfaces without a card, for ip-start and "
	  "tcp-start; where a veth polls (NAPI, by XDP or GRO on it) those are skipped as transmit_stamp",
	  .hooks = { { .program = "local_arrived", .tracepoint = "netif_rx", .helps = true } },
	  .is_needed = needs_arrivals },
	{ PROGRAM_STACK_LATENCY, "gaps", -1, ATTACH_RAW_TRACEPOINT,
	  "which segments of established connections come in behind a gap",
	  .hooks = { { .program = "gap_seen", .tracepoint = "tcp_probe", .helps = true } }, .is_needed = needs_gaps },
};

const struct probe_list stack_latency_probes = PROBE_LIST(rows);
