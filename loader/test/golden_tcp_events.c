/* SPDX-License-Identifier: Apache-2.0 */
/* The golden frames of tcp_events; see golden.c. */
#include <arpa/inet.h>

#include "../../bpf/tcp_events.h"
#include "check.h"
#include "golden.h"

static const char *const event_names[TCP_EVENT_KINDS] = { "retransmit", "reset_sent", "reset_received", "drop" };

/* Number n of the records: IPv4 when even, IPv6 when odd, and the kinds in turn. */
static struct tcp_event_record event_record(int n)
{
	struct tcp_event_record record = {
		.unix_ns = 1795237203567890000ULL + n,
		.reason_number = 65537 + n,
		.pid = 4300003 + n,
		.netns_inode = 4026532833u + n,
		.interface = 301 + n,
		.bytes = 70001 + n,
		.local_port = 61009 + n,
		.peer_port = 51444 + n,
		.kind = n,
		.retransmit_kind = n + 1,
		.state = n + 2,
		.ip_version = n % 2 ? 6 : 4,
		.protocol = n + 3,
	};

	snprintf(record.comm, sizeof(record.comm), "sixteen-bytes-%d", n);
	if (n)
		snprintf(record.reason, sizeof(record.reason), "REASON_NUMBER_%d", n);
	if (record.ip_version == 6) {
		inet_pton(AF_INET6, "2001:db8:11:12:13:14:15:16", record.local_address);
		inet_pton(AF_INET6, "fe80::b0b:b0d:b0f:2022", record.peer_address);
	} else {
		inet_pton(AF_INET, "192.0.2.51", record.local_address);
		inet_pton(AF_INET, "198.51.100.68", record.peer_address);
	}
	record.local_address[3] += n;
	record.peer_address[3] += n;
	return record;
}

static void expect_event(FILE *json, const struct tcp_event_record *record)
{
	int family = record->ip_version == 6 ? AF_INET6 : AF_INET;
	char local[INET6_ADDRSTRLEN], peer[INET6_ADDRSTRLEN];

	inet_ntop(family, record->local_address, local, sizeof(local));
	inet_ntop(family, record->peer_address, peer, sizeof(peer));
	fprintf(json, "\n    {\n      \"kind\": \"%s\",\n      \"unix_ns\": \"%llu\",\n", event_names[record->kind],
		record->unix_ns);
	fprintf(json, "      \"local_address\": \"%s\",\n      \"peer_address\": \"%s\",\n", local, peer);
	fprintf(json, "      \"comm\": \"%s\",\n      \"reason\": \"%s\",\n      \"pid\": %u,\n", record->comm,
		record->reason, record->pid);
	fprintf(json, "      \"netns_inode\": %u,\n      \"interface\": %u,\n      \"bytes\": %u,\n",
		record->netns_inode, record->interface, record->bytes);
	fprintf(json, "      \"local_port\": %u,\n      \"peer_port\": %u,\n      \"retransmit_kind\": %u,\n",
		record->local_port, record->peer_port, record->retransmit_kind);
	fprintf(json, "      \"state\": %u,\n      \"ip_version\": %u,\n      \"protocol\": %u\n    }", record->state,
		record->ip_version, record->protocol);
}

static void write_events(const char *folder)
{
	FILE *json = open_expected(folder, "tcp_event", FRAME_TCP_EVENT);

	open_frame(folder, "tcp_event");
	for (int n = 0; n < TCP_EVENT_KINDS; n++) {
		struct tcp_event_record record = event_record(n);

		fprintf(json, n ? "," : "");
		expect_event(json, &record);
		CHECK(!frame_append(&golden_buffer, FRAME_TCP_EVENT, &record, sizeof(record)), "append");
	}
	close_frame();
	close_expected(json);
}

static void write_event_counters(const char *folder)
{
	FILE *json = open_expected(folder, "tcp_counter", FRAME_TCP_COUNTER);

	open_frame(folder, "tcp_counter");
	for (int n = 0; n < TCP_EVENT_KINDS; n++) {
		struct tcp_counter_record record = {
			.start_unix_ns = 1795237204678901000ULL + n,
			.end_unix_ns = 1795237209678901000ULL + n,
			.count = (3ULL << 32) + n,
			.reason_number = 131073 + n,
			.kind = n,
			.retransmit_kind = n + 2,
			.state = n + 4,
			.protocol = n + 1,
		};

		snprintf(record.reason, sizeof(record.reason), "COUNTED_%d", n);
		fprintf(json, "%s\n    {\n      \"kind\": \"%s\",\n", n ? "," : "", event_names[n]);
		fprintf(json, "      \"start_unix_ns\": \"%llu\",\n      \"end_unix_ns\": \"%llu\",\n",
			record.start_unix_ns, record.end_unix_ns);
		fprintf(json, "      \"count\": %llu,\n      \"reason\": \"%s\",\n", record.count, record.reason);
		fprintf(json, "      \"retransmit_kind\": %u,\n      \"state\": %u,\n      \"protocol\": %u\n    }",
			record.retransmit_kind, record.state, record.protocol);
		CHECK(!frame_append(&golden_buffer, FRAME_TCP_COUNTER, &record, sizeof(record)), "append");
	}
	close_frame();
	close_expected(json);
}

/* Consistent: seen = events + suppressed + ring_full. */
static void write_events_stats(const char *folder)
{
	const struct tcp_events_stats stats = {
		.end_unix_ns = 1795237210789012000ULL,
		.seen = (5ULL << 32) + 6 + 7,
		.events = 5ULL << 32,
		.suppressed = 6,
		.ring_full = 7,
		.missed = 8,
		.unplaced = 9,
	};
	FILE *json = open_expected(folder, "tcp_events_stats", FRAME_TCP_EVENTS_STATS);

	open_frame(folder, "tcp_events_stats");
	CHECK(!frame_append(&golden_buffer, FRAME_TCP_EVENTS_STATS, &stats, sizeof(stats)), "append");
	close_frame();
	fprintf(json, "\n    {\n      \"end_unix_ns\": \"%llu\",\n      \"seen\": %llu,\n", stats.end_unix_ns,
		stats.seen);
	fprintf(json, "      \"events\": %llu,\n      \"suppressed\": %llu,\n      \"ring_full\": %llu,\n",
		stats.events, stats.suppressed, stats.ring_full);
	fprintf(json, "      \"missed\": %llu,\n      \"unplaced\": %llu\n    }", stats.missed, stats.unplaced);
	close_expected(json);
}

void write_tcp_events(const char *folder)
{
	write_events(folder);
	write_event_counters(folder);
	write_events_stats(folder);
}
