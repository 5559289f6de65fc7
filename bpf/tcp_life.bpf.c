/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One record for every TCP connection, when it is closed. Each end of a connection within one host is one.
 *
 *   inet_sock_set_state to SYN_SENT: who connects, still in the caller's context
 *                        |
 *   inet_sock_set_state to ESTABLISHED: open, on either side
 *                        |
 *   accept() returns (tcp_life_accept.bpf.h); sock_send_length, sock_recv_length: turns and idle times
 *                        |
 *   inet_sock_set_state to FIN_WAIT1 or CLOSE_WAIT: whose FIN was first; to CLOSE: the record
 *
 * The states are three programs, because the kernel does not run a program inside itself: the change of state of one
 * connection that interrupts another's on its CPU would be lost more often if they were one.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "socket.bpf.h"
#include "tcp_life_accept.bpf.h"
#include "tcp_life_record.bpf.h"
#include "tcp_life_turns.bpf.h"

/* asm-generic/errno.h */
#define EPIPE	     32
#define ECONNABORTED 103
#define ECONNRESET   104

/* include/net/sock.h enum sock_flags: the application has closed it. */
#define SOCK_DEAD 0

/* include/linux/socket.h: reads that take no data */
#define MSG_PEEK     2
#define MSG_ERRQUEUE 0x2000

static __always_inline bool is_tcp(const struct sock *sk)
{
	return BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP;
}

/* The address holds a connection whose end was missed: its socket was freed, and the memory is used again. */
static __always_inline void forget_stale(u64 key)
{
	const struct tcp_life_connection *stale = bpf_map_lookup_elem(&connections, &key);

	if (!stale || !stale->established_ns)
		return;
	COUNT(unseen_end);
	COUNT(ended);
}

SEC("raw_tp/inet_sock_set_state")
int connecting(struct bpf_raw_tracepoint_args *ctx)
{
	u64 key = ctx->args[0];
	struct tcp_life_connection connection = { .role = ROLE_CLIENT, .accepted = 1 };

	if (ctx->args[2] != TCP_SYN_SENT || !is_tcp((const struct sock *)key))
		return 0;
	forget_stale(key);
	note_process(&connection);
	bpf_map_update_elem(&connections, &key, &connection, BPF_ANY); /* should it fail, `established` counts it */
	return 0;
}

static __always_inline void establish(struct tcp_life_connection *connection)
{
	connection->established_ns = bpf_ktime_get_ns();
	connection->reported_ns = connection->established_ns;
	connection->active_ns = connection->established_ns;
}

SEC("raw_tp/inet_sock_set_state")
int established(struct bpf_raw_tracepoint_args *ctx)
{
	u64 key = ctx->args[0];
	struct tcp_life_connection *known, accepted = {};

	if (ctx->args[2] != TCP_ESTABLISHED || !is_tcp((const struct sock *)key))
		return 0;
	COUNT(opened);
	known = bpf_map_lookup_elem(&connections, &key);
	if (known && !known->established_ns) {
		establish(known);
		COUNT(began);
		return 0;
	}
	forget_stale(key);
	accepted.role = ctx->args[1] == TCP_SYN_SENT ? ROLE_CLIENT : ROLE_SERVER;
	establish(&accepted);
	if (bpf_map_update_elem(&connections, &key, &accepted, BPF_ANY))
		COUNT(map_full);
	else
		COUNT(began);
	return 0;
}

/* No FIN came before: it ends with a RST, or because nobody answered. tcp_reset() sets the error before the state. */
static __always_inline void note_abrupt_end(struct tcp_life_connection *connection, int error)
{
	bool by_peer = error == ECONNRESET || error == EPIPE;

	connection->closer = by_peer ? CLOSER_REMOTE : CLOSER_LOCAL;
	connection->reason = by_peer || !error || error == ECONNABORTED ? REASON_RESET : REASON_TIMED_OUT;
}

static __always_inline void note_fin(struct tcp_life_connection *connection, enum tcp_life_closer closer)
{
	if (connection->closer != CLOSER_NONE)
		return;
	connection->closer = closer;
	connection->reason = REASON_FIN;
}

/*
 * Whoever sends its FIN with the request is in TIME_WAIT, and so at the end here, when the other side's FIN comes: that
 * is before the application has read what came with it.
 */
static __always_inline bool has_unread_response(const struct tcp_life_connection *connection, const struct sock *sk)
{
	const struct tcp_sock *tcp = (const struct tcp_sock *)sk;
	u64 flags = BPF_CORE_READ(sk, __sk_common.skc_flags);

	return connection->request_ns && connection->role == ROLE_CLIENT && flags & 1UL << SOCK_DONE &&
	       !(flags & 1UL << SOCK_DEAD) && BPF_CORE_READ(tcp, rcv_nxt) - BPF_CORE_READ(tcp, copied_seq) > 1;
}

static __always_inline void end(u64 key, struct tcp_life_connection *connection)
{
	const struct sock *sk = (const struct sock *)key;

	if (!connection->established_ns) { /* the attempt failed: that is no connection */
		bpf_map_delete_elem(&connections, &key);
		return;
	}
	if (connection->closer == CLOSER_NONE)
		note_abrupt_end(connection, BPF_CORE_READ(sk, sk_err));
	if (has_unread_response(connection, sk))
		note_response(connection, sk, bpf_ktime_get_ns());
	send_end(connection, sk);
	bpf_map_delete_elem(&connections, &key);
	COUNT(ended);
}

/* The loader runs this one for reports as well, with the key of a connection and TCP_LIFE_REPORT for its state. */
SEC("raw_tp/inet_sock_set_state")
int closing(struct bpf_raw_tracepoint_args *ctx)
{
	u64 key = ctx->args[0];
	u64 to = ctx->args[2];
	struct tcp_life_connection *connection;

	if (to != TCP_FIN_WAIT1 && to != TCP_CLOSE_WAIT && to != TCP_CLOSE && to != TCP_LIFE_REPORT)
		return 0;
	connection = bpf_map_lookup_elem(&connections, &key);
	if (!connection)
		return 0;
	if (to == TCP_CLOSE)
		end(key, connection);
	else if (to == TCP_LIFE_REPORT)
		send_report(key, connection);
	else
		note_fin(connection, to == TCP_FIN_WAIT1 ? CLOSER_LOCAL : CLOSER_REMOTE);
	return 0;
}

static __always_inline void moved_data(u64 key, bool sent)
{
	struct tcp_life_connection *connection = bpf_map_lookup_elem(&connections, &key);

	if (!connection || !connection->established_ns)
		return;
	note_unseen_accept(connection);
	note_data(connection, (const struct sock *)key, sent == (connection->role == ROLE_CLIENT));
}

static __always_inline int note_sent(u64 key, int bytes)
{
	if (bytes > 0)
		moved_data(key, true);
	return 0;
}

static __always_inline int note_received(u64 key, int bytes, u64 flags)
{
	if (bytes > 0 && !(flags & (MSG_PEEK | MSG_ERRQUEUE)))
		moved_data(key, false);
	return 0;
}

SEC("raw_tp/sock_send_length")
int data_sent(struct bpf_raw_tracepoint_args *ctx)
{
	return note_sent(ctx->args[0], ctx->args[1]);
}

SEC("raw_tp/sock_recv_length")
int data_received(struct bpf_raw_tracepoint_args *ctx)
{
	return note_received(ctx->args[0], ctx->args[1], ctx->args[2]);
}

/* Before 6.3. These two do not see what passes by them, which is TLS in the kernel. */
SEC("fexit/tcp_sendmsg")
int trace_sent(unsigned long long *ctx)
{
	u64 bytes = 0;

	if (can_ask_for_arguments())
		bpf_get_func_ret(ctx, &bytes);
	else
		bytes = ctx[3];
	return note_sent(ctx[0], bytes);
}

/* Until 5.18 there was an argument before the flags, `nonblock`; until 7.0 one behind them, `addr_len`. */
SEC("fexit/tcp_recvmsg")
int trace_received(unsigned long long *ctx)
{
	u64 bytes = 0, flags = 0;

	if (can_ask_for_arguments()) {
		bpf_get_func_ret(ctx, &bytes);
		bpf_get_func_arg(ctx, bpf_get_func_arg_cnt(ctx) > 5 ? 4 : 3, &flags);
	} else {
		flags = ctx[4];
		bytes = ctx[6];
	}
	return note_received(ctx[0], bytes, flags);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
