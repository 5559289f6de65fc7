// SPDX-License-Identifier: Apache-2.0
/*
 * What the loader would write under the heaviest load there is: frames of connects, as fast as the reader takes
 * them, or the same records as JSON lines, which is what most tools print.
 *
 *   produce frames|json RECORDS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../bpf/tcp_connect.h"
#include "../loader/frame.h"

#define RECORDS_PER_FRAME 624 /* 64 KiB, the size at which the loader flushes */

static struct {
	struct frame_header header;
	struct tcp_connect_record records[RECORDS_PER_FRAME];
} frame;

/* A few hundred peers, ports from the whole range, one connect in eight refused. */
static void fill(struct tcp_connect_record *record, unsigned long number)
{
	memset(record, 0, sizeof(*record));
	record->end_unix_ns = 1700000000000000000ULL + number * 1000;
	record->duration_ns = 20000 + number % 5000 * 100;
	record->cgroup_id = 1 + number % 16;
	memcpy(record->local_address, (unsigned char[]){10, 0, 0, 1}, 4);
	memcpy(record->peer_address, (unsigned char[]){10, 0, 1, number % 250}, 4);
	memcpy(record->comm, number % 2 ? "nginx" : "envoy", 6);
	record->pid = 1000 + number % 64;
	record->tid = record->pid;
	record->netns_inode = 4026531840U;
	record->rtt_us = 100 + number % 50;
	record->local_port = 32768 + number % 28000;
	record->peer_port = 443;
	record->ip_version = 4;
	record->outcome = number % 8 == 0 ? OUTCOME_REFUSED : OUTCOME_ESTABLISHED;
	record->error = number % 8 == 0 ? 111 : 0;
}

static void write_all(const void *bytes, size_t length)
{
	const char *next = bytes;

	while (length > 0) {
		ssize_t written = write(STDOUT_FILENO, next, length);

		if (written < 0)
			exit(1);
		next += written;
		length -= written;
	}
}

static void write_frames(unsigned long records)
{
	for (unsigned long i = 0; i < RECORDS_PER_FRAME; i++)
		fill(&frame.records[i], i);
	for (unsigned long sent = 0; sent < records; sent += frame.header.count) {
		unsigned long left = records - sent;

		frame.header.magic = FRAME_MAGIC;
		frame.header.version = FRAME_VERSION;
		frame.header.type = FRAME_TCP_CONNECT;
		frame.header.count = left < RECORDS_PER_FRAME ? left : RECORDS_PER_FRAME;
		frame.header.length = frame.header.count * sizeof(struct tcp_connect_record);
		write_all(&frame, sizeof(frame.header) + frame.header.length);
	}
}

static void write_json(unsigned long records)
{
	static char buffer[1 << 16];
	struct tcp_connect_record record;

	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	for (unsigned long i = 0; i < records; i++) {
		fill(&record, i % RECORDS_PER_FRAME);
		printf("{\"time\":%llu,\"latency\":%llu,\"pid\":%u,\"comm\":\"%s\",\"daddr\":\"10.0.1.%u\",\"dport\":443,"
		       "\"outcome\":\"%s\"}\n",
		       record.end_unix_ns, record.duration_ns, record.pid, record.comm, record.peer_address[3],
		       record.outcome == OUTCOME_REFUSED ? "refused" : "established");
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	if (strcmp(argv[1], "json") == 0)
		write_json(strtoul(argv[2], NULL, 10));
	else
		write_frames(strtoul(argv[2], NULL, 10));
	return 0;
}
