/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps of bpf/tcp_life.bpf.c, its counts, and the record of a connection. */
#ifndef LAGPIPE_TCP_LIFE_RECORD_BPF_H
#define LAGPIPE_TCP_LIFE_RECORD_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "socket.bpf.h"
#include "tcp_life_map.h"

#define RECORD_COUNTERS	  struct tcp_life_counters
#define RECORD_RING_BYTES TCP_LIFE_RING_BYTES
#define RECORD_WAKE_BYTES TCP_LIFE_WAKE_BYTES
#include "record_ring.bpf.h"

/* include/net/sock.h enum sock_flags: set when a FIN has arrived. */
#define SOCK_DONE 1

/* minmax_reset() begins with this. */
#define NO_RTT 0xffffffffu

const volatile struct tcp_life_settings settings;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TCP_LIFE_CONNECTIONS);
	__type(key, u64); /* address of the struct sock */
	__type(value, struct tcp_life_connection);
} connections SEC(".maps");

/* Whose connection it is. */
static __always_inline void note_process(struct tcp_life_connection *connection)
{
	u64 id = bpf_get_current_pid_tgid();

	connection->cgroup_id = bpf_get_current_cgroup_id();
	connection->pid = id >> 32;
	connection->tid = (u32)id;
	bpf_get_current_comm(connection->comm, sizeof(connection->comm));
}

static __always_inline void copy_connection(struct tcp_life_record *record,
					    const struct tcp_life_connection *connection, u64 now)
{
	u64 idle = now - connection->active_ns;

	record->end_unix_ns = now;
	record->duration_ns = now - connection->established_ns;
	record->cgroup_id = connection->cgroup_id;
	record->longest_idle_ns = idle > connection->longest_idle_ns ? idle : connection->longest_idle_ns;
	record->response_first_ns = connection->response_first_ns;
	record->response_max_ns = connection->response_max_ns;
	record->response_total_ns = connection->response_total_ns;
	__builtin_memcpy(record->comm, connection->comm, sizeof(record->comm));
	record->pid = connection->pid;
	record->tid = connection->tid;
	record->turns = connection->turns;
	record->role = connection->role;
	record->closer = connection->closer;
	record->reason = connection->reason;
}

static __always_inline void note_ends(struct tcp_life_record *record, const struct sock *sk)
{
	record->netns_inode = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	/* skc_num is 0 again once the socket is closed; inet_sport stays. */
	record->local_port = bpf_ntohs(BPF_CORE_READ((const struct inet_sock *)sk, inet_sport));
	record->peer_port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET6) {
		read_ipv6_local(sk, record->local_address);
		read_ipv6_peer(sk, record->peer_address);
		settle_ipv6(record->local_address);
		record->ip_version = settle_ipv6(record->peer_address);
	} else {
		*(u32 *)record->local_address = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
		*(u32 *)record->peer_address = BPF_CORE_READ(sk, __sk_common.skc_daddr);
		record->ip_version = 4;
	}
}

/* bytes_acked would count the SYN and the FIN as well; bytes_received counts the FIN, as its sequence number. */
static __always_inline void note_volume(struct tcp_life_record *record, const struct sock *sk)
{
	const struct tcp_sock *tcp = (const struct tcp_sock *)sk;
	u32 rtt_min_us = BPF_CORE_READ(tcp, rtt_min.s[0].v);

	record->bytes_sent = BPF_CORE_READ(tcp, bytes_sent) - BPF_CORE_READ(tcp, bytes_retrans);
	record->bytes_received = BPF_CORE_READ(tcp, bytes_received);
	if (record->bytes_received && BPF_CORE_READ(sk, __sk_common.skc_flags) & 1UL << SOCK_DONE)
		record->bytes_received--;
	record->segments_sent = BPF_CORE_READ(tcp, segs_out);
	record->segments_received = BPF_CORE_READ(tcp, segs_in);
	record->retransmits = BPF_CORE_READ(tcp, total_retrans);
	record->rtt_us = BPF_CORE_READ(tcp, srtt_us) >> 3;
	record->rtt_min_us = rtt_min_us == NO_RTT ? 0 : rtt_min_us;
}

static __always_inline void fill_record(struct tcp_life_record *record, const struct tcp_life_connection *connection,
					const struct sock *sk, u64 now)
{
	copy_connection(record, connection, now);
	note_ends(record, sk);
	note_volume(record, sk);
	record->error = BPF_CORE_READ(sk, sk_err);
}

static __always_inline void send_end(const struct tcp_life_connection *connection, const struct sock *sk)
{
	u64 now = bpf_ktime_get_ns();
	struct tcp_life_record *record;

	if (now - connection->established_ns < settings.min_duration_ns) {
		COUNT(below_minimum);
		return;
	}
	record = reserve_record(sizeof(*record));
	if (!record)
		return;
	fill_record(record, connection, sk, now);
	submit_record(record);
	COUNT(closed);
}

/* On an open connection. It may be closed meanwhile on another CPU, and then its record has come already. */
static __always_inline void send_report(u64 key, struct tcp_life_connection *connection)
{
	u64 now = bpf_ktime_get_ns();
	struct tcp_life_record *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);

	connection->reported_ns = now;
	if (!record) {
		COUNT(reports_lost);
		return;
	}
	fill_record(record, connection, (const struct sock *)key, now);
	if (!bpf_map_lookup_elem(&connections, &key)) {
		bpf_ringbuf_discard(record, 0);
		return;
	}
	record->closer = CLOSER_NONE;
	record->reason = REASON_NONE;
	submit_record(record);
	COUNT(reports);
}

#endif
