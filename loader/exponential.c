/* SPDX-License-Identifier: Apache-2.0 */
#include "exponential.h"

#include <math.h>

/* 10^9 * 2^(i/8). long double has 64 bits of mantissa; samples have at most 36, and the test compares exactly. */
static long double bound_ns(int index)
{
	return 1e9L * exp2l(index / 8.0L);
}

void exponential_thresholds(unsigned long long thresholds[STACK_THRESHOLDS])
{
	/* 10^9 = 1.8626 * 2^29, so the bounds from 10^9 * 2^(-7/8) to 10^9 are those between 2^29 and 2^30. */
	for (int i = 0; i < STACK_THRESHOLDS; i++)
		thresholds[i] = floorl(ldexpl(bound_ns(i - 7), 63 - 29));
}

uint64_t exponential_upper_ns(int cell)
{
	return floorl(bound_ns(cell + STACK_OFFSET + 1));
}
