/* SPDX-License-Identifier: Apache-2.0 */
/* What is known about tracing programs (fentry, fexit) before one is loaded. */
#ifndef LAGPIPE_TRACING_H
#define LAGPIPE_TRACING_H

/*
 * Whether the kernel refuses tracing programs, or does not have this function. Returns 0 when neither is known, or a
 * negative errno. Tries one empty program, once.
 */
int tracing_refused(const char *function);

#endif
