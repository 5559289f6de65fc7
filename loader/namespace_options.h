/* SPDX-License-Identifier: Apache-2.0 */
/* Which network namespaces a program looks into. */
#ifndef LAGPIPE_NAMESPACE_OPTIONS_H
#define LAGPIPE_NAMESPACE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

/* With the zero byte; `ip netns` takes names of up to 255, and nobody uses such. */
#define NAMESPACE_NAME_BYTES 64
#define NAMESPACES_NAMED     32

struct namespaces_wanted {
	bool own; /* the one that this process is in */
	bool all; /* that one, all that are mounted and all that some process is in */
	uint32_t count;
	char names[NAMESPACES_NAMED][NAMESPACE_NAME_BYTES]; /* below /run/netns */
};

/* From "own", "all" or a list of names, in which "own" may stand too. Returns 0, or -1 with one sentence in `problem`.
 */
int namespaces_set(const json_t *value, struct namespaces_wanted *wanted, char *problem, size_t problem_bytes);

#endif
