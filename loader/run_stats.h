/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's own statistics of the BPF programs. */
#ifndef LAGPIPE_RUN_STATS_H
#define LAGPIPE_RUN_STATS_H

#include <stdint.h>

#include "attach.h"
#include "frame_buffer.h"

/* How often the kernel did not run one of the part's programs, because it was running on that CPU already. */
uint64_t part_recursion_misses(const struct part *part);

/* The same of all live parts. */
uint64_t parts_recursion_misses(const struct parts *parts);

/* The kernel counts run times while this is open. Returns a file descriptor, or -1 after logging why not. */
int run_stats_enable(void);

/* Sends a FRAME_RUN_STATS. */
int run_stats_report(const struct parts *parts, struct frame_buffer *out);

#endif
