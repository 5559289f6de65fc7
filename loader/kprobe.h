/* SPDX-License-Identifier: Apache-2.0 */
/* Kprobes through perf events of their own, which vanish with their file descriptor, as links do. */
#ifndef LAGPIPE_KPROBE_H
#define LAGPIPE_KPROBE_H

#include <stdbool.h>

#include <bpf/libbpf.h>

/* A perf event at the start of a kernel function, or at its return. Returns its file descriptor or a negative errno. */
int kprobe_event_open(const char *function, bool at_return);

/* Attaches a program of a section "kprobe/FUNCTION" or "kretprobe/FUNCTION". Returns as kprobe_event_open(). */
int kprobe_attach(const struct bpf_program *program);

#endif
