// SPDX-License-Identifier: Apache-2.0
/*
 * The histogram of stack latencies as the kernel fills it: reads durations (64-bit nanoseconds) from its input, and
 * prints the count of each cell.
 */
#include <stdint.h>
#include <stdio.h>

#include "../bpf/histogram.bpf.h"
#include "../loader/exponential.h"

int main(void)
{
	unsigned long long slices[HISTOGRAM_SLICES];
	uint64_t buckets[STACK_BUCKETS] = { 0 }, ns;

	exponential_slices(slices);
	while (fread(&ns, sizeof(ns), 1, stdin) == 1) {
		if (!ns || ns >= STACK_LIMIT_NS)
			return 1;
		buckets[histogram_cell(ns, slices)]++;
	}
	for (int i = 0; i < STACK_BUCKETS; i++)
		printf("%llu\n", (unsigned long long)buckets[i]);
	return 0;
}
