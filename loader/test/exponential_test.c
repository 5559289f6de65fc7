/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel side's histogram_cell(), with the loader's table, against the definition in whole numbers: bucket i
 * holds ns when 10^9 * 2^(i/8) < ns <= 10^9 * 2^((i+1)/8), which is 10^72 * 2^i < ns^8 <= 10^72 * 2^(i+1).
 */
#include <stdint.h>
#include <string.h>

#include "../../bpf/histogram.bpf.h"
#include "../exponential.h"
#include "check.h"

/* 2^36 to the 8th, and 10^72 * 2^49, need 289 bits; both sides are multiplied by 2^240 for negative i. */
#define LIMBS 20

struct big {
	uint32_t limb[LIMBS]; /* least significant first */
};

static struct big big_one(void)
{
	return (struct big){ .limb = { 1 } };
}

static void big_multiply(struct big *number, uint64_t factor)
{
	uint32_t low = factor, high = factor >> 32;
	struct big result = { 0 };
	uint64_t carry = 0;

	for (int i = 0; i < LIMBS; i++) {
		unsigned __int128 sum = (unsigned __int128)number->limb[i] * low + carry;

		if (i)
			sum += (unsigned __int128)number->limb[i - 1] * high;
		result.limb[i] = (uint32_t)sum;
		carry = (uint64_t)(sum >> 32);
	}
	CHECK(!carry, "a number of the test does not fit");
	*number = result;
}

static int big_compare(const struct big *a, const struct big *b)
{
	for (int i = LIMBS - 1; i >= 0; i--)
		if (a->limb[i] != b->limb[i])
			return a->limb[i] < b->limb[i] ? -1 : 1;
	return 0;
}

/* bounds[c] = 10^72 * 2^(c - 240) * 2^240: what ns^8 * 2^240 must exceed to be in cell c or above. */
static struct big bounds[STACK_BUCKETS + 1];

static void fill_bounds(void)
{
	struct big bound = big_one();

	for (int i = 0; i < 8; i++)
		big_multiply(&bound, 1000000000);
	for (int cell = 0; cell <= STACK_BUCKETS; cell++) {
		bounds[cell] = bound;
		big_multiply(&bound, 2);
	}
}

static int exact_cell(uint64_t ns)
{
	struct big power = big_one();
	int least = 0, most = STACK_BUCKETS - 1;

	for (int i = 0; i < 8; i++)
		big_multiply(&power, ns);
	for (int i = 0; i < 8; i++)
		big_multiply(&power, 1 << 30);
	while (least < most) {
		int middle = (least + most + 1) / 2;

		if (big_compare(&power, &bounds[middle]) > 0)
			least = middle;
		else
			most = middle - 1;
	}
	return least;
}

static unsigned long long slices[HISTOGRAM_SLICES];
static int checked;

static void check_value(uint64_t ns)
{
	int cell = histogram_cell(ns, slices), exact = exact_cell(ns);

	CHECK(cell == exact, "%llu ns is in cell %d, not in %d", (unsigned long long)ns, exact, cell);
	/* Twice as long is eight cells further on: other users of the grid count durations of days. */
	for (int bits = 1; (ns << bits) >> HISTOGRAM_BITS == 0; bits++)
		CHECK((int)histogram_cell(ns << bits, slices) == cell + 8 * bits, "%llu ns * 2^%d is in cell %llu",
		      (unsigned long long)ns, bits, histogram_cell(ns << bits, slices));
	checked++;
}

/* Every bound, and what lies on either side of it. */
static void check_bounds(void)
{
	for (int cell = 0; cell < STACK_BUCKETS; cell++) {
		uint64_t upper = exponential_upper_ns(cell);

		if (upper >= STACK_LIMIT_NS)
			break;
		/* Below 12 ns whole numbers are wider apart than cells, and some cells can never be filled. */
		if (upper > 12)
			CHECK(exact_cell(upper) == cell, "cell %d does not end at %llu", cell,
			      (unsigned long long)upper);
		CHECK(exact_cell(upper + 1) > cell, "cell %d goes beyond %llu", cell, (unsigned long long)upper);
		check_value(upper);
		check_value(upper + 1);
	}
}

static void check_random(void)
{
	uint64_t state = 88172645463325252ULL;

	for (int i = 0; i < 20000; i++) {
		/* xorshift64; the shift spreads the values over all octaves */
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		check_value((state & (STACK_LIMIT_NS - 1)) >> (i % 36) | 1);
	}
}

int main(void)
{
	fill_bounds();
	exponential_slices(slices);
	for (uint64_t ns = 1; ns <= 4096; ns++)
		check_value(ns);
	for (int bit = 0; bit < 36; bit++)
		check_value(1ULL << bit);
	check_value(STACK_LIMIT_NS - 1);
	check_bounds();
	check_random();
	CHECK(histogram_cell(STACK_LIMIT_NS - 1, slices) == STACK_BUCKETS - 1, "the highest sample has another cell");
	CHECK((int)histogram_cell(3000000, slices) + STACK_OFFSET == -68, "3 ms is not at -68");
	printf("exponential: %d values in the exact cell\n", checked);
	return 0;
}
