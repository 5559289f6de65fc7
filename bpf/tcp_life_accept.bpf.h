/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The return of accept(): by the kernel's own function where it allows tracing programs or kprobes, and otherwise by
 * the hook that accept() passes when its caller wants the peer's address.
 */
#ifndef LAGPIPE_TCP_LIFE_ACCEPT_BPF_H
#define LAGPIPE_TCP_LIFE_ACCEPT_BPF_H

#include <asm/ptrace.h>
#include <bpf/bpf_tracing.h>
#include "socket.bpf.h"
#include "tcp_life_record.bpf.h"
#include "tcp_life_turns.bpf.h"

/*
 * Helpers since 5.17 find the result of a function, and its last arguments, whatever comes before. What did was the
 * same from 5.8 until then.
 */
static __always_inline bool can_ask_for_arguments(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_func_ret);
}

static __always_inline void note_accept(u64 key)
{
	struct tcp_life_connection *connection = bpf_map_lookup_elem(&connections, &key);

	if (!connection || connection->accepted || !connection->established_ns)
		return;
	connection->accepted = 1;
	note_process(connection);
	note_duration(KIND_ACCEPT, local_port((const struct sock *)key),
		      bpf_ktime_get_ns() - connection->established_ns);
}

/* Data on a connection whose accept() was not seen: the process is known now, but not how long it took to come. */
static __always_inline void note_unseen_accept(struct tcp_life_connection *connection)
{
	if (connection->accepted)
		return;
	connection->accepted = 1;
	note_process(connection);
	COUNT(accepts_unseen);
}

/* How many arguments come before the result changed with 6.10. */
SEC("fexit/inet_csk_accept")
int trace_accepted(unsigned long long *ctx)
{
	u64 accepted = 0;

	if (can_ask_for_arguments())
		bpf_get_func_ret(ctx, &accepted);
	else
		accepted = ctx[4];
	note_accept(accepted);
	return 0;
}

SEC("kretprobe/inet_csk_accept")
int probe_accepted(struct pt_regs *ctx)
{
	note_accept(PT_REGS_RC(ctx));
	return 0;
}

SEC("cgroup/getpeername4")
int accepted_ipv4(struct bpf_sock_addr *ctx)
{
	note_accept((u64)plain_pointer(ctx->sk));
	return 1;
}

SEC("cgroup/getpeername6")
int accepted_ipv6(struct bpf_sock_addr *ctx)
{
	note_accept((u64)plain_pointer(ctx->sk));
	return 1;
}

#endif
