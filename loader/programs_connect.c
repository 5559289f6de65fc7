/* SPDX-License-Identifier: Apache-2.0 */
#include "probes.h"

static const struct probe rows[] = {
	{ PROGRAM_TCP_CONNECT, "attempts", -1, ATTACH_RAW_TRACEPOINT,
	  "every connect that chose a route, in all network namespaces",
	  .hooks = { { .program = "connect_started", .tracepoint = "inet_sock_set_state" },
		     { .program = "connect_ended", .tracepoint = "inet_sock_set_state" } } },
	{ PROGRAM_TCP_CONNECT, "translated", -1, ATTACH_RAW_TRACEPOINT,
	  "the address that each SYN has when it is handed to an interface, in all network namespaces; a translation "
	  "behind this host is missed",
	  .hooks = { { .program = "syn_queued", .tracepoint = "net_dev_queue", .helps = true } } },
	{ PROGRAM_TCP_CONNECT, "unrouted", -1, ATTACH_CGROUP,
	  "connects that failed for want of a route, in the cgroup v2 tree that is mounted here; without it they are "
	  "missed, and durations start when the SYN is made instead of at connect()",
	  .hooks = { { .program = "connect_called_ipv4" },
		     { .program = "connect_called_ipv6" },
		     { .program = "socket_released" } } },
};

const struct probe_list tcp_connect_probes = PROBE_LIST(rows);
