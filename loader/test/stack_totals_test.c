/* SPDX-License-Identifier: Apache-2.0 */
#include "../stack_totals.h"

#include <stdio.h>

#include "check.h"

/* A group was silent and now has a sample, of which the loader reads one addition and, the time after, the other. */
static void sample_is_sent_though_it_was_read_between_its_additions(void)
{
	struct stack_histogram before = { .seen = 1, .buckets[8] = 1 };
	struct stack_histogram between = { .seen = 1, .buckets[8] = 2 };
	struct stack_histogram after = { .seen = 2, .buckets[8] = 2 };
	struct stack_latency_record first = { 0 }, second = { 0 };

	stack_totals_subtract(&between, &before, &first);
	stack_totals_subtract(&after, &between, &second);
	CHECK(stack_totals_any(&first), "its bucket was left out");
	CHECK(stack_totals_any(&second), "that it was seen was left out");
	CHECK(first.buckets[8] + second.buckets[8] == 1, "%llu and %llu", first.buckets[8], second.buckets[8]);
	CHECK(first.seen + second.seen == 1, "%llu and %llu", first.seen, second.seen);
}

static void silence_is_not_sent(void)
{
	struct stack_histogram same = { .seen = 3, .zero_count = 1, .skipped[SKIP_OTHER] = 1, .buckets[8] = 1 };
	struct stack_latency_record record = { 0 };

	stack_totals_subtract(&same, &same, &record);
	CHECK(!stack_totals_any(&record), "seen %llu", record.seen);
}

static void each_count_is_sent(void)
{
	const struct stack_histogram none = { 0 }, zero = { .zero_count = 1 }, skipped = { .skipped[SKIP_OTHER] = 1 };
	struct stack_latency_record record = { 0 };

	stack_totals_subtract(&zero, &none, &record);
	CHECK(stack_totals_any(&record), "a sample of 0 ns was left out");
	stack_totals_subtract(&skipped, &none, &record);
	CHECK(stack_totals_any(&record), "a skip was left out");
}

int main(void)
{
	sample_is_sent_though_it_was_read_between_its_additions();
	silence_is_not_sent();
	each_count_is_sent();
	puts("stack_totals: a sample read halfway is sent");
	return 0;
}
