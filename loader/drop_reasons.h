/* SPDX-License-Identifier: Apache-2.0 */
/* Why a packet was dropped or a reset sent, by the running kernel's own names: their numbers change between kernels. */
#ifndef LAGPIPE_DROP_REASONS_H
#define LAGPIPE_DROP_REASONS_H

#include <stdint.h>

#include "../bpf/tcp_events_map.h"

#define REASON_SUBSYSTEMS 16

typedef char reason_name[TCP_EVENT_REASON_BYTES];

/* An empty name: this kernel has none for the number. */
struct reason_names {
	reason_name drops[DROP_CORE_SLOTS];
	reason_name subsystems[REASON_SUBSYSTEMS];
	reason_name resets[TCP_RESET_REASONS];
};

struct btf;

/* Reads the names from BTF. What that does not have stays empty. */
void reasons_from_btf(const struct btf *btf, struct reason_names *names);

/* From the running kernel's. Returns 0 or a negative errno. */
int reasons_read(struct reason_names *names);

/* "NO_SOCKET", or "OPENVSWITCH:3" for a subsystem's third, or "200" for one without a name. */
void reason_of_drop(const struct reason_names *names, uint32_t reason, char text[TCP_EVENT_REASON_BYTES]);
void reason_of_reset(const struct reason_names *names, uint32_t reason, char text[TCP_EVENT_REASON_BYTES]);

/* The reason that a slot counts; DROP_SLOT_BEYOND has none and gives 0xfffffffe. */
uint32_t reason_of_slot(uint32_t slot);

#endif
