/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether this kernel lets programs read its memory with load instructions, and has tracepoints whose arguments are
 * typed: bpf/kernel_read.bpf.h.
 */
#ifndef LAGPIPE_DIRECT_READS_H
#define LAGPIPE_DIRECT_READS_H

#include <stdbool.h>

/* Tries one small program, once. */
bool direct_reads_work(void);

#endif
