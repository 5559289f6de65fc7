/* SPDX-License-Identifier: Apache-2.0 */
#include "keyed_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(struct row_key) == 24, "it is hashed as three words");

int keyed_rows_open(struct keyed_rows *rows, size_t row_bytes, uint32_t capacity)
{
	*rows = (struct keyed_rows){ .row_bytes = row_bytes, .capacity = capacity, .mask = 2 * capacity - 1 };
	rows->rows = calloc(capacity, row_bytes);
	rows->slots = calloc(2 * capacity, sizeof(*rows->slots));
	rows->chosen = calloc(capacity, sizeof(*rows->chosen));
	return rows->rows && rows->slots && rows->chosen ? 0 : -ENOMEM;
}

void keyed_rows_close(struct keyed_rows *rows)
{
	free(rows->rows);
	free(rows->slots);
	free(rows->chosen);
	*rows = (struct keyed_rows){ 0 };
}

/* Multiplications carry upwards only, so the upper half is folded back. */
static uint32_t hash(const struct row_key *key)
{
	uint64_t word[3], mixed = 0;

	memcpy(word, key, sizeof(word));
	for (int i = 0; i < 3; i++) {
		mixed = (mixed ^ word[i]) * 0x9e3779b97f4a7c15;
		mixed ^= mixed >> 32;
	}
	return mixed;
}

/* The slot that holds the key, or the free one where it would be. */
static uint32_t slot_of(const struct keyed_rows *rows, const struct row_key *key)
{
	uint32_t slot = hash(key) & rows->mask;

	while (rows->slots[slot] && memcmp(keyed_rows_at(rows, rows->slots[slot] - 1), key, sizeof(*key)))
		slot = (slot + 1) & rows->mask;
	return slot;
}

/* The last one first: no row that came before it was put behind it, so freeing its slot ends nobody's search. */
void keyed_rows_empty(struct keyed_rows *rows)
{
	if (rows->count > rows->capacity / 8) {
		memset(rows->slots, 0, 2 * rows->capacity * sizeof(*rows->slots));
	} else {
		for (uint32_t i = rows->count; i-- > 0;)
			rows->slots[slot_of(rows, keyed_rows_at(rows, i))] = 0;
	}
	rows->count = 0;
}

void *keyed_rows_get(struct keyed_rows *rows, const struct row_key *key)
{
	uint32_t slot = slot_of(rows, key);
	unsigned char *row;

	if (rows->slots[slot])
		return keyed_rows_at(rows, rows->slots[slot] - 1);
	if (rows->count == rows->capacity)
		return NULL;
	row = keyed_rows_at(rows, rows->count);
	memset(row, 0, rows->row_bytes);
	memcpy(row, key, sizeof(*key));
	rows->slots[slot] = ++rows->count;
	return row;
}

uint32_t keyed_rows_top(struct keyed_rows *rows, uint64_t (*weight)(const void *row), const void **top, uint32_t most)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < rows->count && most; i++) {
		const void *row = keyed_rows_at(rows, i);
		uint32_t at = kept;

		if (kept == most && weight(row) <= weight(top[kept - 1]))
			continue;
		if (kept < most)
			kept++;
		else
			at--;
		for (; at && weight(top[at - 1]) < weight(row); at--)
			top[at] = top[at - 1];
		top[at] = row;
	}
	memset(rows->chosen, 0, rows->count * sizeof(*rows->chosen));
	for (uint32_t i = 0; i < kept; i++)
		rows->chosen[((const unsigned char *)top[i] - rows->rows) / rows->row_bytes] = true;
	return kept;
}

void keyed_rows_rest(const struct keyed_rows *rows, void (*take)(void *context, const void *row), void *context)
{
	for (uint32_t i = 0; i < rows->count; i++)
		if (!rows->chosen[i])
			take(context, keyed_rows_at(rows, i));
}
