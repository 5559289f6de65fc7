/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One record for every TCP connect attempt, when it has ended.
 *
 *   connect() --> cgroup/connect4,6: pending --> no route: unreachable, seen when the socket is closed or connected
 *                        |                       again, or by the loader's sweep
 *                        v
 *   inet_sock_set_state to SYN_SENT: attempt, still in the caller's context
 *                        |
 *                        v
 *   inet_sock_set_state from SYN_SENT (or SYN_RECV, where both sides connect): established, or closed with an error
 *
 * The two cgroup programs are there for attempts without a route only, which never change the socket's state.
 * Without them the rest works. The one at net_dev_queue sees where each SYN really goes (tcp_connect_nat.bpf.h). A
 * socket's start and end are two programs, because the kernel does not run a program inside itself: an end that
 * interrupts a start on its CPU would be lost if they were one.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "socket.bpf.h"
#include "tcp_connect_map.h"
#include "tcp_connect_nat.bpf.h"
#include "tcp_connect_record.bpf.h"

#define EEXIST 17

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TCP_CONNECT_ATTEMPTS);
	__type(key, u64); /* address of the struct sock */
	__type(value, struct tcp_connect_attempt);
} attempts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TCP_CONNECT_PENDING);
	__type(key, u64); /* socket cookie */
	__type(value, struct tcp_connect_attempt);
} pending SEC(".maps");

/* SYNs, to be known again behind a translation. An attempt has one here at most, and takes it along when it ends. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TCP_CONNECT_ATTEMPTS);
	__type(key, struct tcp_connect_syn);
	__type(value, u64); /* address of the struct sock */
} syns SEC(".maps");

/* Entries of `attempts`: while there are none, packets are not looked at. */
u64 attempts_in_flight;

static __always_inline void note_caller(struct tcp_connect_attempt *attempt, const struct sock *sk)
{
	u64 id = bpf_get_current_pid_tgid();

	attempt->start_ns = bpf_ktime_get_ns();
	attempt->cgroup_id = bpf_get_current_cgroup_id();
	attempt->pid = id >> 32;
	attempt->tid = (u32)id;
	attempt->netns_inode = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	bpf_get_current_comm(attempt->comm, sizeof(attempt->comm));
}

/* Takes the pending call of a socket. Whoever deletes it owns it: the loader's sweep may be at it as well. */
static __always_inline bool take_pending(u64 cookie, struct tcp_connect_attempt *taken)
{
	struct tcp_connect_attempt *found = bpf_map_lookup_elem(&pending, &cookie);

	if (!found)
		return false;
	__builtin_memcpy(taken, found, sizeof(*taken));
	return !bpf_map_delete_elem(&pending, &cookie);
}

static __always_inline void end_pending(u64 cookie)
{
	struct tcp_connect_attempt earlier;

	if (take_pending(cookie, &earlier))
		end_unrouted(&earlier);
}

/* Should the map be full, this counts as lost; if the call then sends a SYN all the same, as another attempt. */
static __always_inline void begin_pending(u64 cookie, const struct tcp_connect_attempt *attempt)
{
	end_pending(cookie);
	COUNT(attempts);
	if (bpf_map_update_elem(&pending, &cookie, attempt, BPF_NOEXIST))
		COUNT(map_full);
	else
		COUNT(started);
}

SEC("cgroup/connect4")
int connect_called_ipv4(struct bpf_sock_addr *ctx)
{
	struct tcp_connect_attempt attempt = { .ip_version = 4 };

	if (ctx->protocol != IPPROTO_TCP)
		return 1;
	note_caller(&attempt, plain_pointer(ctx->sk));
	*(u32 *)attempt.peer_address = ctx->user_ip4;
	attempt.peer_port = bpf_ntohs(ctx->user_port);
	begin_pending(bpf_get_socket_cookie(ctx), &attempt);
	return 1;
}

SEC("cgroup/connect6")
int connect_called_ipv6(struct bpf_sock_addr *ctx)
{
	struct tcp_connect_attempt attempt = {};
	u32 *address = (u32 *)attempt.peer_address;

	if (ctx->protocol != IPPROTO_TCP)
		return 1;
	note_caller(&attempt, plain_pointer(ctx->sk));
	address[0] = ctx->user_ip6[0];
	address[1] = ctx->user_ip6[1];
	address[2] = ctx->user_ip6[2];
	address[3] = ctx->user_ip6[3];
	attempt.ip_version = settle_ipv6(attempt.peer_address);
	attempt.peer_port = bpf_ntohs(ctx->user_port);
	begin_pending(bpf_get_socket_cookie(ctx), &attempt);
	return 1;
}

SEC("cgroup/sock_release")
int socket_released(struct bpf_sock *ctx)
{
	if (ctx->protocol == IPPROTO_TCP)
		end_pending(bpf_get_socket_cookie(ctx));
	return 1;
}

static __always_inline void note_peer(struct tcp_connect_attempt *attempt, const struct sock *sk)
{
	attempt->peer_port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	__builtin_memset(attempt->peer_address, 0, sizeof(attempt->peer_address));
	if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET6) {
		read_ipv6_peer(sk, attempt->peer_address);
		attempt->ip_version = settle_ipv6(attempt->peer_address);
	} else {
		*(u32 *)attempt->peer_address = BPF_CORE_READ(sk, __sk_common.skc_daddr);
		attempt->ip_version = 4;
	}
}

static __always_inline void forget_syn(const struct tcp_connect_attempt *attempt)
{
	struct tcp_connect_syn syn = attempt->syn;

	if (attempt->has_syn)
		bpf_map_delete_elem(&syns, &syn);
}

/*
 * The address may already hold an attempt: its end was missed, and the socket freed and its memory used again. Missed
 * ones are not among the attempts.
 */
static __always_inline void replace_attempt(u64 key, const struct tcp_connect_attempt *attempt)
{
	const struct tcp_connect_attempt *stale = bpf_map_lookup_elem(&attempts, &key);

	if (stale)
		forget_syn(stale);
	if (bpf_map_update_elem(&attempts, &key, attempt, BPF_ANY))
		return;
	UNCOUNT(attempts);
	COUNT(finished);
}

SEC("raw_tp/inet_sock_set_state")
int connect_started(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sock *sk = (const struct sock *)ctx->args[0];
	u64 key = ctx->args[0];
	struct tcp_connect_attempt attempt = {};
	long error;

	if (ctx->args[2] != TCP_SYN_SENT || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return 0;
	if (!take_pending(BPF_CORE_READ(sk, __sk_common.skc_cookie.counter), &attempt)) {
		note_caller(&attempt, sk);
		COUNT(attempts);
		COUNT(started);
	}
	note_peer(&attempt, sk); /* not the caller's: another cgroup program may have rewritten it */
	error = bpf_map_update_elem(&attempts, &key, &attempt, BPF_NOEXIST);
	if (!error) {
		__sync_fetch_and_add(&attempts_in_flight, 1);
	} else if (error == -EEXIST) {
		replace_attempt(key, &attempt);
	} else {
		COUNT(map_full);
		COUNT(finished);
	}
	return 0;
}

SEC("raw_tp/inet_sock_set_state")
int connect_ended(struct bpf_raw_tracepoint_args *ctx)
{
	u64 key = ctx->args[0];
	int from = ctx->args[1], to = ctx->args[2];
	struct tcp_connect_attempt *found, attempt;

	if ((from != TCP_SYN_SENT && from != TCP_SYN_RECV) || to == TCP_SYN_RECV)
		return 0;
	found = bpf_map_lookup_elem(&attempts, &key);
	if (!found)
		return 0;
	__builtin_memcpy(&attempt, found, sizeof(attempt));
	bpf_map_delete_elem(&attempts, &key);
	forget_syn(&attempt); /* in this order: see note_syn() */
	end_attempt(&attempt, (const struct sock *)key, to);
	__sync_fetch_and_add(&attempts_in_flight, -1);
	COUNT(finished);
	return 0;
}

/*
 * Of an attempt that repeats its SYN, the last one counts. On its way through a stack of interfaces a SYN may come by
 * when its attempt is ending on another CPU: whichever of the two is later takes the SYN out again.
 */
static __always_inline void note_syn(u64 key, struct tcp_connect_attempt *attempt,
				     const struct tcp_connect_syn *identity)
{
	if (attempt->has_syn && attempt->syn.sequence == identity->sequence &&
	    attempt->syn.timestamp == identity->timestamp)
		return;
	forget_syn(attempt);
	attempt->syn = *identity;
	attempt->has_syn = 1;
	bpf_map_update_elem(&syns, identity, &key, BPF_ANY);
	if (!bpf_map_lookup_elem(&attempts, &key))
		bpf_map_delete_elem(&syns, identity);
}

/* The attempt of a SYN. Its socket is known until the SYN is received: by another namespace, or by a bridge. */
static __always_inline struct tcp_connect_attempt *attempt_of(const struct sk_buff *skb,
							      const struct tcp_connect_syn *identity)
{
	u64 key = (u64)BPF_CORE_READ(skb, sk);
	struct tcp_connect_attempt *attempt = key ? bpf_map_lookup_elem(&attempts, &key) : NULL;
	u64 *noted;

	if (attempt) {
		note_syn(key, attempt, identity);
		return attempt;
	}
	noted = bpf_map_lookup_elem(&syns, identity);
	if (!noted)
		return NULL;
	key = *noted;
	return bpf_map_lookup_elem(&attempts, &key);
}

SEC("raw_tp/net_dev_queue")
int syn_queued(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sk_buff *skb = (const struct sk_buff *)ctx->args[0];
	struct tcp_connect_attempt *attempt;
	struct syn syn = {};

	if (!attempts_in_flight || !looks_like_syn(skb) || !read_syn(skb, &syn))
		return 0;
	attempt = attempt_of(skb, &syn.identity);
	if (attempt)
		note_translation(attempt, &syn);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
