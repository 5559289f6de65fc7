/* SPDX-License-Identifier: Apache-2.0 */
#include "../frame_buffer.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

static struct frame_buffer buffer;
static unsigned char received[4 * FRAME_BUFFER_BYTES];
static size_t received_bytes;

/* Points the buffer at a new pipe and returns the end to read; it holds a full buffer, as pipes on Linux do. */
static int open_output(void)
{
	int ends[2];

	CHECK(!pipe(ends), "no pipe");
	frame_buffer_init(&buffer, ends[1]);
	received_bytes = 0;
	return ends[0];
}

static void receive(int fd)
{
	ssize_t got = read(fd, received + received_bytes, sizeof(received) - received_bytes);

	CHECK(got > 0, "nothing arrived");
	received_bytes += got;
}

static struct frame_header header_at(size_t offset)
{
	struct frame_header header;

	CHECK(offset + sizeof(header) <= received_bytes, "only %zu bytes", received_bytes);
	memcpy(&header, received + offset, sizeof(header));
	CHECK(header.magic == FRAME_MAGIC, "%x", header.magic);
	CHECK(header.version == FRAME_VERSION, "%d", header.version);
	return header;
}

static void finish(int fd)
{
	close(fd);
	close(buffer.fd);
}

static void gathers_records_of_a_type(void)
{
	static const char record[104] = "record";
	int fd = open_output();
	struct frame_header header;

	for (int i = 0; i < 3; i++)
		CHECK(!frame_append(&buffer, FRAME_TCP_CONNECT, record, sizeof(record)), "append");
	CHECK(!frame_append(&buffer, FRAME_TCP_CONNECT_STATS, record, 64), "append");
	CHECK(!frame_append_text(&buffer, FRAME_RUN_STATS, "{}"), "append");
	CHECK(!frame_append(&buffer, FRAME_TCP_CONNECT, record, sizeof(record)), "append");
	CHECK(!frame_flush(&buffer) && frame_buffer_is_empty(&buffer), "flush");
	receive(fd);

	header = header_at(0);
	CHECK(header.type == FRAME_TCP_CONNECT && header.count == 3 && header.length == 312, "%u", header.length);
	header = header_at(328);
	CHECK(header.type == FRAME_TCP_CONNECT_STATS && header.count == 1 && header.length == 64, "%u", header.length);
	header = header_at(408);
	CHECK(header.type == FRAME_RUN_STATS && header.count == 1 && header.length == 2, "%u", header.length);
	CHECK(!memcmp(received + 424, "{}", 2), "the text is not there");
	header = header_at(426);
	CHECK(header.type == FRAME_TCP_CONNECT && header.count == 1, "%u", header.count);
	CHECK(received_bytes == 426 + 16 + 104, "%zu", received_bytes);
	finish(fd);
}

static void keeps_texts_apart(void)
{
	int fd = open_output();

	frame_append_text(&buffer, FRAME_HELLO, "{\"a\":1}");
	frame_append_text(&buffer, FRAME_HELLO, "{\"b\":2}");
	CHECK(!frame_flush(&buffer), "flush");
	receive(fd);
	CHECK(header_at(0).count == 1 && header_at(23).count == 1, "two texts became one frame");
	finish(fd);
}

/* More than fits goes out by itself, in whole frames, and no record is lost or split. */
static void flushes_when_full(void)
{
	unsigned char record[104];
	unsigned int total = 0;
	size_t offset = 0;
	int fd = open_output();

	for (int i = 0; i < 1000; i++) {
		memset(record, i, sizeof(record));
		CHECK(!frame_append(&buffer, FRAME_TCP_CONNECT, record, sizeof(record)), "append");
		if (buffer.used < sizeof(record) + sizeof(struct frame_header) + 1 && i)
			receive(fd);
	}
	CHECK(received_bytes > 60000, "%zu bytes came before the flush", received_bytes);
	CHECK(!frame_flush(&buffer), "flush");
	receive(fd);
	while (offset < received_bytes) {
		struct frame_header header = header_at(offset);

		CHECK(header.length == header.count * sizeof(record), "%u", header.length);
		for (unsigned int i = 0; i < header.count; i++, total++)
			CHECK(received[offset + 16 + i * sizeof(record)] == (total & 255), "record %u", total);
		offset += sizeof(header) + header.length;
	}
	CHECK(offset == received_bytes && total == 1000, "%u records", total);
	finish(fd);
}

/* Bytes of a stream fill frame after frame, whatever the pieces; the counts say where records begin. */
static void cuts_a_stream_anywhere(void)
{
	static unsigned char piece[70000];
	unsigned int records = 0, frames = 0;
	size_t offset = 0, bytes = 0;
	int fd = open_output();

	for (size_t i = 0; i < sizeof(piece); i++)
		piece[i] = i % 251;
	CHECK(!frame_append_stream(&buffer, FRAME_CAPTURE, piece, 5, 1), "append");
	CHECK(!frame_append_stream(&buffer, FRAME_CAPTURE, piece + 5, 1, 0), "append");
	CHECK(!frame_append_text(&buffer, FRAME_HELLO, "{}"), "append");
	CHECK(!frame_append_stream(&buffer, FRAME_CAPTURE, piece + 6, sizeof(piece) - 6, 2), "append");
	receive(fd);
	CHECK(received_bytes == FRAME_BUFFER_BYTES, "%zu bytes came before the flush", received_bytes);
	CHECK(!frame_flush(&buffer), "flush");
	receive(fd);
	while (offset < received_bytes) {
		struct frame_header header = header_at(offset);

		offset += sizeof(header);
		if (header.type == FRAME_CAPTURE) {
			CHECK(!memcmp(received + offset, piece + bytes, header.length), "other bytes at %zu", bytes);
			bytes += header.length;
			records += header.count;
			frames++;
		}
		offset += header.length;
	}
	CHECK(bytes == sizeof(piece) && records == 3 && frames == 3, "%zu %u %u", bytes, records, frames);
	finish(fd);
}

/* A frame begins only where a byte of it fits as well. */
static void begins_no_empty_stream(void)
{
	static unsigned char piece[FRAME_BUFFER_BYTES];
	int fd = open_output();

	/* Nothing is written before the stream needs room, and all of it fits with 18 left. */
	for (size_t left = 0; left < 18; left++) {
		size_t text = FRAME_BUFFER_BYTES - sizeof(struct frame_header) - left;

		memset(piece, 'x', text);
		piece[text] = '\0';
		CHECK(!frame_append_text(&buffer, FRAME_HELLO, (char *)piece), "append");
		CHECK(!frame_append_stream(&buffer, FRAME_CAPTURE, piece, 2, 1), "append");
		received_bytes = 0;
		receive(fd);
		CHECK(!frame_flush(&buffer), "flush");
		if (received_bytes < text + 16 + 18)
			receive(fd);
		CHECK(header_at(text + 16).length == (left == 17 ? 1 : 2), "%zu left", left);
	}
	finish(fd);
}

static void says_when_nobody_reads(void)
{
	int fd = open_output();

	close(fd);
	frame_append_text(&buffer, FRAME_HELLO, "{}");
	CHECK(frame_flush(&buffer) == -EPIPE, "another error");
	close(buffer.fd);
}

static void refuses_what_cannot_fit(void)
{
	static char text[FRAME_BUFFER_BYTES];
	int fd = open_output();

	memset(text, ' ', sizeof(text) - 1);
	CHECK(frame_append_text(&buffer, FRAME_HELLO, text) == -EMSGSIZE, "it was taken");
	CHECK(frame_buffer_is_empty(&buffer), "something of it stayed");
	finish(fd);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	gathers_records_of_a_type();
	keeps_texts_apart();
	flushes_when_full();
	cuts_a_stream_anywhere();
	begins_no_empty_stream();
	says_when_nobody_reads();
	refuses_what_cannot_fit();
	printf("frame_buffer: frames are whole, in order and complete\n");
	return 0;
}
