/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How the programs read kernel memory on their way to a sample. Tracepoints and kprobes get pointers whose type the
 * verifier does not know, and through such a pointer each field takes a call of bpf_probe_read_kernel, some 23 ns.
 * Since 6.2 a program may say what type a pointer is of; then a field is one load instruction. A pointer that leads
 * nowhere reads as 0 either way.
 *
 * The same sources are compiled for both, because a kernel without bpf_rdonly_cast refuses programs that mention it;
 * which one is loaded is decided by trying (loader/direct_reads.c).
 */
#ifndef LAGPIPE_KERNEL_READ_BPF_H
#define LAGPIPE_KERNEL_READ_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#ifdef DIRECT_READS

extern void *bpf_rdonly_cast(const void *pointer, __u32 type) __ksym;

/* The same pointer, of a type that the verifier knows too. For READ() and nothing else. */
#define KNOWN(type, pointer) ((const type *)bpf_rdonly_cast((const void *)(pointer), bpf_core_type_id_kernel(type)))

#define READ(pointer, field) ((pointer)->field)

/*
 * A tracepoint whose arguments the verifier knows the types of and trusts: their fields are read as they are, while
 * each read of a KNOWN() pointer first compares it with the kernel's address range, nine instructions.
 */
#define TYPED_TRACEPOINT(name) SEC("tp_btf/" name)

#define ARGUMENT(type, value) ((const type *)(value))

#else

#define KNOWN(type, pointer) ((const type *)(pointer))

#define READ(pointer, field) BPF_CORE_READ(pointer, field)

#define TYPED_TRACEPOINT(name) SEC("raw_tp/" name)

#define ARGUMENT(type, value) KNOWN(type, value)

#endif

#endif
