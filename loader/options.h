/* SPDX-License-Identifier: Apache-2.0 */
/* The one line of JSON on standard input that says what to measure. */
#ifndef LAGPIPE_OPTIONS_H
#define LAGPIPE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../bpf/stack_latency_map.h"
#include "namespace_options.h"
#include "nic_options.h"

/* A sensible line has some 200 bytes; one with every filter as long as it may be, some 2000. */
#define OPTIONS_LINE_BYTES 4096

/* libpcap has names of its own besides those of interfaces, such as "any" and "usbmon1". */
#define INTERFACE_TEXT_BYTES 64
#define EXPRESSION_BYTES     2048

/* Ways to attach a part, the best first. */
enum tier { TIER_AUTO, TIER_TRACING, TIER_KPROBE, TIER_HOOK, TIERS };

enum program_id {
	PROGRAM_STACK_LATENCY,
	PROGRAM_TCP_CONNECT,
	PROGRAM_TCP_LIFE,
	PROGRAM_TCP_EVENTS,
	PROGRAM_SOCKETS,
	PROGRAM_NIC,
	PROGRAM_CAPTURE,
	PROGRAMS
};

struct options {
	enum program_id program;
	uint64_t interval_ms;		/* of histograms and statistics */
	uint64_t min_latency_ns;	/* tcp_connect */
	uint64_t max_in_flight;		/* tcp_connect: attempts without an end that there is room for */
	uint64_t max_connections;	/* tcp_life: the same of open connections */
	uint64_t stages;		/* stack_latency: bit s for enum stack_stage s */
	enum tier attach;		/* stack_latency: TIER_AUTO, or this one alone */
	bool own_namespace;		/* stack_latency, tcp_events: this network namespace only */
	struct stack_filter filter;	/* stack_latency */
	uint64_t group_by;		/* stack_latency: bits of enum stack_group_by */
	uint64_t max_groups;		/* stack_latency: of each stage */
	uint64_t group_idle_ms;		/* stack_latency: a group that was silent for so long makes room */
	uint64_t wanted_events;		/* tcp_events: bit k for enum tcp_event_kind k */
	uint64_t max_events_per_second; /* tcp_events */
	bool run_stats;
	uint64_t min_duration_ns;    /* tcp_life */
	uint64_t report_interval_ms; /* tcp_life; 0: no reports on open connections */
	struct namespaces_wanted namespaces;
	uint64_t census_interval_ms;		      /* sockets */
	uint64_t census_cpu_percent;		      /* sockets: of one processor, all censuses together */
	uint64_t idle_ms;			      /* sockets: a connection is idle from then on */
	uint64_t max_listeners, max_ports, max_peers; /* sockets: of each network namespace */
	struct interfaces_wanted interfaces;	      /* nic */
	bool all_statistics;			      /* nic: not only those that tell of trouble */
	uint64_t max_statistics;		      /* nic: of each interface */
	char interface[INTERFACE_TEXT_BYTES];	      /* capture */
	char expression[EXPRESSION_BYTES];	      /* capture: which packets, in the language of pcap-filter(7) */
	uint64_t snaplen, buffer_bytes;		      /* capture */
	bool promiscuous;			      /* capture */
};

extern const char *const program_names[PROGRAMS];
extern const char *const tier_names[TIERS];
extern const char *const stage_names[];

/* Parses `length` bytes. Returns 0, or -1 with one sentence in `problem`. */
int options_parse(const char *line, size_t length, struct options *options, char *problem, size_t problem_bytes);

/* Reads up to the first line's end. Returns 0, or -1 with one sentence in `problem`. */
int options_read(int fd, struct options *options, char *problem, size_t problem_bytes);

/* The table of options, for --help. */
void options_help(FILE *out);

#endif
