/* SPDX-License-Identifier: Apache-2.0 */
/* The exponential grid of bpf/stack_latency.h in nanoseconds. */
#ifndef LAGPIPE_EXPONENTIAL_H
#define LAGPIPE_EXPONENTIAL_H

#include <stdint.h>

#include "../bpf/histogram.bpf.h"
#include "../bpf/stack_latency_map.h"

/* The table that histogram_cell() takes. */
void exponential_slices(unsigned long long slices[HISTOGRAM_SLICES]);

/* The highest duration of a cell; cell c holds exponential_upper_ns(c - 1) + 1 to exponential_upper_ns(c). */
uint64_t exponential_upper_ns(int cell);

#endif
