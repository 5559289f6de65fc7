/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where a duration falls on OpenTelemetry's exponential grid of seconds at scale 3. Plain C without kernel types, so
 * that a test on the host runs the same lines.
 *
 * Bucket bounds are 10^9 * 2^(i/8) ns. Divided by the power of two below them, they are the same eight numbers in
 * every octave. So: shift the duration until its top bit is bit 63, and count how many of the eight thresholds, scaled
 * likewise to [2^63, 2^64), lie strictly below. Strictly, because a bucket holds its upper bound.
 *
 *   3 ms = 3,000,000 ns: top bit 21; mantissa 3e6 / 2^21 = 1.4305; below it lie 1.0156, 1.1075, 1.2078, 1.3171: 4.
 *   Cell 8 * 21 + 4 = 172, exponential index 172 - 240 = -68: (2.7621, 3.0121] ms.
 */
#ifndef LAGPIPE_HISTOGRAM_BPF_H
#define LAGPIPE_HISTOGRAM_BPF_H

/* Shifts *value until its top bit is set, and returns where that bit was. *value must not be 0. */
static inline __attribute__((always_inline)) unsigned int histogram_normalise(unsigned long long *value)
{
	unsigned long long mantissa = *value;
	unsigned int top = 63;

	if (!(mantissa >> 32)) {
		mantissa <<= 32;
		top -= 32;
	}
	if (!(mantissa >> 48)) {
		mantissa <<= 16;
		top -= 16;
	}
	if (!(mantissa >> 56)) {
		mantissa <<= 8;
		top -= 8;
	}
	if (!(mantissa >> 60)) {
		mantissa <<= 4;
		top -= 4;
	}
	if (!(mantissa >> 62)) {
		mantissa <<= 2;
		top -= 2;
	}
	if (!(mantissa >> 63)) {
		mantissa <<= 1;
		top -= 1;
	}
	*value = mantissa;
	return top;
}

/* How many of the eight ascending thresholds lie below the mantissa: at most four comparisons. */
static inline __attribute__((always_inline)) unsigned int histogram_below(unsigned long long mantissa,
									  const volatile unsigned long long *t)
{
	if (mantissa <= t[3]) {
		if (mantissa <= t[1])
			return mantissa <= t[0] ? 0 : 1;
		return mantissa <= t[2] ? 2 : 3;
	}
	if (mantissa <= t[5])
		return mantissa <= t[4] ? 4 : 5;
	if (mantissa <= t[6])
		return 6;
	return mantissa <= t[7] ? 7 : 8;
}

/* The cell of buckets[] for a duration of 1 ns or more; its exponential index is the cell - 240. */
static inline __attribute__((always_inline)) unsigned int histogram_cell(unsigned long long ns,
									 const volatile unsigned long long *thresholds)
{
	unsigned int top = histogram_normalise(&ns);

	return 8 * top + histogram_below(ns, thresholds);
}

#endif
