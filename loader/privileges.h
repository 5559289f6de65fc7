/* SPDX-License-Identifier: Apache-2.0 */
/* The rights of this process shrink as it goes: what its program needs, from attaching on none. */
#ifndef LAGPIPE_PRIVILEGES_H
#define LAGPIPE_PRIVILEGES_H

#include <stdint.h>

#include "options.h"

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
 * (before 5.19 with kernel.unprivileged_bpf_disabled); that is found out by trying on `map_fd`. Returns 0 or a
 * negative errno.
 */
int privileges_end(int map_fd);

#endif
