/* SPDX-License-Identifier: Apache-2.0 */
#include "counters.h"

#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

int counters_open(struct counters *counters, int map_fd, size_t size)
{
	int cpus = libbpf_num_possible_cpus();

	if (cpus < 0)
		return cpus;
	*counters = (struct counters){ .fd = map_fd, .cpus = cpus, .size = size, .cells = calloc(cpus, size) };
	return counters->cells ? 0 : -ENOMEM;
}

int counters_add(const struct counters *counters, uint32_t key, void *total)
{
	size_t words = counters->size / sizeof(uint64_t);
	uint64_t *sums = total;

	if (bpf_map_lookup_elem(counters->fd, &key, counters->cells))
		return -errno;
	for (int cpu = 0; cpu < counters->cpus; cpu++)
		for (size_t word = 0; word < words; word++)
			sums[word] += counters->cells[cpu * words + word];
	return 0;
}

void counters_close(struct counters *counters)
{
	free(counters->cells);
	counters->cells = NULL;
}

void counters_subtract(void *now, const void *before, size_t size)
{
	const uint64_t *earlier = before;
	uint64_t *counts = now;

	for (size_t word = 0; word < size / sizeof(uint64_t); word++)
		counts[word] -= earlier[word];
}
