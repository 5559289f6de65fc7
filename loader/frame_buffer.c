/* SPDX-License-Identifier: Apache-2.0 */
#include "frame_buffer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "frames are little endian and written as they lie in memory"
#endif

void frame_buffer_init(struct frame_buffer *buffer, int fd)
{
	buffer->fd = fd;
	buffer->used = 0;
	buffer->open = 0;
}

/* Room for `size` more bytes. */
static int make_room(struct frame_buffer *buffer, size_t size)
{
	if (size > sizeof(buffer->data))
		return -EMSGSIZE;
	return buffer->used + size > sizeof(buffer->data) ? frame_flush(buffer) : 0;
}

static void add_bytes(struct frame_buffer *buffer, const void *bytes, size_t size)
{
	memcpy(buffer->data + buffer->used, bytes, size);
	buffer->used += size;
}

static int begin_frame(struct frame_buffer *buffer, enum frame_type type, const void *payload, size_t size)
{
	struct frame_header header = {
		.magic = FRAME_MAGIC, .version = FRAME_VERSION, .type = type, .length = size, .count = 1
	};
	int err = make_room(buffer, sizeof(header) + size);

	if (err)
		return err;
	buffer->open = buffer->used;
	add_bytes(buffer, &header, sizeof(header));
	add_bytes(buffer, payload, size);
	return 0;
}

int frame_append(struct frame_buffer *buffer, enum frame_type type, const void *record, size_t size)
{
	struct frame_header header;

	if (buffer->open == buffer->used || buffer->used + size > sizeof(buffer->data))
		return begin_frame(buffer, type, record, size);
	memcpy(&header, buffer->data + buffer->open, sizeof(header));
	if (header.type != type)
		return begin_frame(buffer, type, record, size);
	header.length += size;
	header.count++;
	memcpy(buffer->data + buffer->open, &header, sizeof(header));
	add_bytes(buffer, record, size);
	return 0;
}

static bool last_frame_is(const struct frame_buffer *buffer, enum frame_type type)
{
	struct frame_header header;

	if (buffer->open == buffer->used)
		return false;
	memcpy(&header, buffer->data + buffer->open, sizeof(header));
	return header.type == type;
}

/* An empty frame, with room for a byte at least. */
static int begin_stream(struct frame_buffer *buffer, enum frame_type type)
{
	struct frame_header header = { .magic = FRAME_MAGIC, .version = FRAME_VERSION, .type = type };
	int err = make_room(buffer, sizeof(header) + 1);

	if (err)
		return err;
	buffer->open = buffer->used;
	add_bytes(buffer, &header, sizeof(header));
	return 0;
}

static void extend_stream(struct frame_buffer *buffer, const void *bytes, size_t size, uint32_t records)
{
	struct frame_header header;

	memcpy(&header, buffer->data + buffer->open, sizeof(header));
	header.length += size;
	header.count += records;
	memcpy(buffer->data + buffer->open, &header, sizeof(header));
	add_bytes(buffer, bytes, size);
}

int frame_append_stream(struct frame_buffer *buffer, enum frame_type type, const void *bytes, size_t size,
			uint32_t records)
{
	const unsigned char *from = bytes;

	while (size) {
		bool full = buffer->used == sizeof(buffer->data);
		int err = full || !last_frame_is(buffer, type) ? begin_stream(buffer, type) : 0;
		size_t room = sizeof(buffer->data) - buffer->used;
		size_t piece = size < room ? size : room;

		if (err)
			return err;
		extend_stream(buffer, from, piece, records);
		records = 0;
		from += piece;
		size -= piece;
	}
	return 0;
}

int frame_append_text(struct frame_buffer *buffer, enum frame_type type, const char *text)
{
	int err = begin_frame(buffer, type, text, strlen(text));

	buffer->open = buffer->used;
	return err;
}

int frame_flush(struct frame_buffer *buffer)
{
	size_t written = 0;

	while (written < buffer->used) {
		ssize_t step = write(buffer->fd, buffer->data + written, buffer->used - written);

		if (step >= 0)
			written += step;
		else if (errno != EINTR)
			return -errno;
	}
	buffer->used = 0;
	buffer->open = 0;
	return 0;
}
