/* SPDX-License-Identifier: Apache-2.0 */
/* From what every CPU has counted since the start to the record of one interval. */
#ifndef LAGPIPE_STACK_TOTALS_H
#define LAGPIPE_STACK_TOTALS_H

#include <stdbool.h>
#include <stdint.h>

#include "../bpf/stack_latency_map.h"

/* Adds up one histogram over all CPUs. Extremes are those of `epoch`, in extremes[0]; min > max when there are none. */
void stack_total(const struct stack_histogram *cells, int cpus, uint64_t epoch, struct stack_histogram *total);

/* Fills the record's counts and extremes with what has been added since `before`. */
void stack_totals_subtract(const struct stack_histogram *now, const struct stack_histogram *before,
			   struct stack_latency_record *record);

/*
 * Whether the record says anything. A sample is two additions, to its bucket and to `seen`, and the reading of a
 * program that runs may fall between them: then this record has the one, and the next the other.
 */
bool stack_totals_any(const struct stack_latency_record *record);

#endif
