/* SPDX-License-Identifier: Apache-2.0 */
#include "record_ring.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

/* The ring's memory is read-only, and `send` changes the record. */
static int take_record(void *context, void *data, size_t size)
{
	struct run *run = context;
	struct record_ring *ring = &run->ring;
	uint64_t copy[RECORD_MAX_BYTES / sizeof(uint64_t)];

	if (size < ring->record_bytes)
		return 0;
	memcpy(copy, data, ring->record_bytes);
	ring->write_error = ring->send(run, copy);
	return ring->write_error;
}

int record_ring_open(struct run *run, size_t record_bytes, size_t counters_bytes,
		     int (*send)(struct run *run, void *record))
{
	struct record_ring *ring = &run->ring;
	int err;

	if (record_bytes > RECORD_MAX_BYTES)
		return -EMSGSIZE;
	*ring = (struct record_ring){
		.fd = parts_map_fd(&run->parts, "records"),
		.record_bytes = record_bytes,
		.send = send,
	};
	err = counters_open(&ring->counters, parts_map_fd(&run->parts, "counters"), counters_bytes);
	if (err)
		return err;
	ring->buffer = ring_buffer__new(ring->fd, take_record, run, NULL);
	return ring->buffer ? 0 : -errno;
}

int record_ring_drain(struct run *run)
{
	ring_buffer__consume(run->ring.buffer);
	return run->ring.write_error;
}

int record_ring_fd(const struct run *run)
{
	return run->ring.fd;
}

void record_ring_stop(struct run *run)
{
	ring_buffer__free(run->ring.buffer);
	run->ring.buffer = NULL;
	counters_close(&run->ring.counters);
	free(run->state);
	run->state = NULL;
}
