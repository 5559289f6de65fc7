/* SPDX-License-Identifier: Apache-2.0 */
/* Golden frames of stack_latency; see golden.c. */
#include "../../bpf/stack_latency.h"
#include "check.h"
#include "golden.h"

static const char *const skip_names[STACK_SKIPS] = {
	"no_stamp", "future_stamp", "too_long",	      "already_read", "recursion", "other",
	"filtered", "sampled_out",  "transmit_stamp", "reordered",    "map_full",
};

/* Consistent, as the kernel's counts are: seen = buckets + zero_count + skipped. Every third bucket is empty. */
static struct stack_latency_record stack_record(int stage)
{
	struct stack_latency_record record = {
		.start_unix_ns = 1795237195123456000ULL + stage,
		.end_unix_ns = 1795237200234567000ULL + stage,
		.zero_count = 11 + stage,
		.sum_ns = 987654321000ULL + stage,
		.min_ns = 0,
		.max_ns = 66666666666ULL + stage,
		.stage = stage,
	};

	record.seen = record.zero_count;
	for (int i = 0; i < STACK_SKIPS; i++) {
		record.skipped[i] = 100 * (stage + 1) + i;
		record.seen += record.skipped[i];
	}
	for (int i = 0; i < STACK_BUCKETS; i++) {
		record.buckets[i] = i % 3 ? 1000 * (stage + 1) + i : 0;
		record.seen += record.buckets[i];
	}
	/* One count beyond 32 bits. */
	record.buckets[STACK_BUCKETS - 1] += 1ULL << 33;
	record.seen += 1ULL << 33;
	return record;
}

static void expect_stack(FILE *json, const struct stack_latency_record *record)
{
	fprintf(json, "\n    {\n      \"stage\": %u,\n      \"start_unix_ns\": \"%llu\",\n", record->stage,
		record->start_unix_ns);
	fprintf(json, "      \"end_unix_ns\": \"%llu\",\n      \"seen\": %llu,\n      \"skipped\": {",
		record->end_unix_ns, record->seen);
	for (int i = 0; i < STACK_SKIPS; i++)
		fprintf(json, "%s\"%s\": %llu", i ? ", " : " ", skip_names[i], record->skipped[i]);
	fprintf(json, " },\n      \"zero_count\": %llu,\n      \"sum_ns\": %llu,\n", record->zero_count,
		record->sum_ns);
	fprintf(json,
		"      \"min_ns\": %llu,\n      \"max_ns\": %llu,\n      \"first_index\": %d,\n      \"buckets\": [",
		record->min_ns, record->max_ns, STACK_OFFSET);
	for (int i = 0; i < STACK_BUCKETS; i++)
		fprintf(json, "%s%s%llu", i ? "," : "", i % 16 ? " " : "\n        ", record->buckets[i]);
	fprintf(json, "\n      ]");
}

void write_stack(const char *folder)
{
	FILE *json = open_expected(folder, "stack_latency", FRAME_STACK_LATENCY);

	open_frame(folder, "stack_latency");
	for (int stage = STAGE_IP_START; stage <= STAGE_UDP_SOCKET_READ; stage += STAGE_UDP_SOCKET_READ) {
		struct stack_latency_record record = stack_record(stage);

		fprintf(json, stage ? "," : "");
		expect_stack(json, &record);
		fprintf(json, "\n    }");
		CHECK(!frame_append(&golden_buffer, FRAME_STACK_LATENCY, &record, sizeof(record)), "append");
	}
	close_frame();
	close_expected(json);
}

/* Number n groups by the key with bit n; the last one is what had no room. */
static struct stack_group_record group_record(int n)
{
	struct stack_group_record record = {
		.latency = stack_record(n),
		.cgroup_id = 4294967555ULL + n,
		.netns_inode = 4026532999u + n,
		.local_port = 50443 + n,
		.group_by = n < 4 ? 1 << n : 15,
		.overflow = n == 5,
	};

	snprintf(record.interface, sizeof(record.interface), "fifteen-bytes-%d", n);
	snprintf(record.netns_name, sizeof(record.netns_name), "blue-%d", n);
	snprintf(record.cgroup_path, sizeof(record.cgroup_path), "/system.slice/nginx-%d.service", n);
	return record;
}

static void expect_group(FILE *json, const struct stack_group_record *record)
{
	expect_stack(json, &record->latency);
	fprintf(json, ",\n      \"cgroup_id\": %llu,\n      \"netns_inode\": %u,\n      \"local_port\": %u,\n",
		record->cgroup_id, record->netns_inode, record->local_port);
	fprintf(json, "      \"group_by\": %u,\n      \"overflow\": %u,\n      \"interface\": \"%s\",\n",
		record->group_by, record->overflow, record->interface);
	fprintf(json, "      \"netns_name\": \"%s\",\n      \"cgroup_path\": \"%s\"\n    }", record->netns_name,
		record->cgroup_path);
}

void write_stack_groups(const char *folder)
{
	FILE *json = open_expected(folder, "stack_group", FRAME_STACK_GROUP);

	open_frame(folder, "stack_group");
	for (int n = 0; n < 6; n++) {
		struct stack_group_record record = group_record(n);

		fprintf(json, n ? "," : "");
		expect_group(json, &record);
		CHECK(!frame_append(&golden_buffer, FRAME_STACK_GROUP, &record, sizeof(record)), "append");
	}
	close_frame();
	close_expected(json);
}
