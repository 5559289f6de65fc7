/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The end of an attempt: its outcome, its record, and the counts. */
#ifndef LAGPIPE_TCP_CONNECT_RECORD_BPF_H
#define LAGPIPE_TCP_CONNECT_RECORD_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "socket.bpf.h"
#include "tcp_connect_map.h"

#define RECORD_COUNTERS	  struct tcp_connect_counters
#define RECORD_RING_BYTES TCP_CONNECT_RING_BYTES
#define RECORD_WAKE_BYTES TCP_CONNECT_WAKE_BYTES
#include "record_ring.bpf.h"

/* asm-generic/errno.h: the same numbers on every architecture that BPF runs on but MIPS, PA-RISC and SPARC. */
#define EADDRNOTAVAIL 99
#define ENETUNREACH   101
#define ECONNABORTED  103
#define ECONNRESET    104
#define ETIMEDOUT     110
#define ECONNREFUSED  111

const volatile struct tcp_connect_settings settings;

/* What the record takes from the attempt. */
static __always_inline void copy_attempt(struct tcp_connect_record *record, const struct tcp_connect_attempt *attempt)
{
	record->cgroup_id = attempt->cgroup_id;
	__builtin_memcpy(record->peer_address, attempt->peer_address, sizeof(record->peer_address));
	__builtin_memcpy(record->comm, attempt->comm, sizeof(record->comm));
	record->pid = attempt->pid;
	record->tid = attempt->tid;
	record->netns_inode = attempt->netns_inode;
	record->peer_port = attempt->peer_port;
	record->ip_version = attempt->ip_version;
	__builtin_memcpy(record->nat_peer_address, attempt->nat_peer_address, sizeof(record->nat_peer_address));
	record->nat_peer_port = attempt->nat_peer_port;
}

/* connect() failed before a SYN was sent. Its errno is not to be seen from here; no route is by far the commonest. */
static __always_inline void end_unrouted(const struct tcp_connect_attempt *attempt)
{
	struct tcp_connect_record *record;

	COUNT(finished);
	if (settings.min_latency_ns) {
		COUNT(below_minimum);
		return;
	}
	record = reserve_record(sizeof(*record));
	if (!record)
		return;
	copy_attempt(record, attempt);
	record->end_unix_ns = attempt->start_ns;
	record->error = ENETUNREACH;
	record->outcome = OUTCOME_UNREACHABLE;
	submit_record(record);
	COUNT(records);
}

static __always_inline u8 outcome_of(int error)
{
	switch (error) {
	case 0:
	case ECONNABORTED: /* closed by the administrator, ss --kill */
	case EADDRNOTAVAIL:
		return OUTCOME_ABORTED;
	case ECONNREFUSED:
		return OUTCOME_REFUSED;
	case ECONNRESET:
		return OUTCOME_RESET;
	case ETIMEDOUT:
		return OUTCOME_TIMED_OUT;
	default: /* what ICMP errors are turned into: net/ipv4/icmp.c icmp_err_convert, net/ipv6/icmp.c */
		return OUTCOME_UNREACHABLE;
	}
}

/*
 * The socket was closed. Without an error and without a segment sent, connect() itself gave up after SYN_SENT: there
 * was no free port (and so none is set), or the route with that port does not exist.
 */
static __always_inline int closing_error(const struct sock *sk, u16 local_port)
{
	const struct tcp_sock *tcp = (const struct tcp_sock *)sk;
	int error = BPF_CORE_READ(sk, sk_err);

	if (error || BPF_CORE_READ(tcp, segs_out))
		return error;
	return local_port ? ENETUNREACH : EADDRNOTAVAIL;
}

static __always_inline void note_local(struct tcp_connect_record *record, const struct sock *sk)
{
	/* skc_num is 0 again once the socket is closed; inet_sport stays. */
	record->local_port = bpf_ntohs(BPF_CORE_READ((const struct inet_sock *)sk, inet_sport));
	if (record->ip_version == 6)
		read_ipv6_local(sk, record->local_address);
	else
		*(u32 *)record->local_address = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
}

static __always_inline void end_attempt(const struct tcp_connect_attempt *attempt, const struct sock *sk, int state)
{
	const struct tcp_sock *tcp = (const struct tcp_sock *)sk;
	u64 now = bpf_ktime_get_ns();
	struct tcp_connect_record *record;

	if (now - attempt->start_ns < settings.min_latency_ns) {
		COUNT(below_minimum);
		return;
	}
	record = reserve_record(sizeof(*record));
	if (!record)
		return;
	copy_attempt(record, attempt);
	record->end_unix_ns = now;
	record->duration_ns = now - attempt->start_ns;
	note_local(record, sk);
	record->rtt_us = BPF_CORE_READ(tcp, srtt_us) >> 3;
	record->syn_retransmits = BPF_CORE_READ(tcp, total_retrans);
	record->error = state == TCP_ESTABLISHED ? 0 : closing_error(sk, record->local_port);
	record->outcome = state == TCP_ESTABLISHED ? OUTCOME_ESTABLISHED : outcome_of(record->error);
	submit_record(record);
	COUNT(records);
}

#endif
