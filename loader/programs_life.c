/* SPDX-License-Identifier: Apache-2.0 */
#include "probes.h"

#define SEES_ACCEPTS "every accept(), in all network namespaces"

static const struct probe rows[] = {
	{ PROGRAM_TCP_LIFE, "connections", -1, ATTACH_RAW_TRACEPOINT,
	  "every connection that is established from now on, in all network namespaces; those that are open already "
	  "are missed",
	  .hooks = { { .program = "connecting", .tracepoint = "inet_sock_set_state" },
		     { .program = "established", .tracepoint = "inet_sock_set_state" },
		     { .program = "closing", .tracepoint = "inet_sock_set_state" } } },
	{ PROGRAM_TCP_LIFE, "turns", -1, ATTACH_RAW_TRACEPOINT,
	  "data that applications send and receive by any call but splice() from a socket and zero-copy receive",
	  .hooks = { { .program = "data_sent", .tracepoint = "sock_send_length", .helps = true },
		     { .program = "data_received", .tracepoint = "sock_recv_length", .helps = true } } },
	{ PROGRAM_TCP_LIFE, "turns", -1, ATTACH_TRACING,
	  "data that applications send and receive by any call but splice() from a socket and zero-copy receive; TLS "
	  "in "
	  "the kernel is missed",
	  .hooks = { { .program = "trace_sent", .helps = true }, { .program = "trace_received", .helps = true } } },
	{ PROGRAM_TCP_LIFE, "accepts", -1, ATTACH_TRACING, SEES_ACCEPTS,
	  .hooks = { { .program = "trace_accepted", .helps = true } } },
	{ PROGRAM_TCP_LIFE, "accepts", -1, ATTACH_KPROBE, SEES_ACCEPTS,
	  .hooks = { { .program = "probe_accepted", .helps = true } } },
	{ PROGRAM_TCP_LIFE, "accepts", -1, ATTACH_CGROUP,
	  "calls of accept() that ask for the peer's address, in the cgroup v2 tree that is mounted here; others are "
	  "counted as unseen",
	  .hooks = { { .program = "accepted_ipv4", .helps = true }, { .program = "accepted_ipv6", .helps = true } } },
};

const struct probe_list tcp_life_probes = PROBE_LIST(rows);
