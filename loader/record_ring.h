/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs that send records one by one have in common: their ring buffer, and the counts beside it. */
#ifndef LAGPIPE_RECORD_RING_H
#define LAGPIPE_RECORD_RING_H

#include <stddef.h>

#include <bpf/libbpf.h>

#include "counters.h"

/* The largest record has 168. */
#define RECORD_MAX_BYTES 256

struct run;

struct record_ring {
	struct ring_buffer *buffer;
	int fd;
	size_t record_bytes;
	int (*send)(struct run *run, void *record);
	int write_error; /* of the output, met inside the ring's callback */
	struct counters counters;
};

/*
 * Opens the run's ring, the map `records`, and its counts, the map `counters`. `send` finishes a copy of each record
 * and appends it to the output; it returns 0 or a negative errno. So does this.
 */
int record_ring_open(struct run *run, size_t record_bytes, size_t counters_bytes,
		     int (*send)(struct run *run, void *record));

/* Sends what has arrived. Returns 0 or a negative errno of the output. */
int record_ring_drain(struct run *run);

/* Becomes readable with something to drain. */
int record_ring_fd(const struct run *run);

/* The end of such a program: frees its state as well. Accepts what was never started. */
void record_ring_stop(struct run *run);

#endif
