/* SPDX-License-Identifier: Apache-2.0 */
/* Netfilter links (kernel 6.4) by the bpf(2) call itself: libbpf knows them from 1.3 on, Debian 12 has 1.1. */
#ifndef LAGPIPE_NETFILTER_LINK_H
#define LAGPIPE_NETFILTER_LINK_H

#include <stdint.h>

#include <bpf/libbpf.h>

/* The kernel's NFPROTO_ numbers. */
#define NETFILTER_IPV4 2
#define NETFILTER_IPV6 10

#define NETFILTER_PROGRAM_TYPE 32 /* BPF_PROG_TYPE_NETFILTER */
#define NETFILTER_ATTACH_TYPE  45 /* BPF_NETFILTER */

/*
 * Whether the kernel refuses an empty program of this type: 0, or a negative errno. Loading a whole object where the
 * type is unknown (before 6.4) ends in EPERM for whoever lacks CAP_SYS_ADMIN, as if that were the reason.
 */
int netfilter_refused(void);

void netfilter_set_type(struct bpf_program *program);

/*
 * Attaches to a hook of this network namespace, at the priority or the nearest one towards 0 that is free: the kernel
 * refuses a second BPF program at the same one (EBUSY), be it another part's or another loader's. Returns the link's
 * file descriptor or a negative errno.
 */
int netfilter_link_near(int program_fd, uint32_t family, uint32_t hook, int32_t priority);

#endif
