/* SPDX-License-Identifier: Apache-2.0 */
/* The exponential grid of bpf/stack_latency.h in nanoseconds. */
#ifndef LAGPIPE_EXPONENTIAL_H
#define LAGPIPE_EXPONENTIAL_H

#include <stdint.h>

#include "../bpf/stack_latency_map.h"

/* The thresholds that histogram_cell() (bpf/histogram.bpf.h) takes: ascending, scaled to [2^63, 2^64). */
void exponential_thresholds(unsigned long long thresholds[STACK_THRESHOLDS]);

/* The highest duration of a cell; cell c holds exponential_upper_ns(c - 1) + 1 to exponential_upper_ns(c). */
uint64_t exponential_upper_ns(int cell);

#endif
