/* SPDX-License-Identifier: Apache-2.0 */
/* What is known about tracing programs (fentry, fexit) before one is loaded. */
#ifndef LAGPIPE_TRACING_H
#define LAGPIPE_TRACING_H

#include <stdbool.h>

/*
 * Whether the kernel refuses tracing programs, or does not have this function. Returns 0 when neither is known, or a
 * negative errno. Reads the kernel's type information once, and tries one empty program.
 */
int tracing_refused(const char *function);

/* Whether the kernel was built with IPv6; true where it has no type information that tells. */
bool tracing_has_ipv6(void);

/* Gives back the memory that the type information takes. */
void tracing_forget(void);

#endif
