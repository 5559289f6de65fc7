/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Damaged lines of options into the parser: each either parses or is refused with a sentence. The sanitizers watch.
 *
 *   options_fuzz_test [LINES [SEED]]
 */
#include <string.h>

#include "../options.h"
#include "check.h"

#define LINES 50000

static const char *const seeds[] = {
	"{\"program\":\"stack_latency\",\"interval_ms\":5000,\"stages\":[\"tcp-start\",\"ip-start\"]}",
	"{\"program\":\"stack_latency\",\"own_namespace\":true,\"run_stats\":false}",
	"{\"program\":\"tcp_connect\",\"min_latency_ns\":86400000000000,\"interval_ms\":10}",
	"{\"program\":\"tcp_connect\",\"interval_ms\":1e3,\"x\":[[[[{}]]],null,\"\\ud834\\udd1e\\u0000\"]}",
};

/* What means something to JSON or to the options. */
static const char *const words[] = { "{",
				     "}",
				     "[",
				     "]",
				     ":",
				     ",",
				     "\"",
				     "\\",
				     "true",
				     "null",
				     "-1",
				     "1e999",
				     "\"\"",
				     "\xff",
				     "\\u",
				     "[[[[[[",
				     "0",
				     "\"stages\"",
				     "9223372036854775808",
				     "\"program\"" };

#define COUNT_OF(list) (sizeof(list) / sizeof((list)[0]))

static unsigned int state;

/* Marsaglia's xorshift32 */
static unsigned int below(unsigned int limit)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % limit;
}

/* Puts `with` over `cut` bytes at a random place. */
static size_t splice(char *line, size_t length, const char *with, size_t with_length, size_t cut)
{
	size_t at = below(length + 1);

	if (cut > length - at)
		cut = length - at;
	if (length - cut + with_length > OPTIONS_LINE_BYTES)
		return length;
	memmove(line + at + with_length, line + at + cut, length - at - cut);
	memcpy(line + at, with, with_length);
	return length - cut + with_length;
}

static size_t damaged_line(char *line)
{
	const char *seed = seeds[below(COUNT_OF(seeds))];
	size_t length = strlen(seed);

	memcpy(line, seed, length);
	for (unsigned int changes = 1 + below(3); changes; changes--) {
		const char *word = words[below(COUNT_OF(words))];
		char byte = below(256);

		if (below(2))
			length = splice(line, length, word, strlen(word), below(8));
		else
			length = splice(line, length, &byte, below(2), below(3));
	}
	return length;
}

/* On the heap and of exact size, so that reading one byte too far is found out. */
static int parses(const char *line, size_t length)
{
	char *copy = malloc(length ? length : 1);
	struct options options;
	char problem[256] = "";
	int err;

	CHECK(copy, "no memory");
	memcpy(copy, line, length);
	err = options_parse(copy, length, &options, problem, sizeof(problem));
	CHECK(err ? problem[0] : options.program < PROGRAMS, "%.*s: %d %s", (int)length, line, err, problem);
	free(copy);
	return !err;
}

int main(int argc, char **argv)
{
	long lines = argc > 1 ? atol(argv[1]) : LINES, accepted = 0;
	static char line[OPTIONS_LINE_BYTES];

	state = argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 10) : 1;
	if (!state)
		state = 1;
	for (long i = 0; i < lines; i++)
		accepted += parses(line, damaged_line(line));
	printf("options: %ld damaged lines, %ld accepted, %ld refused with a sentence\n", lines, accepted,
	       lines - accepted);
	return 0;
}
