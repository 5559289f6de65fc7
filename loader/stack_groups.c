/* SPDX-License-Identifier: Apache-2.0 */
#include "stack_groups.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "group_names.h"
#include "log.h"
#include "stack_totals.h"

struct group {
	struct stack_group_key key; /* first: what the tree is ordered by */
	struct stack_histogram before;
	uint64_t idle_reports;
	char netns_name[STACK_NETNS_BYTES];
	char cgroup_path[STACK_CGROUP_BYTES];
};

static int compare_keys(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct stack_group_key));
}

uint32_t stack_groups_entries(const struct options *options)
{
	return options->group_by ? STACK_STAGES * (options->max_groups + 1) : 1;
}

static int make_overflow_groups(struct stack_groups *groups)
{
	for (int stage = 0; stage < STACK_STAGES; stage++) {
		const struct stack_group_key key = { .stage = stage, .overflow = 1 };

		if (bpf_map_update_elem(groups->map_fd, &key, groups->cells, BPF_NOEXIST))
			return -errno;
	}
	return 0;
}

int stack_groups_start(struct stack_groups *groups, const struct options *options, int map_fd, int cpus,
		       struct stack_control *control)
{
	if (!options->group_by)
		return 0;
	*groups = (struct stack_groups){
		.map_fd = map_fd,
		.cpus = cpus,
		.group_by = options->group_by,
		.idle_reports = options->group_idle_ms / options->interval_ms + 1,
		.control = control,
		.cells = calloc(cpus, sizeof(*groups->cells)),
	};
	return groups->cells ? make_overflow_groups(groups) : -ENOMEM;
}

/* The group's entry in the tree, made and named when it is new. NULL: no memory. */
static struct group *know(struct stack_groups *groups, const struct stack_group_key *key)
{
	struct group **found = tfind(key, &groups->known, compare_keys);
	struct group *group;

	if (found)
		return *found;
	group = calloc(1, sizeof(*group));
	if (!group)
		return NULL;
	group->key = *key;
	if (!tsearch(group, &groups->known, compare_keys)) {
		free(group);
		return NULL;
	}
	if (key->netns_inode)
		group_netns_name(key->netns_inode, group->netns_name, sizeof(group->netns_name));
	if (key->cgroup_id)
		group_cgroup_path(key->cgroup_id, group->cgroup_path, sizeof(group->cgroup_path));
	return group;
}

static int send_group(struct stack_groups *groups, struct group *group, struct stack_latency_record *latency,
		      struct frame_buffer *out)
{
	struct stack_group_record record = {
		.latency = *latency,
		.cgroup_id = group->key.cgroup_id,
		.netns_inode = group->key.netns_inode,
		.local_port = group->key.local_port,
		.group_by = groups->group_by,
		.overflow = group->key.overflow,
	};

	record.latency.stage = group->key.stage;
	memcpy(record.interface, group->key.interface, sizeof(record.interface));
	memcpy(record.netns_name, group->netns_name, sizeof(record.netns_name));
	memcpy(record.cgroup_path, group->cgroup_path, sizeof(record.cgroup_path));
	return frame_append(out, FRAME_STACK_GROUP, &record, sizeof(record));
}

/* Sends what groups->cells have more than the time before, if anything. */
static int report_counts(struct stack_groups *groups, struct group *group, const struct stack_latency_record *interval,
			 uint64_t epoch, struct frame_buffer *out)
{
	struct stack_latency_record latency = *interval;
	struct stack_histogram now;
	bool any;

	stack_total(groups->cells, groups->cpus, epoch, &now);
	stack_totals_subtract(&now, &group->before, &latency);
	group->before = now;
	any = stack_totals_any(&latency);
	group->idle_reports = any ? 0 : group->idle_reports + 1;
	return any ? send_group(groups, group, &latency, out) : 0;
}

/*
 * Reads and removes in one step, so that what came between the last report and now is sent. Kernels before 5.14
 * cannot: there a group stays.
 */
static int forget(struct stack_groups *groups, struct group *group, const struct stack_latency_record *interval,
		  uint64_t epoch, struct frame_buffer *out)
{
	int err;

	if (bpf_map_lookup_and_delete_elem(groups->map_fd, &group->key, groups->cells))
		return 0;
	err = report_counts(groups, group, interval, epoch, out);
	__atomic_fetch_sub(&groups->control->groups[group->key.stage], 1, __ATOMIC_SEQ_CST);
	tdelete(group, &groups->known, compare_keys);
	free(group);
	return err;
}

static int report_group(struct stack_groups *groups, const struct stack_group_key *key,
			const struct stack_latency_record *interval, uint64_t epoch, struct frame_buffer *out)
{
	struct group *group = know(groups, key);
	int err;

	if (!group || bpf_map_lookup_elem(groups->map_fd, key, groups->cells)) {
		log_warn("read_failed", "cannot read the histogram of a group: %s", strerror(errno));
		return 0;
	}
	err = report_counts(groups, group, interval, epoch, out);
	if (err || key->overflow || group->idle_reports < groups->idle_reports)
		return err;
	return forget(groups, group, interval, epoch, out);
}

int stack_groups_report(struct stack_groups *groups, const struct stack_latency_record *interval, uint64_t epoch,
			struct frame_buffer *out)
{
	struct stack_group_key key, next;
	bool more;
	int err = 0;

	if (!groups->cells)
		return 0;
	more = !bpf_map_get_next_key(groups->map_fd, NULL, &next);
	while (more && !err) {
		key = next;
		/* First, because the key may be gone afterwards. */
		more = !bpf_map_get_next_key(groups->map_fd, &key, &next);
		err = report_group(groups, &key, interval, epoch, out);
	}
	return err;
}

void stack_groups_stop(struct stack_groups *groups)
{
	tdestroy(groups->known, free);
	free(groups->cells);
	*groups = (struct stack_groups){ 0 };
}
