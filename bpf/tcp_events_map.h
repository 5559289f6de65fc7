/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What bpf/tcp_events.bpf.c and the loader share besides the records. */
#ifndef LAGPIPE_TCP_EVENTS_MAP_H
#define LAGPIPE_TCP_EVENTS_MAP_H

#include "tcp_events.h"

/* 7,700 records of 136 bytes: at most what a second's worth of events and the loader's 50 ms come to. */
#define TCP_EVENTS_RING_BYTES (1 << 20)

/* So much in the ring wakes the loader at once; less waits for its 50 ms timer. */
#define TCP_EVENTS_WAKE_BYTES (64 << 10)

/* The hook does not tell a reason: kernels before 5.17 (drops) and 6.10 (resets). */
#define REASON_UNTOLD 0xffffffffU

/* enum sk_rst_reason of 6.18 ends at 25. The last one is for all that are beyond. */
#define TCP_RESET_REASONS 64
#define TCP_STATE_SLOTS	  16

/*
 * Drop reasons are counted in slots. Core ones, of which 6.18 has 128, in the slot of their number. The high half of
 * the number is the subsystem: 0x20003 is the third of openvswitch (2), and its slot is 256 + (2 - 1) * 64 + 3.
 */
#define DROP_CORE_SLOTS	     256
#define DROP_SUBSYSTEMS	     4
#define DROP_SUBSYSTEM_SLOTS 64
#define DROP_SLOT_UNTOLD     (DROP_CORE_SLOTS + DROP_SUBSYSTEMS * DROP_SUBSYSTEM_SLOTS)
#define DROP_SLOT_BEYOND     (DROP_SLOT_UNTOLD + 1)
#define DROP_SLOTS	     (DROP_SLOT_UNTOLD + 2)

/* .rodata: fixed before the programs are loaded. */
struct tcp_events_settings {
	unsigned long long netns_inode;	  /* only this namespace; 0: all */
	unsigned long long spacing_ns;	  /* between events in the long run: a second over max_events_per_second */
	unsigned long long allowance_ns;  /* how far ahead of that a burst may be */
	unsigned long long wanted_events; /* bit k for enum tcp_event_kind k */
};

/* Per CPU, only growing. */
struct tcp_events_counts {
	unsigned long long retransmits[TCP_RETRANSMIT_KINDS];
	unsigned long long resets_sent[TCP_RESET_REASONS];
	unsigned long long resets_received[TCP_STATE_SLOTS];
	unsigned long long seen;
	unsigned long long events;
	unsigned long long suppressed;
	unsigned long long ring_full;
	unsigned long long unplaced;
};

/* Of one protocol. Per CPU, only growing. */
struct packet_drop_counts {
	unsigned long long slots[DROP_SLOTS];
};

#endif
