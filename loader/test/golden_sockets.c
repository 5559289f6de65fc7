/* SPDX-License-Identifier: Apache-2.0 */
/* The golden frames of the program sockets. */
#include <arpa/inet.h>
#include <string.h>

#include "../socket_records.h"
#include "check.h"
#include "golden.h"

#define TIME_NS 1795237207567890123ULL

static struct socket_netns netns_of(int n)
{
	struct socket_netns netns = { .inode = n ? 4026532100u + n : 0 };

	if (n)
		snprintf(netns.name, sizeof(netns.name), "blue-%d", n);
	return netns;
}

static const char *set_address(int n, uint8_t *address, uint8_t *ip_version)
{
	const char *text = n % 2 ? "2001:db8:5:6:7:8:9:a" : "198.51.100.77";

	*ip_version = n % 2 ? 6 : 4;
	inet_pton(n % 2 ? AF_INET6 : AF_INET, text, address);
	return text;
}

/* Twelve numbers that no other field has. */
static void set_states(uint32_t *states, uint32_t first)
{
	for (uint32_t state = 0; state < SOCKET_STATES; state++)
		states[state] = state ? first + state : 0;
}

static void expect_netns(FILE *json, const struct socket_netns *netns)
{
	fprintf(json, "      \"netns_inode\": %u,\n      \"netns_name\": \"%s\",\n", netns->inode, netns->name);
}

static void expect_states(FILE *json, const char *name, const uint32_t *states)
{
	fprintf(json, "      \"%s\": [", name);
	for (int state = 0; state < SOCKET_STATES; state++)
		fprintf(json, state ? ", %u" : "%u", states[state]);
	fprintf(json, "]");
}

static void begin(FILE *json, int n, uint64_t time_ns)
{
	fprintf(json, "%s\n    {\n      \"time_unix_ns\": \"%llu\",\n", n ? "," : "", (unsigned long long)time_ns);
}

static void write_listeners(const char *folder)
{
	FILE *json = open_expected(folder, "socket_listener", FRAME_SOCKET_LISTENER);

	open_frame(folder, "socket_listener");
	for (int n = 0; n < 3; n++) {
		struct socket_listener_record record = {
			.time_unix_ns = TIME_NS + n,
			.netns = netns_of(n),
			.length = (1ULL << 33) + 3 + n,
			.limit = (1ULL << 34) + 5 + n,
			.fullest_length = 1203 + n,
			.fullest_limit = 1024 + n,
			.sockets = 7 + n,
			.port = 50443 + n,
			.overflow = n == 2,
		};
		const char *address = set_address(n, record.address, &record.ip_version);

		CHECK(!frame_append(&golden_buffer, FRAME_SOCKET_LISTENER, &record, sizeof(record)), "append");
		begin(json, n, record.time_unix_ns);
		expect_netns(json, &record.netns);
		fprintf(json, "      \"length\": %llu,\n      \"limit\": %llu,\n", (unsigned long long)record.length,
			(unsigned long long)record.limit);
		fprintf(json, "      \"fullest_length\": %u,\n      \"fullest_limit\": %u,\n      \"sockets\": %u,\n",
			record.fullest_length, record.fullest_limit, record.sockets);
		fprintf(json, "      \"port\": %u,\n      \"address\": \"%s\",\n      \"overflow\": %u\n    }",
			record.port, address, record.overflow);
	}
	close_frame();
	close_expected(json);
}

static void expect_counts(FILE *json, const struct socket_group_counts *counts)
{
	fprintf(json, "      \"unread_bytes\": %llu,\n      \"unsent_bytes\": %llu,\n",
		(unsigned long long)counts->unread_bytes, (unsigned long long)counts->unsent_bytes);
	fprintf(json, "      \"retransmits\": %llu,\n      \"segments_sent\": %llu,\n",
		(unsigned long long)counts->retransmits, (unsigned long long)counts->segments_sent);
	fprintf(json, "      \"idle\": %u,\n      \"silent\": %u,\n      \"unread\": %u,\n", counts->idle,
		counts->silent, counts->unread);
	fprintf(json, "      \"unsent\": %u,\n      \"retransmitting\": %u,\n      \"informed\": %u,\n", counts->unsent,
		counts->retransmitting, counts->informed);
	expect_states(json, "states", counts->states);
	fprintf(json, ",\n");
}

/* Number n: a client, a server, and what is left of servers, of which tcp_info told nothing. */
static void write_groups(const char *folder)
{
	FILE *json = open_expected(folder, "socket_group", FRAME_SOCKET_GROUP);

	open_frame(folder, "socket_group");
	for (int n = 0; n < 3; n++) {
		struct socket_group_record record = {
			.time_unix_ns = TIME_NS + n,
			.netns = netns_of(n),
			.counts = { .unread_bytes = (1ULL << 35) + n,
				    .unsent_bytes = (1ULL << 36) + n,
				    .retransmits = (1ULL << 37) + n,
				    .segments_sent = (1ULL << 38) + n,
				    .idle = 301 + n,
				    .silent = 302 + n,
				    .unread = 303 + n,
				    .unsent = 304 + n,
				    .retransmitting = 305 + n,
				    .informed = n == 2 ? 0 : 306 },
			.port = 50080 + n,
			.role = n ? SOCKET_SERVER : SOCKET_CLIENT,
			.overflow = n == 2,
		};

		set_states(record.counts.states, 1000 * (n + 1));
		CHECK(!frame_append(&golden_buffer, FRAME_SOCKET_GROUP, &record, sizeof(record)), "append");
		begin(json, n, record.time_unix_ns);
		expect_netns(json, &record.netns);
		expect_counts(json, &record.counts);
		fprintf(json, "      \"port\": %u,\n      \"role\": \"%s\",\n      \"overflow\": %u\n    }",
			record.port, record.role ? "server" : "client", record.overflow);
	}
	close_frame();
	close_expected(json);
}

static void write_peers(const char *folder)
{
	FILE *json = open_expected(folder, "socket_peer", FRAME_SOCKET_PEER);

	open_frame(folder, "socket_peer");
	for (int n = 0; n < 3; n++) {
		struct socket_peer_record record = {
			.time_unix_ns = TIME_NS + n,
			.netns = netns_of(n),
			.port = 50090 + n,
			.role = n % 2 ? SOCKET_SERVER : SOCKET_CLIENT,
			.overflow = n == 2,
		};
		const char *address = set_address(n, record.address, &record.ip_version);

		set_states(record.states, 2000 * (n + 1));
		CHECK(!frame_append(&golden_buffer, FRAME_SOCKET_PEER, &record, sizeof(record)), "append");
		begin(json, n, record.time_unix_ns);
		expect_netns(json, &record.netns);
		expect_states(json, "states", record.states);
		fprintf(json, ",\n      \"port\": %u,\n      \"role\": \"%s\",\n", record.port,
			record.role ? "server" : "client");
		fprintf(json, "      \"address\": \"%s\",\n      \"overflow\": %u\n    }", address, record.overflow);
	}
	close_frame();
	close_expected(json);
}

/* Idle times of clients and servers, then round-trip times; every bucket from 100 n + 20 to 100 n + 29 has its own. */
static void write_times(const char *folder)
{
	FILE *json = open_expected(folder, "socket_times", FRAME_SOCKET_TIMES);

	open_frame(folder, "socket_times");
	for (int n = 0; n < SOCKET_TIMES * SOCKET_ROLES; n++) {
		struct socket_times_record record = {
			.start_unix_ns = TIME_NS - 30000000000ULL - n,
			.time_unix_ns = TIME_NS + n,
			.netns = netns_of(n),
			.zero_count = 11 + n,
			.sum_ns = 98765432101ULL + n,
			.kind = n / SOCKET_ROLES,
			.role = n % SOCKET_ROLES,
		};
		int first = n == 3 ? SOCKET_BUCKETS - 10 : 100 * n + 20;

		for (int i = 0; i < 10; i++)
			record.buckets[first + i] = 10 * n + i + 1;
		CHECK(!frame_append(&golden_buffer, FRAME_SOCKET_TIMES, &record, sizeof(record)), "append");
		begin(json, n, record.time_unix_ns);
		expect_netns(json, &record.netns);
		fprintf(json,
			"      \"start_unix_ns\": \"%llu\",\n      \"zero_count\": %llu,\n      \"sum_ns\": %llu,\n",
			(unsigned long long)record.start_unix_ns, (unsigned long long)record.zero_count,
			(unsigned long long)record.sum_ns);
		fprintf(json, "      \"kind\": %u,\n      \"role\": \"%s\",\n      \"first_index\": %d,\n", record.kind,
			record.role ? "server" : "client", first - 240);
		fprintf(json, "      \"buckets\": [");
		for (int i = 0; i < 10; i++)
			fprintf(json, i ? ", %d" : "%d", 10 * n + i + 1);
		fprintf(json, "]\n    }");
	}
	close_frame();
	close_expected(json);
}

static void write_totals(const char *folder)
{
	FILE *json = open_expected(folder, "socket_totals", FRAME_SOCKET_TOTALS);

	open_frame(folder, "socket_totals");
	for (int n = 0; n < 2; n++) {
		struct socket_totals_record record = {
			.start_unix_ns = TIME_NS - 60000000000ULL - n,
			.time_unix_ns = TIME_NS + n,
			.netns = netns_of(n),
		};

		set_states(record.states[0], 3000 * (n + 1));
		set_states(record.states[1], 4000 * (n + 1));
		CHECK(!frame_append(&golden_buffer, FRAME_SOCKET_TOTALS, &record, sizeof(record)), "append");
		begin(json, n, record.time_unix_ns);
		expect_netns(json, &record.netns);
		fprintf(json, "      \"start_unix_ns\": \"%llu\",\n", (unsigned long long)record.start_unix_ns);
		expect_states(json, "ipv4", record.states[0]);
		fprintf(json, ",\n");
		expect_states(json, "ipv6", record.states[1]);
		fprintf(json, "\n    }");
	}
	close_frame();
	close_expected(json);
}

static void write_census(const char *folder)
{
	const struct socket_census_record record = {
		.start_unix_ns = TIME_NS - 60000000000ULL,
		.time_unix_ns = TIME_NS,
		.duration_ns = 223456789,
		.cpu_ns = 123456789,
		.interval_ns = 41345678901ULL,
		.sockets = (1ULL << 33) + 17,
		.interrupted = 19,
		.failed = 23,
		.namespaces = 29,
	};
	FILE *json = open_expected(folder, "socket_census", FRAME_SOCKET_CENSUS);

	open_frame(folder, "socket_census");
	CHECK(!frame_append(&golden_buffer, FRAME_SOCKET_CENSUS, &record, sizeof(record)), "append");
	close_frame();
	begin(json, 0, record.time_unix_ns);
	fprintf(json, "      \"start_unix_ns\": \"%llu\",\n      \"duration_ns\": %llu,\n      \"cpu_ns\": %llu,\n",
		(unsigned long long)record.start_unix_ns, (unsigned long long)record.duration_ns,
		(unsigned long long)record.cpu_ns);
	fprintf(json, "      \"interval_ns\": %llu,\n      \"sockets\": %llu,\n      \"interrupted\": %llu,\n",
		(unsigned long long)record.interval_ns, (unsigned long long)record.sockets,
		(unsigned long long)record.interrupted);
	fprintf(json, "      \"failed\": %llu,\n      \"namespaces\": %u\n    }", (unsigned long long)record.failed,
		record.namespaces);
	close_expected(json);
}

static void write_tick(const char *folder)
{
	const struct socket_tick_record record = { .time_unix_ns = TIME_NS };
	FILE *json = open_expected(folder, "socket_tick", FRAME_SOCKET_TICK);

	open_frame(folder, "socket_tick");
	CHECK(!frame_append(&golden_buffer, FRAME_SOCKET_TICK, &record, sizeof(record)), "append");
	close_frame();
	fprintf(json, "\n    { \"time_unix_ns\": \"%llu\" }", (unsigned long long)record.time_unix_ns);
	close_expected(json);
}

void write_sockets(const char *folder)
{
	write_listeners(folder);
	write_groups(folder);
	write_peers(folder);
	write_times(folder);
	write_totals(folder);
	write_census(folder);
	write_tick(folder);
}
