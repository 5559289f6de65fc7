/* SPDX-License-Identifier: Apache-2.0 */
#include "stack_totals.h"

#include <string.h>

#include "exponential.h"

static void add_cell(const struct stack_histogram *cell, uint64_t epoch, struct stack_histogram *total)
{
	const struct stack_extremes *extremes = &cell->extremes[epoch & 1];

	total->seen += cell->seen;
	for (int i = 0; i < STACK_SKIPS; i++)
		total->skipped[i] += cell->skipped[i];
	total->zero_count += cell->zero_count;
	total->sum_ns += cell->sum_ns;
	for (int i = 0; i < STACK_BUCKETS; i++)
		total->buckets[i] += cell->buckets[i];
	if (extremes->epoch != epoch)
		return;
	if (extremes->min_ns < total->extremes[0].min_ns)
		total->extremes[0].min_ns = extremes->min_ns;
	if (extremes->max_ns > total->extremes[0].max_ns)
		total->extremes[0].max_ns = extremes->max_ns;
}

void stack_total(const struct stack_histogram *cells, int cpus, uint64_t epoch, struct stack_histogram *total)
{
	memset(total, 0, sizeof(*total));
	total->extremes[0].min_ns = UINT64_MAX;
	for (int cpu = 0; cpu < cpus; cpu++)
		add_cell(&cells[cpu], epoch, total);
}

static uint64_t clamp(uint64_t value, uint64_t least, uint64_t most)
{
	return value < least ? least : value > most ? most : value;
}

/*
 * A sample taken between the new epoch and the reading of its bucket is in this record, but its extremes are in the
 * next. So the extremes are held within the lowest and the highest bucket that this record really has.
 */
static void settle_extremes(struct stack_latency_record *record, const struct stack_extremes *extremes)
{
	int lowest = 0, highest = STACK_BUCKETS - 1;

	while (lowest < STACK_BUCKETS && !record->buckets[lowest])
		lowest++;
	while (highest >= 0 && !record->buckets[highest])
		highest--;
	if (highest < 0)
		return; /* no sample, or all of 0 ns: 0 and 0 */
	record->max_ns = clamp(extremes->max_ns, exponential_upper_ns(highest - 1) + 1, exponential_upper_ns(highest));
	if (!record->zero_count)
		record->min_ns =
			clamp(extremes->min_ns, exponential_upper_ns(lowest - 1) + 1, exponential_upper_ns(lowest));
}

void stack_totals_subtract(const struct stack_histogram *now, const struct stack_histogram *before,
			   struct stack_latency_record *record)
{
	record->seen = now->seen - before->seen;
	for (int i = 0; i < STACK_SKIPS; i++)
		record->skipped[i] = now->skipped[i] - before->skipped[i];
	record->zero_count = now->zero_count - before->zero_count;
	record->sum_ns = now->sum_ns - before->sum_ns;
	for (int i = 0; i < STACK_BUCKETS; i++)
		record->buckets[i] = now->buckets[i] - before->buckets[i];
	settle_extremes(record, &now->extremes[0]);
}

bool stack_totals_any(const struct stack_latency_record *record)
{
	uint64_t any = record->seen | record->zero_count;

	for (int i = 0; i < STACK_SKIPS; i++)
		any |= record->skipped[i];
	for (int i = 0; i < STACK_BUCKETS; i++)
		any |= record->buckets[i];
	return any;
}
