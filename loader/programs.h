/* SPDX-License-Identifier: Apache-2.0 */
/* The list of what can be measured, and by which kernel hooks. */
#ifndef LAGPIPE_PROGRAMS_H
#define LAGPIPE_PROGRAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"

/* How a BPF program gets to run. Tracing is fentry and fexit, kprobe also kretprobe: sections name the function. */
enum attach_type {
	ATTACH_TRACING,
	ATTACH_KPROBE,
	ATTACH_NETFILTER_FOLLOWED, /* in all network namespaces, as they come and go */
	ATTACH_NETFILTER,
	ATTACH_RAW_TRACEPOINT,
	ATTACH_CGROUP,
	ATTACH_TYPES
};

/* The hooks that one part needs at most: the beginning of a driver's wait and four ends. */
#define PROBE_HOOKS 5

struct hook {
	const char *program;	 /* function in the BPF object */
	const char *tracepoint;	 /* raw, whatever the row's other hooks are */
	bool ingress;		 /* at the root of the whole cgroup v2 tree, whatever the row's other hooks are */
	uint32_t netfilter_hook; /* the kernel's NF_INET_ numbers; attached for IPv4 and IPv6 */
	int32_t priority;
	bool ipv6;  /* of IPv6's own function, which a kernel that is built without IPv6 does not have, or need */
	bool blind; /* cannot tell the socket, the interface and the network namespace of its packets */
	bool helps; /* prepares for another: that it was not run once is not a packet or a connect missed by itself */
};

/* In which network namespaces a row sees packets, where that is not all of them or takes more than attaching. */
enum reach {
	REACH_ALL,
	REACH_OWN,
	REACH_ENTERED, /* all: by entering each */
	REACH_SPLIT,   /* its own by one hook, the others by another */
};

/* One way to measure one part. Rows of the same part follow each other, the best first; the first that works is used.
 */
struct probe {
	enum program_id program;
	const char *part;
	int stage; /* enum stack_stage; -1 where the program has none */
	enum attach_type attach;
	const char *covers;
	struct hook hooks[PROBE_HOOKS];
	enum reach reach;
	bool (*is_needed)(const struct options *options); /* of a part that serves others; NULL: its stage decides */
};

struct probe_list {
	const struct probe *rows;
	int count;
};

/* NULL: a program that needs no BPF. */
extern const struct probe_list *const probe_lists[PROGRAMS];

extern const char *const attach_names[ATTACH_TYPES];

/* Whatever is neither tracing nor kprobe is a hook that the kernel offers by itself. */
extern const enum tier attach_tiers[ATTACH_TYPES];

/* Capabilities (host.h) that loading and attaching take. */
extern const uint64_t attach_capabilities[ATTACH_TYPES];

#endif
