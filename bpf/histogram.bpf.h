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
 *
 * Thresholds are more than 1/16 apart. So each sixteenth of the octave has one at most, and a table says which, and how
 * many lie below the whole sixteenth. Durations at one stage are mostly of few octaves, and the processor guesses those
 * branches right; which eighth of the octave it is nobody can guess, so nothing branches on that.
 */
#ifndef LAGPIPE_HISTOGRAM_BPF_H
#define LAGPIPE_HISTOGRAM_BPF_H

#define HISTOGRAM_SLICES 16 /* of an octave */

/* In an entry of the table: the threshold, and in its lowest bits how many lie below the slice. */
#define HISTOGRAM_BELOW 15ULL

/* Durations have less bits than this: then those lowest bits of the shifted one are 0. */
#define HISTOGRAM_BITS 59

/* Where the top bit of a duration is that is not 0. */
static inline __attribute__((always_inline)) unsigned long long histogram_top(unsigned long long ns)
{
	unsigned long long top = 0;

#pragma unroll
	for (int bits = 32; bits > 1; bits /= 2)
		if (ns >> bits) {
			ns >>= bits;
			top += bits;
			/* Lest the compiler choose each of the two by a comparison and a branch of its own. */
			asm volatile("" : "+r"(ns), "+r"(top));
		}
	return top + (ns >> 1);
}

/*
 * The cell of buckets[] for a duration of 1 ns or more; its exponential index is the cell - 240. 64 bits wide, because
 * the verifier loses sight of a 32-bit index that was checked before it is widened.
 */
static inline __attribute__((always_inline)) unsigned long long
histogram_cell(unsigned long long ns, const volatile unsigned long long slices[HISTOGRAM_SLICES])
{
	unsigned long long top = histogram_top(ns);
	unsigned long long mantissa = ns << (63 - top);
	unsigned long long slice = slices[(mantissa >> 59) % HISTOGRAM_SLICES];

	/* Both have bit 63, so the sign of the difference says whether the threshold lies below. */
	return 8 * top + (slice & HISTOGRAM_BELOW) + ((slice - mantissa) >> 63);
}

#endif
