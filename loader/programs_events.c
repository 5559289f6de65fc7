/* SPDX-License-Identifier: Apache-2.0 */
#include "probes.h"

#define RETRANSMITS_COVERED "every segment sent again by a TCP socket, in all network namespaces"

#define DROPS_COVERED                                                                                                  \
	"every packet that the kernel drops with its reason, in all network namespaces; NOT_SPECIFIED is code that "   \
	"does not tell, and not always a loss. Packets that an interface or XDP drops unseen are missed"

static const struct probe rows[] = {
	{ PROGRAM_TCP_EVENTS, "retransmits", -1, ATTACH_RAW_TRACEPOINT, RETRANSMITS_COVERED,
	  .hooks = { { .program = "retransmitted_or_failed", .tracepoint = "tcp_retransmit_skb" } } },
	{ PROGRAM_TCP_EVENTS, "retransmits", -1, ATTACH_RAW_TRACEPOINT, RETRANSMITS_COVERED,
	  .hooks = { { .program = "retransmitted", .tracepoint = "tcp_retransmit_skb" } } },
	{ PROGRAM_TCP_EVENTS, "syn-ack-retransmits", -1, ATTACH_RAW_TRACEPOINT,
	  "every SYN-ACK sent again, in all network namespaces",
	  .hooks = { { .program = "syn_ack_retransmitted", .tracepoint = "tcp_retransmit_synack" } } },
	{ PROGRAM_TCP_EVENTS, "resets-sent", -1, ATTACH_RAW_TRACEPOINT,
	  "every reset sent by TCP with its reason, in all network namespaces; those of firewall rules are missed",
	  .hooks = { { .program = "reset_sent", .tracepoint = "tcp_send_reset" } } },
	{ PROGRAM_TCP_EVENTS, "resets-sent", -1, ATTACH_RAW_TRACEPOINT,
	  "resets sent by TCP sockets, without a reason, in all network namespaces; those that answer a packet to a "
	  "port where nobody listens are missed, and those of firewall rules",
	  .hooks = { { .program = "reset_sent_untold", .tracepoint = "tcp_send_reset" } } },
	{ PROGRAM_TCP_EVENTS, "resets-received", -1, ATTACH_RAW_TRACEPOINT,
	  "every reset that ended a connection or an attempt, in all network namespaces; those for sockets in "
	  "TIME_WAIT and for half-open connections are missed",
	  .hooks = { { .program = "reset_received", .tracepoint = "tcp_receive_reset" } } },
	{ PROGRAM_TCP_EVENTS, "drops", -1, ATTACH_RAW_TRACEPOINT, DROPS_COVERED,
	  .hooks = { { .program = "packet_dropped", .tracepoint = "kfree_skb" } } },
	{ PROGRAM_TCP_EVENTS, "drops", -1, ATTACH_RAW_TRACEPOINT, DROPS_COVERED,
	  .hooks = { { .program = "packet_dropped_by_reason", .tracepoint = "kfree_skb" } } },
	{ PROGRAM_TCP_EVENTS, "drops", -1, ATTACH_RAW_TRACEPOINT,
	  "every packet that the kernel drops, in all network namespaces; this kernel does not tell reasons",
	  .hooks = { { .program = "packet_dropped_untold", .tracepoint = "kfree_skb" } } },
};

const struct probe_list tcp_events_probes = PROBE_LIST(rows);
