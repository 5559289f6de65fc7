/* SPDX-License-Identifier: Apache-2.0 */
/* The one line of JSON on standard input that says what to measure. */
#ifndef LAGPIPE_OPTIONS_H
#define LAGPIPE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The longest sensible line has some 200 bytes. */
#define OPTIONS_LINE_BYTES 4096

enum program_id { PROGRAM_STACK_LATENCY, PROGRAM_TCP_CONNECT, PROGRAMS };

struct options {
	enum program_id program;
	uint64_t interval_ms;	 /* of histograms and statistics */
	uint64_t min_latency_ns; /* tcp_connect */
	uint64_t stages;	 /* stack_latency: bit s for enum stack_stage s */
	bool own_namespace;	 /* stack_latency: sockets of this network namespace only */
	bool run_stats;
};

extern const char *const program_names[PROGRAMS];
extern const char *const stage_names[];

/* Parses `length` bytes. Returns 0, or -1 with one sentence in `problem`. */
int options_parse(const char *line, size_t length, struct options *options, char *problem, size_t problem_bytes);

/* Reads up to the first line's end. Returns 0, or -1 with one sentence in `problem`. */
int options_read(int fd, struct options *options, char *problem, size_t problem_bytes);

/* The table of options, for --help. */
void options_help(FILE *out);

#endif
