/* SPDX-License-Identifier: Apache-2.0 */
#include "programs.h"

#include "host.h"
#include "probes.h"

const char *const attach_names[ATTACH_TYPES] = {
	[ATTACH_TRACING] = "tracing",
	[ATTACH_KPROBE] = "kprobe",
	[ATTACH_NETFILTER_FOLLOWED] = "netfilter_followed",
	[ATTACH_NETFILTER] = "netfilter",
	[ATTACH_RAW_TRACEPOINT] = "raw_tracepoint",
	[ATTACH_CGROUP] = "cgroup",
};

const enum tier attach_tiers[ATTACH_TYPES] = {
	[ATTACH_TRACING] = TIER_TRACING,	 [ATTACH_KPROBE] = TIER_KPROBE, [ATTACH_NETFILTER] = TIER_HOOK,
	[ATTACH_NETFILTER_FOLLOWED] = TIER_HOOK, [ATTACH_CGROUP] = TIER_HOOK,	[ATTACH_RAW_TRACEPOINT] = TIER_HOOK,
};

const uint64_t attach_capabilities[ATTACH_TYPES] = {
	[ATTACH_TRACING] = HAS_BPF | HAS_PERFMON,
	/* With kernel.perf_event_paranoid at 3, Debian's default, only CAP_SYS_ADMIN may open any perf event. */
	[ATTACH_KPROBE] = HAS_BPF | HAS_PERFMON | HAS_SYS_ADMIN,
	/* Entering takes CAP_SYS_ADMIN, finding those that only processes of others have CAP_SYS_PTRACE. */
	[ATTACH_NETFILTER_FOLLOWED] = HAS_BPF | HAS_PERFMON | HAS_NET_ADMIN | HAS_SYS_ADMIN,
	[ATTACH_NETFILTER] = HAS_BPF | HAS_PERFMON | HAS_NET_ADMIN,
	[ATTACH_RAW_TRACEPOINT] = HAS_BPF | HAS_PERFMON,
	[ATTACH_CGROUP] = HAS_BPF | HAS_PERFMON | HAS_NET_ADMIN,
};

const struct probe_list *const probe_lists[PROGRAMS] = {
	[PROGRAM_STACK_LATENCY] = &stack_latency_probes,
	[PROGRAM_TCP_CONNECT] = &tcp_connect_probes,
	[PROGRAM_TCP_LIFE] = &tcp_life_probes,
	[PROGRAM_TCP_EVENTS] = &tcp_events_probes,
};
