/* SPDX-License-Identifier: Apache-2.0 */
/* Options of stack_latency that choose packets and tell groups of them apart. */
#ifndef LAGPIPE_FILTER_OPTIONS_H
#define LAGPIPE_FILTER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "../bpf/stack_latency_map.h"

/* Most groups that a stage may have. */
#define MAX_GROUPS 1024

/* Fills the filter from a JSON object. Returns 0, or -1 with one sentence in `problem`. */
int filter_options_set(const json_t *object, struct stack_filter *filter, char *problem, size_t problem_bytes);

/* Turns a JSON list of names into bits of enum stack_group_by. Returns 0, or -1 with one sentence in `problem`. */
int group_by_set(const json_t *list, uint64_t *group_by, char *problem, size_t problem_bytes);

#endif
