/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The counts, and the one event that may follow: how many of them there are a second is limited here. */
#ifndef LAGPIPE_TCP_EVENTS_RECORD_BPF_H
#define LAGPIPE_TCP_EVENTS_RECORD_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "socket.bpf.h"
#include "tcp_events_map.h"

#define RECORD_COUNTERS	  struct tcp_events_counts
#define RECORD_RING_BYTES TCP_EVENTS_RING_BYTES
#define RECORD_WAKE_BYTES TCP_EVENTS_WAKE_BYTES
#include "record_ring.bpf.h"

const volatile struct tcp_events_settings settings;

/* When the next event would be due if all came evenly; behind the clock while few come. CLOCK_MONOTONIC. */
volatile u64 next_due_ns;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PACKET_PROTOCOLS);
	__type(key, u32);
	__type(value, struct packet_drop_counts);
} drops SEC(".maps");

/*
 * A token bucket over all CPUs in one number. Worked example: 100 a second are 10 ms apart (spacing), and 100 may come
 * at once (allowance 990 ms). After a pause the bucket is full: the due time is set to now, and each event moves it on
 * by 10 ms. The 101st finds it 1,000 ms ahead and is left out; 10 ms later there is room for one again.
 *
 * Who finds the due time too late after moving it on moves it back: only 5.12 and later can do both in one instruction.
 * Where two CPUs end a pause in the same instant, an event or two more may come through.
 */
static __always_inline bool take_turn(u64 now)
{
	u64 due = next_due_ns;

	if (due < now) {
		due = now;
		next_due_ns = now;
	}
	if (due - now > settings.allowance_ns)
		return false;
	__sync_fetch_and_add(&next_due_ns, settings.spacing_ns);
	if ((s64)(next_due_ns - now) <= (s64)(settings.allowance_ns + settings.spacing_ns))
		return true;
	__sync_fetch_and_add(&next_due_ns, -settings.spacing_ns);
	return false;
}

/* A record to fill in and submit with send_event(), or NULL: not wanted, over the limit, or no room. */
static __always_inline struct tcp_event_record *begin_record(u8 kind)
{
	u64 now;
	struct tcp_event_record *record;

	if (!(settings.wanted_events & 1ULL << kind))
		return NULL;
	COUNT(seen);
	now = bpf_ktime_get_ns();
	if (!take_turn(now)) {
		COUNT(suppressed);
		return NULL;
	}
	record = reserve_record(sizeof(*record));
	if (!record)
		return NULL;
	record->unix_ns = now;
	record->kind = kind;
	return record;
}

static __always_inline void send_event(struct tcp_event_record *record)
{
	submit_record(record);
	COUNT(events);
}

/* TIME_WAIT sockets and connections that are being made have the common part only. */
static __always_inline bool is_full_socket(const struct sock *sk)
{
	u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);

	return state != TCP_TIME_WAIT && state != TCP_NEW_SYN_RECV;
}

/*
 * The thread in whose call it happened. Softirq work on a socket waits while a call has it, so where it is taken, this
 * is that call. Not so with listening sockets, which are worked on without being taken.
 */
static __always_inline void note_caller(struct tcp_event_record *record, const struct sock *sk)
{
	if (record->state == TCP_LISTEN || !is_full_socket(sk) || !BPF_CORE_READ(sk, sk_lock.owned))
		return;
	record->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(record->comm, sizeof(record->comm));
}

static __always_inline u32 netns_of_socket(const struct sock *sk)
{
	return sk ? BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum) : 0;
}

/* IPv4-mapped IPv6 is IPv4, as on the wire; such sockets have their IPv4 addresses in the usual place, too. */
static __always_inline bool is_ipv6_socket(const struct sock *sk)
{
	u32 peer[4];

	if (BPF_CORE_READ(sk, __sk_common.skc_family) != AF_INET6 || !read_ipv6_peer(sk, peer))
		return false;
	return peer[0] || peer[1] || peer[2] != bpf_htonl(0xffff);
}

static __always_inline void note_socket_addresses(struct tcp_event_record *record, const struct sock *sk)
{
	u16 local_port = BPF_CORE_READ(sk, __sk_common.skc_num);

	/* skc_num is 0 again once the socket is closed; inet_sport stays. */
	if (!local_port && is_full_socket(sk))
		local_port = bpf_ntohs(BPF_CORE_READ((const struct inet_sock *)sk, inet_sport));
	record->local_port = local_port;
	record->peer_port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	record->ip_version = is_ipv6_socket(sk) ? 6 : 4;
	if (record->ip_version == 6) {
		read_ipv6_local(sk, record->local_address);
		read_ipv6_peer(sk, record->peer_address);
	} else {
		*(u32 *)record->local_address = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
		*(u32 *)record->peer_address = BPF_CORE_READ(sk, __sk_common.skc_daddr);
	}
}

#endif
