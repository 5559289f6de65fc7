/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* bpf/stack_latency.bpf.c, but for how a latency is recorded: who includes this defines note_wait(). */
#ifndef LAGPIPE_OTHER_RECORDING_BPF_H
#define LAGPIPE_OTHER_RECORDING_BPF_H

#define DIRECT_READS
#define OTHER_RECORDING
#include "../bpf/meeting.bpf.h"

static __always_inline void note_wait(const struct meeting *meeting, s64 waited);

#include "../bpf/stack_latency.bpf.c"

#endif
