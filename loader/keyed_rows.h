/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that are found by a key, up to a limit; emptied and filled again and again. */
#ifndef LAGPIPE_KEYED_ROWS_H
#define LAGPIPE_KEYED_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What sockets are told apart by; compared byte by byte, so what is not used is 0. */
struct row_key {
	uint8_t address[16];
	uint16_t port;
	uint8_t role;
	uint8_t ip_version;
	uint32_t zero;
};

/*
 * Rows lie densely in the order in which they came, each beginning with its key; `slots` are an open-addressing hash
 * table of row numbers + 1, twice as many as there can be rows, so a free one is near.
 */
struct keyed_rows {
	size_t row_bytes;
	uint32_t capacity, count;
	uint32_t mask;
	unsigned char *rows;
	uint32_t *slots;
	bool *chosen; /* by keyed_rows_top() */
};

/* `capacity` must be a power of two. Returns 0 or a negative errno. */
int keyed_rows_open(struct keyed_rows *rows, size_t row_bytes, uint32_t capacity);

/* Accepts rows that are all zero. */
void keyed_rows_close(struct keyed_rows *rows);

/* Forgets all rows, at a cost that depends on how many there are. */
void keyed_rows_empty(struct keyed_rows *rows);

/* The row of a key, made with zeros behind the key when it is new. NULL: there is no room for another one. */
void *keyed_rows_get(struct keyed_rows *rows, const struct row_key *key);

static inline void *keyed_rows_at(const struct keyed_rows *rows, uint32_t index)
{
	return rows->rows + index * rows->row_bytes;
}

/* Puts the up to `most` rows of the largest weight into `top`, the largest first, and marks them. Returns how many. */
uint32_t keyed_rows_top(struct keyed_rows *rows, uint64_t (*weight)(const void *row), const void **top, uint32_t most);

/* Calls `take` for each row that keyed_rows_top() did not choose. */
void keyed_rows_rest(const struct keyed_rows *rows, void (*take)(void *context, const void *row), void *context);

#endif
