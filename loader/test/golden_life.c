/* SPDX-License-Identifier: Apache-2.0 */
/* The golden frames of the program tcp_life. */
#include <arpa/inet.h>
#include <string.h>

#include "../../bpf/tcp_life.h"
#include "check.h"
#include "golden.h"

/* Number n of the records: IPv4 when even, IPv6 when odd; all roles, closers and reasons. */
static struct tcp_life_record life_record(int n)
{
	struct tcp_life_record record = {
		.end_unix_ns = 1795237203567890000ULL + n,
		.duration_ns = 98765432109ULL + n,
		.cgroup_id = 4294967321ULL + n,
		.bytes_sent = (5ULL << 32) + n,
		.bytes_received = (6ULL << 32) + n,
		.longest_idle_ns = 31234567890ULL + n,
		.response_first_ns = 1234567890ULL + n,
		.response_max_ns = 21234567890ULL + n,
		.response_total_ns = 54321098765ULL + n,
		.pid = 4300001 + n,
		.tid = 4400002 + n,
		.netns_inode = 4026532001u + n,
		.rtt_us = 12059 + n,
		.rtt_min_us = 9051 + n,
		.segments_sent = 70001 + n,
		.segments_received = 80001 + n,
		.retransmits = 17 + n,
		.turns = 29 + n,
		.local_port = 61008 + n,
		.peer_port = 51443 + n,
		.error = n == 2 ? 104 : 0,
		.ip_version = n % 2 ? 6 : 4,
		.role = n % TCP_LIFE_ROLES,
		.closer = n < TCP_LIFE_CLOSERS ? n : CLOSER_LOCAL,
		.reason = n,
		.has_turns = n != 3,
	};

	snprintf(record.comm, sizeof(record.comm), "life-of-bytes-%d", n);
	if (record.ip_version == 6) {
		inet_pton(AF_INET6, "2001:db8:9:8:7:6:5:4", record.local_address);
		inet_pton(AF_INET6, "fe80::1a1b:1c1d:1e1f:2021", record.peer_address);
	} else {
		inet_pton(AF_INET, "192.0.2.33", record.local_address);
		inet_pton(AF_INET, "198.51.100.66", record.peer_address);
	}
	return record;
}

static void expect_life(FILE *json, const struct tcp_life_record *record)
{
	int family = record->ip_version == 6 ? AF_INET6 : AF_INET;
	char local[INET6_ADDRSTRLEN], peer[INET6_ADDRSTRLEN];

	inet_ntop(family, record->local_address, local, sizeof(local));
	inet_ntop(family, record->peer_address, peer, sizeof(peer));
	fprintf(json, "\n    {\n      \"end_unix_ns\": \"%llu\",\n      \"duration_ns\": %llu,\n", record->end_unix_ns,
		record->duration_ns);
	fprintf(json, "      \"cgroup_id\": %llu,\n      \"bytes_sent\": %llu,\n      \"bytes_received\": %llu,\n",
		record->cgroup_id, record->bytes_sent, record->bytes_received);
	fprintf(json, "      \"longest_idle_ns\": %llu,\n      \"response_first_ns\": %llu,\n", record->longest_idle_ns,
		record->response_first_ns);
	fprintf(json, "      \"response_max_ns\": %llu,\n      \"response_total_ns\": %llu,\n", record->response_max_ns,
		record->response_total_ns);
	fprintf(json, "      \"local_address\": \"%s\",\n      \"peer_address\": \"%s\",\n      \"comm\": \"%s\",\n",
		local, peer, record->comm);
	fprintf(json, "      \"pid\": %u,\n      \"tid\": %u,\n      \"netns_inode\": %u,\n", record->pid, record->tid,
		record->netns_inode);
	fprintf(json, "      \"rtt_us\": %u,\n      \"rtt_min_us\": %u,\n      \"segments_sent\": %u,\n",
		record->rtt_us, record->rtt_min_us, record->segments_sent);
	fprintf(json, "      \"segments_received\": %u,\n      \"retransmits\": %u,\n      \"turns\": %u,\n",
		record->segments_received, record->retransmits, record->turns);
	fprintf(json, "      \"local_port\": %u,\n      \"peer_port\": %u,\n      \"error\": %u,\n", record->local_port,
		record->peer_port, record->error);
	fprintf(json, "      \"ip_version\": %u,\n      \"role\": %u,\n      \"closer\": %u,\n", record->ip_version,
		record->role, record->closer);
	fprintf(json, "      \"reason\": %u,\n      \"has_turns\": %u\n    }", record->reason, record->has_turns);
}

static void write_records(const char *folder)
{
	FILE *json = open_expected(folder, "tcp_life", FRAME_TCP_LIFE);

	open_frame(folder, "tcp_life");
	for (int n = 0; n < TCP_LIFE_REASONS; n++) {
		struct tcp_life_record record = life_record(n);

		fprintf(json, n ? "," : "");
		expect_life(json, &record);
		CHECK(!frame_append(&golden_buffer, FRAME_TCP_LIFE, &record, sizeof(record)), "append");
	}
	close_frame();
	close_expected(json);
}

/* Every fifth bucket counts, the last one beyond 32 bits. The last record is the one of the ports without their own. */
static void write_durations(const char *folder)
{
	FILE *json = open_expected(folder, "tcp_life_durations", FRAME_TCP_LIFE_TIMES);

	open_frame(folder, "tcp_life_durations");
	for (int kind = 0; kind < TCP_LIFE_KINDS; kind++) {
		struct tcp_life_durations record = {
			.start_unix_ns = 1795237204678901000ULL + kind,
			.end_unix_ns = 1795237209789012000ULL + kind,
			.zero_count = 7 + kind,
			.sum_ns = 876543210987ULL + kind,
			.kind = kind,
			.port = kind == KIND_ACCEPT ? 0 : 8443 + kind,
		};

		for (int i = 0; i < TCP_LIFE_BUCKETS; i += 5)
			record.buckets[i] = 1 + kind + i;
		record.buckets[TCP_LIFE_BUCKETS - 1] = 1ULL << 33;
		fprintf(json, "%s\n    {\n      \"kind\": %u,\n      \"port\": %u,\n", kind ? "," : "", record.kind,
			record.port);
		fprintf(json, "      \"start_unix_ns\": \"%llu\",\n      \"end_unix_ns\": \"%llu\",\n",
			record.start_unix_ns, record.end_unix_ns);
		fprintf(json, "      \"zero_count\": %llu,\n      \"sum_ns\": %llu,\n      \"buckets\": [",
			record.zero_count, record.sum_ns);
		for (int i = 0; i < TCP_LIFE_BUCKETS; i++)
			fprintf(json, "%s%s%llu", i ? "," : "", i % 16 ? " " : "\n        ", record.buckets[i]);
		fprintf(json, "\n      ]\n    }");
		CHECK(!frame_append(&golden_buffer, FRAME_TCP_LIFE_TIMES, &record, sizeof(record)), "append");
	}
	close_frame();
	close_expected(json);
}

/* Consistent: opened = closed + below_minimum + ring_full + map_full + unseen_end + growth of in_flight. */
static void write_stats(const char *folder)
{
	const struct tcp_life_stats stats = {
		.end_unix_ns = 1795237210890123000ULL,
		.opened = (8ULL << 32) + 2 + 3 + 4 + 5 + 10,
		.closed = 8ULL << 32,
		.below_minimum = 2,
		.ring_full = 3,
		.map_full = 4,
		.unseen_end = 5,
		.missed = 6,
		.in_flight = 10,
		.reports = 11,
		.reports_lost = 12,
		.accepts_unseen = 13,
	};
	FILE *json = open_expected(folder, "tcp_life_stats", FRAME_TCP_LIFE_STATS);

	open_frame(folder, "tcp_life_stats");
	CHECK(!frame_append(&golden_buffer, FRAME_TCP_LIFE_STATS, &stats, sizeof(stats)), "append");
	close_frame();
	fprintf(json, "\n    {\n      \"end_unix_ns\": \"%llu\",\n      \"opened\": %llu,\n      \"closed\": %llu,\n",
		stats.end_unix_ns, stats.opened, stats.closed);
	fprintf(json, "      \"below_minimum\": %llu,\n      \"ring_full\": %llu,\n      \"map_full\": %llu,\n",
		stats.below_minimum, stats.ring_full, stats.map_full);
	fprintf(json, "      \"unseen_end\": %llu,\n      \"missed\": %llu,\n      \"in_flight\": %llu,\n",
		stats.unseen_end, stats.missed, stats.in_flight);
	fprintf(json, "      \"reports\": %llu,\n      \"reports_lost\": %llu,\n      \"accepts_unseen\": %llu\n    }",
		stats.reports, stats.reports_lost, stats.accepts_unseen);
	close_expected(json);
}

void write_lives(const char *folder)
{
	write_records(folder);
	write_durations(folder);
	write_stats(folder);
}
