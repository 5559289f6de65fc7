/* SPDX-License-Identifier: Apache-2.0 */
/* What the main loop asks of a program, whichever it is. */
#ifndef LAGPIPE_PROGRAM_H
#define LAGPIPE_PROGRAM_H

#include <stdbool.h>

#include <jansson.h>

#include "attach.h"
#include "frame_buffer.h"
#include "options.h"
#include "record_ring.h"

struct netns_follower;

struct run {
	struct options options;
	struct parts parts;
	struct netns_follower *follower; /* NULL: no part is attached in all network namespaces */
	struct frame_buffer out;
	struct record_ring ring; /* of a program that sends records one by one */
	void *state;		 /* the program's own */
};

struct program {
	/*
	 * Before attaching: fills the image with the object and its settings. Returns 0 or a negative errno. NULL: the
	 * program needs no BPF; it has the three functions below instead, and its first report is at once.
	 */
	int (*prepare)(struct run *run, struct program_image *image);
	/* Capabilities (host.h) that it takes to start, and those of them that it raises again while running. */
	uint64_t (*capabilities)(const struct options *options, bool running);
	/* After start(): its parts, in the form of hello_probes(). */
	json_t *(*describe)(const struct run *run);
	/* After attaching. Returns 0 or a negative errno; -EOPNOTSUPP: this host cannot do it, and why was logged. */
	int (*start)(struct run *run);
	/* Each interval, and once more after everything was detached. Returns 0 or a negative errno of the output. */
	int (*report)(struct run *run, bool last);
	/*
	 * Takes what has arrived since. Returns 0, 1 when something is left that nothing will wake it for, or a
	 * negative errno. NULL: the program sends nothing between reports.
	 */
	int (*drain)(struct run *run);
	/* File descriptor that becomes readable with something to drain. NULL when drain is. */
	int (*wake_fd)(const struct run *run);
	/* Each second, and at once when somebody set the clock. NULL: nothing to do then. */
	int (*tick)(struct run *run);
	/* Accepts a run that was never started. */
	void (*stop)(struct run *run);
};

extern const struct program stack_latency_program, tcp_connect_program, tcp_life_program, tcp_events_program;
extern const struct program sockets_program, nic_program, capture_program;

const struct program *program_of(enum program_id id);

#endif
