/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's own type information (BTF), read once for everything that is asked of it while attaching. */
#ifndef LAGPIPE_KERNEL_TYPES_H
#define LAGPIPE_KERNEL_TYPES_H

#include <stdbool.h>

/* Returns the number of a function, a negative errno (-ENOENT: there is none), or -ENODATA without BTF. */
int kernel_function(const char *name);

/* The same of a struct. */
int kernel_struct(const char *name);

/* The same of a tracepoint, for programs that know the types of its arguments. */
int kernel_tracepoint(const char *name);

/* Whether the kernel was built with IPv6; true where it has no type information that tells. */
bool kernel_has_ipv6(void);

/*
 * Whether the kernel runs no tracing program of others while process 1 runs: not in its calls, nor in interrupts that
 * come in its time. It counts none of what they miss. Kernels made to run sandboxes do that; stock kernels do not.
 */
bool kernel_hides_process_1(void);

/* Gives back the memory that the type information takes. */
void kernel_types_forget(void);

#endif
