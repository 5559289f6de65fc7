/* SPDX-License-Identifier: Apache-2.0 */
/* What this host and this process are allowed, and what a refusal therefore means. */
#ifndef LAGPIPE_HOST_H
#define LAGPIPE_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits of /proc/self/status CapEff (linux/capability.h). */
#define HAS_NET_ADMIN  (1ULL << 12)
#define HAS_NET_RAW    (1ULL << 13)
#define HAS_SYS_PTRACE (1ULL << 19)
#define HAS_SYS_ADMIN  (1ULL << 21)
#define HAS_PERFMON    (1ULL << 38)
#define HAS_BPF	       (1ULL << 39)

/* Why a part does not measure. The code is for programs, the detail for people. */
struct failure {
	const char *code; /* missing_capability, no_btf, lockdown, not_permitted, no_such_hook or other */
	char detail[512];
};

uint64_t host_capabilities(void);

/* Which of `needed` this process lacks. CAP_SYS_ADMIN stands for CAP_BPF and CAP_PERFMON, as in the kernel. */
uint64_t host_missing(uint64_t needed);

/* "CAP_BPF, CAP_PERFMON" for a set of the bits above. */
void host_capability_names(uint64_t capabilities, char *text, size_t bytes);

/*
 * Whether BPF maps count as locked memory here, as until 5.11, and this process may have only so much of it. False
 * where it may not find out.
 */
bool host_limits_maps(void);

bool host_has_btf(void);

/* "none", "integrity" or "confidentiality"; "unknown" where securityfs does not show it. */
const char *host_lockdown(void);

/* Explains why `what` failed with a negative errno, for a process that should have had the `needed` capabilities. */
void host_explain(struct failure *failure, const char *what, int error, uint64_t needed);

#endif
