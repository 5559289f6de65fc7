/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where a packet is counted: in its stage's histogram, or in that of its group. Two maps, because the first costs one
 * array lookup; the loader makes the one that is not used as small as can be.
 */
#ifndef LAGPIPE_GROUP_BPF_H
#define LAGPIPE_GROUP_BPF_H

#include "filter.bpf.h"
#include "meeting.bpf.h"

struct stack_control control;

/* Too large for the stack of a BPF program. */
const volatile struct stack_histogram empty_histogram SEC(".rodata.empty");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, STACK_STAGES);
	__type(key, u32);
	__type(value, struct stack_histogram);
} histograms SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1);
	__type(key, struct stack_group_key);
	__type(value, struct stack_histogram);
} groups SEC(".maps");

static __always_inline void group_of(const struct meeting *meeting, struct stack_group_key *key)
{
	key->stage = meeting->stage;
	if (settings.group_by & GROUP_BY_INTERFACE) {
		const struct net_device *device = device_of(meeting);

		if (device)
			bpf_core_read_str(key->interface, sizeof(key->interface), &device->name);
	}
	if (settings.group_by & GROUP_BY_NETNS)
		key->netns_inode = netns_of(meeting);
	if (settings.group_by & GROUP_BY_LOCAL_PORT)
		key->local_port = local_port_of(meeting);
	if (settings.group_by & GROUP_BY_CGROUP && is_read_stage(meeting->stage))
		key->cgroup_id = bpf_get_current_cgroup_id();
}

/*
 * Takes one of the stage's places, and gives it back when another CPU made the same group at that moment. Who finds the
 * counter too high after adding itself steps back: so two CPUs that want the last place may both count in the overflow
 * group once, and there are never too many. Only 5.12 and later can add and read in one instruction.
 */
static __always_inline bool make_group(const struct stack_group_key *key)
{
	u32 *taken = &control.groups[key->stage % STACK_STAGE_SLOTS];
	bool made;

	if (*(volatile u32 *)taken >= settings.max_groups)
		return false;
	__sync_fetch_and_add(taken, 1);
	made = *(volatile u32 *)taken <= settings.max_groups &&
	       !bpf_map_update_elem(&groups, key, (const void *)&empty_histogram, BPF_NOEXIST);
	if (!made)
		__sync_fetch_and_add(taken, -1);
	return made;
}

static __always_inline struct stack_histogram *group_histogram(const struct meeting *meeting)
{
	struct stack_group_key key = { 0 };
	struct stack_histogram *histogram;

	group_of(meeting, &key);
	histogram = bpf_map_lookup_elem(&groups, &key);
	if (histogram)
		return histogram;
	make_group(&key);
	histogram = bpf_map_lookup_elem(&groups, &key);
	if (histogram)
		return histogram;
	__builtin_memset(&key, 0, sizeof(key));
	key.stage = meeting->stage;
	key.overflow = 1;
	return bpf_map_lookup_elem(&groups, &key); /* made by the loader */
}

static __always_inline struct stack_histogram *stage_histogram(u32 stage)
{
	return bpf_map_lookup_elem(&histograms, &stage);
}

static __always_inline struct stack_histogram *histogram_for(const struct meeting *meeting)
{
	return settings.group_by ? group_histogram(meeting) : stage_histogram(meeting->stage);
}

#endif
