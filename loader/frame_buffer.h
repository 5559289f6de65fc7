/* SPDX-License-Identifier: Apache-2.0 */
/* Gathers frames (frame.h) and writes them in few large pieces. */
#ifndef LAGPIPE_FRAME_BUFFER_H
#define LAGPIPE_FRAME_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "frame.h"

/* One read of a pipe in Node; a frame, with its header, must fit. */
#define FRAME_BUFFER_BYTES (64 << 10)

struct frame_buffer {
	int fd;
	size_t used;
	size_t open; /* where the last frame's header is, if that frame may grow; else == used */
	unsigned char data[FRAME_BUFFER_BYTES];
};

void frame_buffer_init(struct frame_buffer *buffer, int fd);

/*
 * Adds a record to the last frame if that is of the same type, or begins a new one. All records of a type have the
 * same size. Writes the buffer when it is full. Returns 0 or a negative errno; -EPIPE: nobody reads any more.
 */
int frame_append(struct frame_buffer *buffer, enum frame_type type, const void *record, size_t size);

/*
 * Adds bytes of a stream that is cut anywhere: to the last frame if that is of the same type, and to as many new ones
 * as it takes. `records` of them begin here.
 */
int frame_append_stream(struct frame_buffer *buffer, enum frame_type type, const void *bytes, size_t size,
			uint32_t records);

/* Adds a frame of its own, of one JSON text. */
int frame_append_text(struct frame_buffer *buffer, enum frame_type type, const char *text);

/* Writes what has been gathered; blocks while the reader does not read. */
int frame_flush(struct frame_buffer *buffer);

static inline bool frame_buffer_is_empty(const struct frame_buffer *buffer)
{
	return !buffer->used;
}

#endif
