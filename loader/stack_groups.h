/* SPDX-License-Identifier: Apache-2.0 */
/* The histograms of groups, when the options ask for groups: read, named, sent, and forgotten when they fall silent. */
#ifndef LAGPIPE_STACK_GROUPS_H
#define LAGPIPE_STACK_GROUPS_H

#include <stdint.h>

#include "../bpf/stack_latency_map.h"
#include "frame_buffer.h"
#include "options.h"

struct stack_groups {
	int map_fd;
	int cpus;
	uint64_t group_by;
	uint64_t idle_reports;	       /* after which a group is forgotten */
	struct stack_control *control; /* the programs' .bss */
	struct stack_histogram *cells; /* one group, one entry per CPU */
	void *known;		       /* tree of struct group (stack_groups.c), see tsearch(3) */
};

/* How many entries the map must have. */
uint32_t stack_groups_entries(const struct options *options);

/* Makes the groups for what no other has room for. Returns 0 or a negative errno. */
int stack_groups_start(struct stack_groups *groups, const struct options *options, int map_fd, int cpus,
		       struct stack_control *control);

/* Sends a record for each group that saw something; `interval` has its times. Returns 0 or the output's errno. */
int stack_groups_report(struct stack_groups *groups, const struct stack_latency_record *interval, uint64_t epoch,
			struct frame_buffer *out);

void stack_groups_stop(struct stack_groups *groups);

#endif
