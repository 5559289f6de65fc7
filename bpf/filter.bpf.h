/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which packets count. The settings are constant when a program is loaded, so the kernel's verifier removes every
 * filter that is off, with all that it would have read.
 */
#ifndef LAGPIPE_FILTER_BPF_H
#define LAGPIPE_FILTER_BPF_H

#include "gaps.bpf.h"
#include "meeting.bpf.h"
#include "socket.bpf.h"

/* Below cgroup v2's root; systemd and Kubernetes together make some six levels. */
#define CGROUP_LEVELS 32

const volatile struct stack_settings settings;

static __always_inline bool is_wanted_interface(const struct meeting *meeting)
{
	const struct net_device *device = device_of(meeting);
	u64 name[2] = { 0 };

	if (!device || bpf_core_read_str(name, sizeof(name), &device->name) < 0)
		return false;
	for (u32 i = 0; i < STACK_INTERFACES && i < settings.filter.interface_count; i++) {
		const volatile u64 *wanted = (const volatile u64 *)settings.filter.interfaces[i];

		if (name[0] == wanted[0] && name[1] == wanted[1])
			return true;
	}
	return false;
}

static __always_inline bool is_wanted_port(const struct meeting *meeting)
{
	u16 port = local_port_of(meeting);

	for (u32 i = 0; i < STACK_PORTS && i < settings.filter.port_count; i++)
		if (port == settings.filter.ports[i])
			return true;
	return false;
}

static __always_inline bool is_in_range(const struct address *address, const volatile struct stack_range *range)
{
	for (int word = 0; word < 4; word++)
		if ((address->words[word] & range->mask[word]) != range->address[word])
			return false;
	return true;
}

static __always_inline bool is_wanted_address(const struct address *address)
{
	bool is_ipv4 = !address->words[0] && !address->words[1] && address->words[2] == IPV4_MAPPED;

	if (settings.filter.ip_version && is_ipv4 != (settings.filter.ip_version == 4))
		return false;
	if (!settings.filter.range_count)
		return true;
	for (u32 i = 0; i < STACK_RANGES && i < settings.filter.range_count; i++)
		if (is_in_range(address, &settings.filter.ranges[i]))
			return true;
	return false;
}

static __always_inline bool is_wanted_netns(const struct meeting *meeting)
{
	u32 inode = netns_of(meeting);

	for (u32 i = 0; i < STACK_NETNS && i < settings.filter.netns_count; i++)
		if (inode == settings.filter.netns[i])
			return true;
	return false;
}

/* By what the packet is, which it stays from one stage to the next. */
static __always_inline bool is_wanted_packet(const struct meeting *meeting)
{
	struct address address;

	if (settings.filter.netns_count && !is_wanted_netns(meeting))
		return false;
	if (settings.filter.interface_count && !is_wanted_interface(meeting))
		return false;
	if (settings.filter.port_count && !is_wanted_port(meeting))
		return false;
	if (settings.filter.ip_version || settings.filter.range_count)
		return remote_address_of(meeting, &address) && is_wanted_address(&address);
	return true;
}

static __always_inline bool is_wanted_process(void)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;

	for (u32 i = 0; i < STACK_PIDS && i < settings.filter.pid_count; i++)
		if (pid == settings.filter.pids[i])
			return true;
	return false;
}

/*
 * Walks from the reader's own cgroup up to the root. bpf_get_current_ancestor_cgroup_id() would do the same, but 5.10
 * has it for programs of cgroups alone.
 */
static __always_inline bool is_wanted_cgroup(void)
{
	const struct task_struct *reader = (const struct task_struct *)bpf_get_current_task();
	const struct cgroup *cgroup = BPF_CORE_READ(reader, cgroups, dfl_cgrp);

	for (int level = 0; cgroup && level < CGROUP_LEVELS; level++) {
		u64 id = BPF_CORE_READ(cgroup, kn, id);

		for (u32 i = 0; i < STACK_CGROUPS && i < settings.filter.cgroup_count; i++)
			if (id == settings.filter.cgroups[i])
				return true;
		cgroup = BPF_CORE_READ(cgroup, self.parent, cgroup);
	}
	return false;
}

/* Packets that wait behind the one being read. TCP takes its packet off the queue when all of it was read. */
static __always_inline u32 left_waiting(const struct meeting *meeting)
{
	const struct sock *sk = meeting->sk;

	if (meeting->stage == STAGE_UDP_SOCKET_READ)
		return datagrams_waiting(sk);
	return BPF_CORE_READ(sk, sk_receive_queue.qlen) - 1;
}

/* By who reads it. */
static __always_inline bool is_wanted_read(const struct meeting *meeting)
{
	if (settings.filter.pid_count && !is_wanted_process())
		return false;
	if (settings.filter.cgroup_count && !is_wanted_cgroup())
		return false;
	return !settings.filter.min_queue_length || left_waiting(meeting) >= settings.filter.min_queue_length;
}

static __always_inline bool is_read_stage(u32 stage)
{
	return stage == STAGE_TCP_SOCKET_READ || stage == STAGE_UDP_SOCKET_READ;
}

static __always_inline bool is_tcp_queue_stage(u32 stage)
{
	return stage == STAGE_TCP_SOCKET_ENQUEUED || stage == STAGE_TCP_SOCKET_READ;
}

/* STACK_SKIPS: it is wanted. */
static __always_inline enum stack_skip why_reordered(const struct meeting *meeting)
{
	const struct sock *sk = meeting->sk;

	if (!settings.filter.drop_reordered || !is_tcp_queue_stage(meeting->stage))
		return STACK_SKIPS;
	/* MPTCP has sequence numbers of its own. */
	if (BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return STACK_SKIPS;
	switch (order_of(sk, meeting->skb)) {
	case ORDER_HELD_UP:
		return SKIP_REORDERED;
	case ORDER_UNKNOWN:
		return SKIP_MAP_FULL;
	default:
		return STACK_SKIPS;
	}
}

/* By chance and not by counting: every second packet of a conversation could always be the same side's. */
static __always_inline bool is_sampled_out(void)
{
	return settings.filter.sample_one_in > 1 && bpf_get_prandom_u32() % (u32)settings.filter.sample_one_in;
}

#endif
