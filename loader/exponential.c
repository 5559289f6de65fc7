/* SPDX-License-Identifier: Apache-2.0 */
#include "exponential.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>

/* Thresholds in one octave: 2^3, for scale 3. */
#define THRESHOLDS (1 << STACK_SCALE)

/* 10^9 * 2^(i/8). long double has 64 bits of mantissa; samples have at most 36, and the test compares exactly. */
static long double bound_ns(int index)
{
	return 1e9L * exp2l(index / 8.0L);
}

/* 10^9 = 1.8626 * 2^29, so the bounds from 10^9 * 2^(-7/8) to 10^9 are those between 2^29 and 2^30. */
static unsigned long long threshold(int i)
{
	return floorl(ldexpl(bound_ns(i - 7), 63 - 29));
}

void exponential_slices(unsigned long long slices[HISTOGRAM_SLICES])
{
	int below = 0;

	for (unsigned int i = 0; i < HISTOGRAM_SLICES; i++) {
		bool is_here = below < THRESHOLDS && (threshold(below) >> 59) % HISTOGRAM_SLICES == i;

		slices[i] = ((is_here ? threshold(below) : ULLONG_MAX) & ~HISTOGRAM_BELOW) | below;
		below += is_here;
	}
}

uint64_t exponential_upper_ns(int cell)
{
	return floorl(bound_ns(cell + STACK_OFFSET + 1));
}
