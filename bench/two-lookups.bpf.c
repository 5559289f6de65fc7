/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a sample costs in a histogram of single counters: a hash keyed by stage and bucket, with one lookup for the
 * bucket and one for the sum. Hooks, stamps and clocks are those of bpf/stack_latency.bpf.c. Beside it two floors:
 * programs that find the latency and keep only its sum, in a variable, and programs that do nothing.
 */
#include "../bpf/vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "../bpf/packet.bpf.h"
#include "../bpf/socket.bpf.h"
#include "../bpf/stack_record.bpf.h"

#define NF_ACCEPT 1

/* Above every bucket of powers of two. */
#define SUM_BUCKET 64

struct counter_key {
	u32 stage;
	u32 bucket;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, STACK_STAGES *(SUM_BUCKET + 1));
	__type(key, struct counter_key);
	__type(value, u64);
} counters SEC(".maps");

static __always_inline void add(u32 stage, u32 bucket, u64 amount)
{
	struct counter_key key = { .stage = stage, .bucket = bucket };
	u64 *counter = bpf_map_lookup_elem(&counters, &key);

	if (counter)
		*counter += amount;
	else
		bpf_map_update_elem(&counters, &key, &amount, BPF_NOEXIST);
}

/* What stays of the latencies that no map records, lest the compiler leave out finding them. */
u64 unrecorded_ns;

/* TCP over loopback has the time at which it was sent; the agent measures from its arrival, and this does not. */
static __always_inline s64 since(s64 stamp, u32 clock)
{
	return clock == STAMP_REALTIME ? since_realtime(stamp) : (s64)bpf_ktime_get_ns() - stamp;
}

static __always_inline void note(bool recorded, u32 stage, s64 stamp, u32 clock)
{
	s64 waited = stamp > 0 ? since(stamp, clock) : -1;
	unsigned long long mantissa = waited;

	if (waited < 0)
		return;
	if (!recorded) {
		unrecorded_ns += waited;
		return;
	}
	add(stage, waited ? histogram_normalise(&mantissa) : 0, 1);
	add(stage, SUM_BUCKET, waited);
}

static __always_inline int started(bool recorded, u32 stage, int wanted, const struct sk_buff *skb)
{
	struct packet packet = trusted_packet_of(skb);

	if (!wanted || transport_protocol(&packet) == wanted)
		note(recorded, stage, skb->tstamp, trusted_stamp_clock(skb));
	return NF_ACCEPT;
}

static __always_inline int queued(bool recorded, u32 stage, u16 protocol, const struct sock *sk)
{
	const struct sk_buff *newest;

	if (!is_inet_socket(sk, protocol) || BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_LISTEN)
		return 0;
	newest = newest_packet(sk);
	if (newest)
		note(recorded, stage, BPF_CORE_READ(newest, tstamp), stamp_clock(newest));
	return 0;
}

static __always_inline int tcp_read(bool recorded, const struct sk_buff *skb)
{
	const struct sock *sk = BPF_CORE_READ(skb, sk);

	if (sk && is_inet_socket(sk, IPPROTO_TCP))
		note(recorded, STAGE_TCP_SOCKET_READ, BPF_CORE_READ(skb, tstamp), stamp_clock(skb));
	return 0;
}

/* Each stage twice: two_NAME records with two lookups, bare_NAME does all but that. */
#define NETFILTER_STAGE(name, recorded, stage, protocol)                                                               \
	SEC("netfilter")                                                                                               \
	int name(struct bpf_nf_ctx *ctx)                                                                               \
	{                                                                                                              \
		return started(recorded, stage, protocol, ctx->skb);                                                   \
	}

#define QUEUED_STAGE(name, recorded, stage, protocol)                                                                  \
	SEC("raw_tp/sk_data_ready")                                                                                    \
	int name(struct bpf_raw_tracepoint_args *ctx)                                                                  \
	{                                                                                                              \
		return queued(recorded, stage, protocol, (const struct sock *)ctx->args[0]);                           \
	}

#define READ_STAGE(name, recorded)                                                                                     \
	SEC("raw_tp/skb_copy_datagram_iovec")                                                                          \
	int name(struct bpf_raw_tracepoint_args *ctx)                                                                  \
	{                                                                                                              \
		return tcp_read(recorded, (const struct sk_buff *)ctx->args[0]);                                       \
	}

NETFILTER_STAGE(two_ip_start, true, STAGE_IP_START, 0)
NETFILTER_STAGE(bare_ip_start, false, STAGE_IP_START, 0)
NETFILTER_STAGE(two_tcp_start, true, STAGE_TCP_START, IPPROTO_TCP)
NETFILTER_STAGE(bare_tcp_start, false, STAGE_TCP_START, IPPROTO_TCP)
NETFILTER_STAGE(two_udp_start, true, STAGE_UDP_START, IPPROTO_UDP)
NETFILTER_STAGE(bare_udp_start, false, STAGE_UDP_START, IPPROTO_UDP)
QUEUED_STAGE(two_tcp_queued, true, STAGE_TCP_SOCKET_ENQUEUED, IPPROTO_TCP)
QUEUED_STAGE(bare_tcp_queued, false, STAGE_TCP_SOCKET_ENQUEUED, IPPROTO_TCP)
QUEUED_STAGE(two_udp_queued, true, STAGE_UDP_SOCKET_ENQUEUED, IPPROTO_UDP)
QUEUED_STAGE(bare_udp_queued, false, STAGE_UDP_SOCKET_ENQUEUED, IPPROTO_UDP)
READ_STAGE(two_tcp_read, true)
READ_STAGE(bare_tcp_read, false)

SEC("netfilter")
int empty_netfilter(void *ctx __attribute__((unused)))
{
	return NF_ACCEPT;
}

SEC("raw_tp/sk_data_ready")
int empty_tracepoint(void *ctx __attribute__((unused)))
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
