/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loader's standard output: frames, back to back, little endian. A frame is this header and then `length`
 * bytes of payload. A reader that meets an unknown version stops; one that meets an unknown type skips it.
 */
#ifndef LAGPIPE_FRAME_H
#define LAGPIPE_FRAME_H

#include <stdint.h>

#define FRAME_MAGIC   0x5047414c /* the bytes "LAGP" */
#define FRAME_VERSION 1

/* Which record fills the payload; `count` of them, back to back. */
enum frame_type {
	FRAME_HELLO = 1,	     /* one JSON object: what was attached, and where */
	FRAME_STACK_LATENCY = 2,     /* struct stack_latency_record (bpf/stack_latency.h) */
	FRAME_TCP_CONNECT = 3,	     /* struct tcp_connect_record (bpf/tcp_connect.h) */
	FRAME_TCP_CONNECT_STATS = 4, /* struct tcp_connect_stats (bpf/tcp_connect.h) */
	FRAME_RUN_STATS = 5,	     /* one JSON object: run time of each BPF program, when asked for */
	FRAME_TCP_LIFE = 6,	     /* struct tcp_life_record (bpf/tcp_life.h) */
	FRAME_TCP_LIFE_TIMES = 7,    /* struct tcp_life_durations (bpf/tcp_life.h) */
	FRAME_TCP_LIFE_STATS = 8,    /* struct tcp_life_stats (bpf/tcp_life.h) */
	FRAME_TCP_EVENT = 9,	     /* struct tcp_event_record (bpf/tcp_events.h) */
	FRAME_TCP_COUNTER = 10,	     /* struct tcp_counter_record (bpf/tcp_events.h) */
	FRAME_TCP_EVENTS_STATS = 11, /* struct tcp_events_stats (bpf/tcp_events.h) */
	FRAME_STACK_GROUP = 12,	     /* struct stack_group_record (bpf/stack_latency.h) */
	FRAME_SOCKET_LISTENER = 20,  /* struct socket_listener_record (socket_records.h) */
	FRAME_SOCKET_GROUP = 21,     /* struct socket_group_record (socket_records.h) */
	FRAME_SOCKET_PEER = 22,	     /* struct socket_peer_record (socket_records.h) */
	FRAME_SOCKET_TIMES = 23,     /* struct socket_times_record (socket_records.h) */
	FRAME_SOCKET_TOTALS = 24,    /* struct socket_totals_record (socket_records.h) */
	FRAME_SOCKET_CENSUS = 25,    /* struct socket_census_record (socket_records.h) */
	FRAME_SOCKET_TICK = 26,	     /* struct socket_tick_record (socket_records.h) */
	FRAME_NIC_INTERFACE = 27,    /* struct nic_interface_record (nic_records.h) */
	FRAME_NIC_STATISTIC = 28,    /* struct nic_statistic_record (nic_records.h) */
	FRAME_NIC_TICK = 29,	     /* struct nic_tick_record (nic_records.h) */
	FRAME_CAPTURE = 30,	     /* bytes of a pcap file, cut anywhere; the count is of records that begin here */
	FRAME_CAPTURE_STATS = 31,    /* struct capture_stats_record (capture_records.h) */
};

struct frame_header {
	uint32_t magic;
	uint16_t version;
	uint16_t type;
	uint32_t length; /* bytes of payload */
	uint32_t count;	 /* records in the payload */
};

_Static_assert(sizeof(struct frame_header) == 16, "src/loader decodes this layout");

#endif
