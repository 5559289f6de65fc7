/* SPDX-License-Identifier: Apache-2.0 */
/* Per-CPU maps whose values are nothing but 64-bit counters that only grow. */
#ifndef LAGPIPE_COUNTERS_H
#define LAGPIPE_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

struct counters {
	int fd;
	int cpus;
	size_t size;	 /* of a value on one CPU */
	uint64_t *cells; /* one value per CPU */
};

/* Returns 0 or a negative errno. */
int counters_open(struct counters *counters, int map_fd, size_t size);

/* Adds a value, summed over all CPUs, to `total`, which has the same layout. Returns 0 or a negative errno. */
int counters_add(const struct counters *counters, uint32_t key, void *total);

/* Accepts what was never opened. */
void counters_close(struct counters *counters);

/* Turns totals into what came since `before`. */
void counters_subtract(void *now, const void *before, size_t size);

#endif
