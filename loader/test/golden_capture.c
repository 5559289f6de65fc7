/* SPDX-License-Identifier: Apache-2.0 */
/* The golden frames of the program `capture`. */
#include "../capture_records.h"
#include "check.h"
#include "golden.h"

void write_capture_stats(const char *folder)
{
	FILE *json = open_expected(folder, "capture_stats", FRAME_CAPTURE_STATS);

	open_frame(folder, "capture_stats");
	for (uint64_t n = 0; n < 2; n++) {
		const struct capture_stats_record record = {
			.time_unix_ns = 1795237201345678000ULL + n,
			.received = (5ULL << 32) + n,
			.dropped_by_kernel = (3ULL << 32) + 10 * n,
			.dropped_by_interface = 70 + n,
		};

		fprintf(json, "%s\n    {\n      \"time_unix_ns\": \"%llu\",\n      \"received\": %llu,\n", n ? "," : "",
			(unsigned long long)record.time_unix_ns, (unsigned long long)record.received);
		fprintf(json, "      \"dropped_by_kernel\": %llu,\n      \"dropped_by_interface\": %llu\n    }",
			(unsigned long long)record.dropped_by_kernel, (unsigned long long)record.dropped_by_interface);
		CHECK(!frame_append(&golden_buffer, FRAME_CAPTURE_STATS, &record, sizeof(record)), "append");
	}
	close_frame();
	close_expected(json);
}
