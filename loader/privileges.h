/* SPDX-License-Identifier: Apache-2.0 */
/* The rights of this process shrink as it goes: what its program needs, from attaching on none. */
#ifndef LAGPIPE_PRIVILEGES_H
#define LAGPIPE_PRIVILEGES_H

#include <stdint.h>

#include "host.h"
#include "options.h"

/* What entering network namespaces takes, and finding those that only processes of other users have. */
#define PRIVILEGES_TO_FOLLOW (HAS_SYS_ADMIN | HAS_SYS_PTRACE)

/*
 * First of all: closes inherited files, rules out gaining rights by executing anything (no_new_privs), keeps only
 * capabilities that some program could need, and those out of effect until privileges_use(). Returns 0 or a negative
 * errno.
 */
int privileges_begin(void);

/* What loading and attaching the program of these options takes. */
uint64_t privileges_needed(const struct options *options);

/* Puts these capabilities into effect and gives up all others for good. Returns 0 or a negative errno. */
int privileges_use(uint64_t capabilities);

/*
 * Gives up every capability, but for CAP_BPF where the kernel lets nobody without it read a map that is already open
 * (before 5.19 with kernel.unprivileged_bpf_disabled); that is found out by trying on `map_fd`. Those for `later` are
 * kept out of effect. Returns 0 or a negative errno.
 */
int privileges_end(int map_fd, uint64_t later);

/* The same for a program without maps. */
int privileges_keep(uint64_t later);

/* Puts into effect, for a moment, what was kept for a later one. */
void privileges_raise(void);
void privileges_lower(void);

#endif
