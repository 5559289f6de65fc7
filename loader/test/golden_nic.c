/* SPDX-License-Identifier: Apache-2.0 */
/* The golden frames of the program nic. */
#include <string.h>

#include "../nic_records.h"
#include "check.h"
#include "golden.h"

#define TIME_NS 1795237208678901234ULL

/* The second one tells neither statistics nor rings nor channels. */
static void write_interfaces(const char *folder)
{
	FILE *json = open_expected(folder, "nic_interface", FRAME_NIC_INTERFACE);

	open_frame(folder, "nic_interface");
	for (int n = 0; n < 2; n++) {
		struct nic_interface_record record = {
			.time_unix_ns = TIME_NS + n,
			.ifindex = 70002 + n,
			.refused = n ? NIC_NO_STATISTICS | NIC_NO_RINGS | NIC_NO_CHANNELS : 0,
			.rx_ring = 511,
			.rx_ring_max = 4095,
			.tx_ring = 512,
			.tx_ring_max = 4096,
			.rx_queues = 16,
			.rx_queues_max = 63,
			.tx_queues = 17,
			.tx_queues_max = 64,
			.statistics = 871,
			.left_out = 13,
		};

		snprintf(record.interface, sizeof(record.interface), "fifteen-bytes-%d", n);
		snprintf(record.driver, sizeof(record.driver), "driver-%d", n);
		snprintf(record.version, sizeof(record.version), "6.1.%d", n);
		snprintf(record.firmware, sizeof(record.firmware), "22.31.%d", n);
		snprintf(record.bus, sizeof(record.bus), "0000:03:00.%d", n);
		CHECK(!frame_append(&golden_buffer, FRAME_NIC_INTERFACE, &record, sizeof(record)), "append");
		fprintf(json, "%s\n    {\n      \"time_unix_ns\": \"%llu\",\n", n ? "," : "",
			(unsigned long long)record.time_unix_ns);
		fprintf(json, "      \"interface\": \"%s\",\n      \"driver\": \"%s\",\n      \"version\": \"%s\",\n",
			record.interface, record.driver, record.version);
		fprintf(json, "      \"firmware\": \"%s\",\n      \"bus\": \"%s\",\n      \"refused\": %u,\n",
			record.firmware, record.bus, record.refused);
		fprintf(json, "      \"ring\": [%u, %u],\n      \"ring_max\": [%u, %u],\n", record.rx_ring,
			record.tx_ring, record.rx_ring_max, record.tx_ring_max);
		fprintf(json, "      \"queues\": [%u, %u],\n      \"queues_max\": [%u, %u],\n", record.rx_queues,
			record.tx_queues, record.rx_queues_max, record.tx_queues_max);
		fprintf(json, "      \"statistics\": %u,\n      \"left_out\": %u\n    }", record.statistics,
			record.left_out);
	}
	close_frame();
	close_expected(json);
}

static void write_statistics(const char *folder)
{
	/* The last one fills its field to the last byte. */
	static const char *const names[] = { "rx_missed_errors", "tx_dropped", "a_name_of_32_bytes_without_a_nul" };
	FILE *json = open_expected(folder, "nic_statistic", FRAME_NIC_STATISTIC);

	open_frame(folder, "nic_statistic");
	for (int n = 0; n < 3; n++) {
		struct nic_statistic_record record = {
			.time_unix_ns = TIME_NS,
			.value = (3ULL << 33) + n,
			.ifindex = 70002,
		};

		snprintf(record.interface, sizeof(record.interface), "fifteen-bytes-0");
		memcpy(record.name, names[n], strlen(names[n]));
		CHECK(!frame_append(&golden_buffer, FRAME_NIC_STATISTIC, &record, sizeof(record)), "append");
		fprintf(json, "%s\n    { \"interface\": \"%s\", \"name\": \"%s\", \"value\": %llu }", n ? "," : "",
			record.interface, names[n], (unsigned long long)record.value);
	}
	close_frame();
	close_expected(json);
}

static void write_tick(const char *folder)
{
	const struct nic_tick_record record = { .time_unix_ns = TIME_NS };
	FILE *json = open_expected(folder, "nic_tick", FRAME_NIC_TICK);

	open_frame(folder, "nic_tick");
	CHECK(!frame_append(&golden_buffer, FRAME_NIC_TICK, &record, sizeof(record)), "append");
	close_frame();
	fprintf(json, "\n    { \"time_unix_ns\": \"%llu\" }", (unsigned long long)record.time_unix_ns);
	close_expected(json);
}

void write_nics(const char *folder)
{
	write_interfaces(folder);
	write_statistics(folder);
	write_tick(folder);
}
