/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes one frame of each binary record, by the code that the loader writes with, and beside each the same values as
 * JSON. Every field has a value of its own, so that a decoder which takes one for another is found out. Numbers that
 * JavaScript cannot hold exactly (times) are texts.
 *
 *   golden FOLDER
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../../bpf/tcp_connect.h"
#include "check.h"
#include "golden.h"

static const char *const outcome_names[TCP_CONNECT_OUTCOMES] = { "established", "refused",     "reset",
								 "timed_out",	"unreachable", "aborted" };

struct frame_buffer golden_buffer;

FILE *open_expected(const char *folder, const char *name, enum frame_type type)
{
	char path[4096];
	FILE *json;

	snprintf(path, sizeof(path), "%s/%s.json", folder, name);
	json = fopen(path, "w");
	CHECK(json, "cannot write %s", path);
	fprintf(json, "{\n  \"frame_type\": %d,\n  \"records\": [", type);
	return json;
}

void close_expected(FILE *json)
{
	fprintf(json, "\n  ]\n}\n");
	CHECK(!fclose(json), "cannot write");
}

void open_frame(const char *folder, const char *name)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s.bin", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	CHECK(fd >= 0, "cannot write %s", path);
	frame_buffer_init(&golden_buffer, fd);
}

void close_frame(void)
{
	CHECK(!frame_flush(&golden_buffer), "cannot write");
	close(golden_buffer.fd);
}

/* Number n of the records: IPv4 when even, IPv6 when odd, and the outcomes in turn. */
static struct tcp_connect_record connect_record(int n)
{
	struct tcp_connect_record record = {
		.end_unix_ns = 1795237201345678000ULL + n,
		.duration_ns = 43587000123ULL + n,
		.cgroup_id = 4294967301ULL + n,
		.pid = 4100001 + n,
		.tid = 4200002 + n,
		.netns_inode = 4026531833u + n,
		.rtt_us = 11059 + n,
		.syn_retransmits = 2 + n,
		.local_port = 60008 + n,
		.peer_port = 50443 + n,
		.error = n ? 110 + n : 0,
		.ip_version = n % 2 ? 6 : 4,
		.outcome = n,
		.nat_peer_port = 30880 + n,
	};

	snprintf(record.comm, sizeof(record.comm), "fifteen-bytes-%d", n);
	if (record.ip_version == 6) {
		inet_pton(AF_INET6, "2001:db8:1:2:3:4:5:6", record.local_address);
		inet_pton(AF_INET6, "fe80::a0b:c0d:e0f:1011", record.peer_address);
		inet_pton(AF_INET6, "fd00:1:2:3:4:5:6:7", record.nat_peer_address);
	} else {
		inet_pton(AF_INET, "192.0.2.17", record.local_address);
		inet_pton(AF_INET, "198.51.100.34", record.peer_address);
		inet_pton(AF_INET, "10.244.1.51", record.nat_peer_address);
	}
	record.local_address[3] += n;
	record.peer_address[3] += n;
	record.nat_peer_address[3] += n;
	return record;
}

static void expect_connect(FILE *json, const struct tcp_connect_record *record)
{
	int family = record->ip_version == 6 ? AF_INET6 : AF_INET;
	char local[INET6_ADDRSTRLEN], peer[INET6_ADDRSTRLEN], nat_peer[INET6_ADDRSTRLEN];

	inet_ntop(family, record->local_address, local, sizeof(local));
	inet_ntop(family, record->peer_address, peer, sizeof(peer));
	inet_ntop(family, record->nat_peer_address, nat_peer, sizeof(nat_peer));
	fprintf(json, "\n    {\n      \"end_unix_ns\": \"%llu\",\n      \"duration_ns\": %llu,\n", record->end_unix_ns,
		record->duration_ns);
	fprintf(json, "      \"cgroup_id\": %llu,\n      \"local_address\": \"%s\",\n      \"peer_address\": \"%s\",\n",
		record->cgroup_id, local, peer);
	fprintf(json, "      \"comm\": \"%s\",\n      \"pid\": %u,\n      \"tid\": %u,\n      \"netns_inode\": %u,\n",
		record->comm, record->pid, record->tid, record->netns_inode);
	fprintf(json, "      \"rtt_us\": %u,\n      \"syn_retransmits\": %u,\n      \"local_port\": %u,\n",
		record->rtt_us, record->syn_retransmits, record->local_port);
	fprintf(json, "      \"peer_port\": %u,\n      \"error\": %u,\n      \"ip_version\": %u,\n", record->peer_port,
		record->error, record->ip_version);
	fprintf(json, "      \"nat_peer_address\": \"%s\",\n      \"nat_peer_port\": %u,\n", nat_peer,
		record->nat_peer_port);
	fprintf(json, "      \"outcome\": \"%s\"\n    }", outcome_names[record->outcome]);
}

static void write_connects(const char *folder)
{
	FILE *json = open_expected(folder, "tcp_connect", FRAME_TCP_CONNECT);

	open_frame(folder, "tcp_connect");
	for (int n = 0; n < TCP_CONNECT_OUTCOMES; n++) {
		struct tcp_connect_record record = connect_record(n);

		fprintf(json, n ? "," : "");
		expect_connect(json, &record);
		CHECK(!frame_append(&golden_buffer, FRAME_TCP_CONNECT, &record, sizeof(record)), "append");
	}
	close_frame();
	close_expected(json);
}

/* Consistent: attempts = records + below_minimum + ring_full + map_full + growth of in_flight, which is 9 here. */
static void write_connect_stats(const char *folder)
{
	const struct tcp_connect_stats stats = {
		.end_unix_ns = 1795237202456789000ULL,
		.attempts = (7ULL << 32) + 2 + 3 + 4 + 9,
		.records = 7ULL << 32,
		.below_minimum = 2,
		.ring_full = 3,
		.map_full = 4,
		.missed = 5,
		.in_flight = 9,
	};
	FILE *json = open_expected(folder, "tcp_connect_stats", FRAME_TCP_CONNECT_STATS);

	open_frame(folder, "tcp_connect_stats");
	CHECK(!frame_append(&golden_buffer, FRAME_TCP_CONNECT_STATS, &stats, sizeof(stats)), "append");
	close_frame();
	fprintf(json,
		"\n    {\n      \"end_unix_ns\": \"%llu\",\n      \"attempts\": %llu,\n      \"records\": %llu,\n",
		stats.end_unix_ns, stats.attempts, stats.records);
	fprintf(json, "      \"below_minimum\": %llu,\n      \"ring_full\": %llu,\n      \"map_full\": %llu,\n",
		stats.below_minimum, stats.ring_full, stats.map_full);
	fprintf(json, "      \"missed\": %llu,\n      \"in_flight\": %llu\n    }", stats.missed, stats.in_flight);
	close_expected(json);
}

int main(int argc, char **argv)
{
	CHECK(argc == 2, "usage: golden FOLDER");
	write_stack(argv[1]);
	write_stack_groups(argv[1]);
	write_connects(argv[1]);
	write_connect_stats(argv[1]);
	write_lives(argv[1]);
	write_tcp_events(argv[1]);
	write_sockets(argv[1]);
	write_nics(argv[1]);
	write_capture_stats(argv[1]);
	return 0;
}
