/* SPDX-License-Identifier: Apache-2.0 */
/* Against a plain list: every key has its own row, whatever was emptied before, and the largest are chosen. */
#include "../keyed_rows.h"

#include <string.h>

#include "check.h"

#define CAPACITY 1024

struct row {
	struct row_key key;
	uint64_t count;
};

static struct keyed_rows rows;

static struct row_key key_of(uint32_t number)
{
	struct row_key key = { .port = number, .role = number >> 16 & 1, .ip_version = 4 };

	memcpy(key.address, &number, sizeof(number));
	return key;
}

static struct row *get(uint32_t number)
{
	struct row_key key = key_of(number);

	return keyed_rows_get(&rows, &key);
}

static uint64_t weight(const void *row)
{
	return ((const struct row *)row)->count;
}

static void add(void *context, const void *row)
{
	*(uint64_t *)context += weight(row);
}

/* Fills with `keys` keys, key n `n` times, in an order that mixes them. */
static void check_fill(uint32_t keys)
{
	const void *top[8];
	uint64_t rest = 0, total = 0;

	for (uint32_t i = 0; i < keys * keys; i++) {
		uint32_t number = (i * 7919) % keys, round = i / keys;
		struct row *row = get(number * 2654435761u);

		CHECK(row, "no room for key %u of %u", number, keys);
		row->count += round < number;
	}
	CHECK(rows.count == keys, "%u rows for %u keys", rows.count, keys);
	CHECK(keyed_rows_top(&rows, weight, top, 8) == 8, "not 8 of %u", keys);
	for (uint32_t i = 0; i < 8; i++)
		CHECK(weight(top[i]) == keys - 1 - i, "%u is number %u", (unsigned int)weight(top[i]), i);
	keyed_rows_rest(&rows, add, &rest);
	for (uint32_t number = 0; number + 8 < keys; number++)
		total += number;
	CHECK(rest == total, "the rest is %llu, not %llu", (unsigned long long)rest, (unsigned long long)total);
}

int main(void)
{
	CHECK(!keyed_rows_open(&rows, sizeof(struct row), CAPACITY), "open");
	for (uint32_t keys = 9; keys <= 900; keys = keys * 3 / 2) {
		check_fill(keys);
		keyed_rows_empty(&rows);
		CHECK(!rows.count, "%u rows left", rows.count);
		for (uint32_t slot = 0; slot <= rows.mask; slot++)
			CHECK(!rows.slots[slot], "slot %u is still taken after %u keys", slot, keys);
	}
	for (uint32_t number = 0; number < CAPACITY; number++)
		CHECK(get(number), "%u", number);
	CHECK(!get(CAPACITY), "a row beyond the capacity");
	CHECK(get(7) == keyed_rows_at(&rows, 7), "a known key is not found in a full table");
	keyed_rows_close(&rows);
	printf("keyed_rows: as a plain list\n");
	return 0;
}
