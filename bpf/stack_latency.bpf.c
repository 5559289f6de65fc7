/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long received packets have been under way when they reach each of the seven stages. One program per stage, so
 * that the loader can do without any one of them; which kernel hook serves which stage is loader/programs.c.
 *
 * Why plain increments do: a histogram belongs to one stage on one CPU. Netfilter hooks of the receive path run in
 * softirq, which does not nest. Tracepoints run with preemption off, and the kernel does not start a program again on
 * a CPU where it is running, but counts a recursion miss, which the loader reports as SKIP_RECURSION.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include "histogram.bpf.h"
#include "stack_latency_map.h"

#define NF_ACCEPT 1
#define NS_PER_S  1000000000LL

/* The kernel's enum skb_tstamp_type: the clock of skb->tstamp. */
enum stamp_clock {
	STAMP_REALTIME,	 /* stamped when received */
	STAMP_MONOTONIC, /* stamped when TCP on this host sent it; kept across loopback and veth until local delivery */
	STAMP_TAI,	 /* departure time that an application set */
};

#define IPV6_HOP_BY_HOP	  0
#define IPV6_ROUTING	  43
#define IPV6_FRAGMENT	  44
#define IPV6_AUTH	  51
#define IPV6_DESTINATION  60
#define IPV6_HEADER_BYTES 40

/* RFC 8200 section 4.1 lists six extension headers, destination options twice; a longer chain is not followed. */
#define IPV6_EXTENSIONS 7

/* include/linux/socket.h */
#define MSG_PEEK     2
#define MSG_ERRQUEUE 0x2000

/* No transport protocol: what follows is no header that this program could read. */
#define PROTOCOL_UNREADABLE (-1)
/* A later fragment: the datagram counts by its first. */
#define PROTOCOL_NONE (-2)

const volatile struct stack_settings settings;
struct stack_control control;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, STACK_STAGES);
	__type(key, u32);
	__type(value, struct stack_histogram);
} histograms SEC(".maps");

/* Stamps of the datagrams that wait in a UDP socket. Both counters only grow, and wrap. */
struct udp_queue {
	u32 queued;
	u32 read;
	s64 stamps[STACK_UDP_WAITING]; /* of the last ones queued: number n is at n % STACK_UDP_WAITING */
};

/* Too large for the stack of a BPF program. */
const volatile struct udp_queue empty_queue SEC(".rodata.empty");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, STACK_UDP_SOCKETS);
	__type(key, u64); /* socket's inode */
	__type(value, struct udp_queue);
} udp_queues SEC(".maps");

/*
 * Exact when CLOCK_REALTIME is set, because TAI moves with it. When the TAI offset itself is set (whole seconds, by a
 * time daemon's first contact), the loader's copy is stale for up to a second. Such a sample is either negative or
 * longer than a second, and then CLOCK_MONOTONIC tells. bpf_ktime_get_tai_ns() came with 6.1.
 */
static __always_inline s64 since_realtime(s64 stamp)
{
	s64 waited = bpf_ktime_get_tai_ns() - control.tai_offset_ns - stamp;

	if (waited < 0 || waited >= NS_PER_S)
		waited = bpf_ktime_get_ns() + control.realtime_offset_ns - stamp;
	return waited;
}

static __always_inline s64 since(s64 stamp, u32 clock)
{
	if (clock == STAMP_MONOTONIC)
		return bpf_ktime_get_ns() - stamp;
	if (clock == STAMP_TAI)
		return bpf_ktime_get_tai_ns() - stamp;
	return since_realtime(stamp);
}

static __always_inline void note_extremes(struct stack_histogram *histogram, u64 ns)
{
	u64 epoch = control.epoch;
	struct stack_extremes *extremes = &histogram->extremes[epoch & 1];

	if (extremes->epoch != epoch) {
		extremes->epoch = epoch;
		extremes->min_ns = ns;
		extremes->max_ns = ns;
		return;
	}
	if (ns < extremes->min_ns)
		extremes->min_ns = ns;
	if (ns > extremes->max_ns)
		extremes->max_ns = ns;
}

static __always_inline void note_sample(struct stack_histogram *histogram, u64 ns)
{
	u32 cell;

	histogram->sum_ns += ns;
	note_extremes(histogram, ns);
	if (!ns) {
		histogram->zero_count++;
		return;
	}
	cell = histogram_cell(ns, settings.thresholds);
	if (cell < STACK_BUCKETS) /* always true below STACK_LIMIT_NS; the verifier asks */
		histogram->buckets[cell]++;
}

static __always_inline void note_skip(u32 stage, enum stack_skip reason)
{
	struct stack_histogram *histogram = bpf_map_lookup_elem(&histograms, &stage);

	if (!histogram)
		return;
	histogram->seen++;
	histogram->skipped[reason]++;
}

static __always_inline void note_packet(u32 stage, s64 stamp, u32 clock)
{
	struct stack_histogram *histogram = bpf_map_lookup_elem(&histograms, &stage);
	s64 waited;

	if (!histogram)
		return;
	histogram->seen++;
	if (stamp <= 0) {
		histogram->skipped[SKIP_NO_STAMP]++;
		return;
	}
	waited = since(stamp, clock);
	if (waited < 0)
		histogram->skipped[SKIP_FUTURE_STAMP]++;
	else if (waited >= (s64)STACK_LIMIT_NS)
		histogram->skipped[SKIP_TOO_LONG]++;
	else
		note_sample(histogram, waited);
}

/*
 * 6.11 named the field tstamp_type; 5.18 to 6.10 had the bit mono_delivery_time with the same two first values.
 * Before that, a packet lost its transmit stamp on its way to the receive path.
 */
static __always_inline u32 stamp_clock(const struct sk_buff *skb)
{
	const struct sk_buff___mono *older = (const void *)skb;

	if (bpf_core_field_exists(skb->tstamp_type))
		return BPF_CORE_READ_BITFIELD_PROBED(skb, tstamp_type);
	if (bpf_core_field_exists(older->mono_delivery_time))
		return BPF_CORE_READ_BITFIELD_PROBED(older, mono_delivery_time);
	return STAMP_REALTIME;
}

/* As stamp_clock(), for a pointer that the verifier knows: plain loads, no calls. */
static __always_inline u32 trusted_stamp_clock(const struct sk_buff *skb)
{
	const struct sk_buff___mono *older = (const void *)skb;

	if (bpf_core_field_exists(skb->tstamp_type))
		return BPF_CORE_READ_BITFIELD(skb, tstamp_type);
	if (bpf_core_field_exists(older->mono_delivery_time))
		return BPF_CORE_READ_BITFIELD(older, mono_delivery_time);
	return STAMP_REALTIME;
}

static __always_inline void note_trusted_skb(u32 stage, const struct sk_buff *skb)
{
	note_packet(stage, skb->tstamp, trusted_stamp_clock(skb));
}

static __always_inline void note_skb(u32 stage, const struct sk_buff *skb)
{
	note_packet(stage, BPF_CORE_READ(skb, tstamp), stamp_clock(skb));
}

/* The linear part of a packet, from its network header on. */
struct packet {
	u16 ethertype;
	const unsigned char *header;
	u32 bytes;
};

/* `data` may have moved on to the transport header; what lies between is linear all the same. */
static __always_inline struct packet linear_part(__be16 protocol, const unsigned char *header,
						 const unsigned char *data, u32 linear)
{
	return (struct packet){ .ethertype = bpf_ntohs(protocol), .header = header, .bytes = data - header + linear };
}

static __always_inline struct packet packet_of(const struct sk_buff *skb)
{
	return linear_part(BPF_CORE_READ(skb, protocol), BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header),
			   BPF_CORE_READ(skb, data), BPF_CORE_READ(skb, len) - BPF_CORE_READ(skb, data_len));
}

/* As packet_of(), for a pointer that the verifier knows. */
static __always_inline struct packet trusted_packet_of(const struct sk_buff *skb)
{
	return linear_part(skb->protocol, skb->head + skb->network_header, skb->data, skb->len - skb->data_len);
}

static __always_inline bool load(const struct packet *packet, u32 offset, void *to, u32 size)
{
	return offset + size <= packet->bytes && !bpf_probe_read_kernel(to, size, packet->header + offset);
}

/* Follows the extension headers of IPv6 to the transport protocol. */
static __always_inline int ipv6_protocol(const struct packet *packet)
{
	u32 offset = IPV6_HEADER_BYTES;
	u8 next;

	if (!load(packet, 6, &next, sizeof(next)))
		return PROTOCOL_UNREADABLE;
	for (int i = 0; i < IPV6_EXTENSIONS; i++) {
		u8 extension[4];

		if (next != IPV6_HOP_BY_HOP && next != IPV6_ROUTING && next != IPV6_FRAGMENT && next != IPV6_AUTH &&
		    next != IPV6_DESTINATION)
			return next;
		if (!load(packet, offset, extension, sizeof(extension)))
			return PROTOCOL_UNREADABLE;
		if (next == IPV6_FRAGMENT) {
			if (extension[2] || extension[3] & 0xf8)
				return PROTOCOL_NONE;
			offset += 8;
		} else if (next == IPV6_AUTH) {
			offset += 4 * (extension[1] + 2);
		} else {
			offset += 8 * (extension[1] + 1);
		}
		next = extension[0];
	}
	return PROTOCOL_UNREADABLE;
}

static __always_inline int transport_protocol(const struct packet *packet)
{
	u8 protocol;

	if (packet->ethertype == ETH_P_IPV6)
		return ipv6_protocol(packet);
	if (packet->ethertype != ETH_P_IP)
		return PROTOCOL_NONE;
	return load(packet, 9, &protocol, sizeof(protocol)) ? protocol : PROTOCOL_UNREADABLE;
}

/* A packet that cannot be read may have been the stage's own, so each of the two stages counts it. */
static __always_inline void note_start(u32 stage, int wanted, const struct sk_buff *skb)
{
	struct packet packet = trusted_packet_of(skb);
	int protocol = transport_protocol(&packet);

	if (protocol == wanted)
		note_trusted_skb(stage, skb);
	else if (protocol == PROTOCOL_UNREADABLE)
		note_skip(stage, SKIP_OTHER);
}

SEC("netfilter")
int ip_start(struct bpf_nf_ctx *ctx)
{
	note_trusted_skb(STAGE_IP_START, ctx->skb);
	return NF_ACCEPT;
}

SEC("netfilter")
int tcp_start(struct bpf_nf_ctx *ctx)
{
	note_start(STAGE_TCP_START, IPPROTO_TCP, ctx->skb);
	return NF_ACCEPT;
}

SEC("netfilter")
int udp_start(struct bpf_nf_ctx *ctx)
{
	note_start(STAGE_UDP_START, IPPROTO_UDP, ctx->skb);
	return NF_ACCEPT;
}

static __always_inline bool is_inet_socket(const struct sock *sk, u16 protocol)
{
	u16 family;

	if (BPF_CORE_READ(sk, sk_protocol) != protocol)
		return false;
	/* Numbers of protocols mean something else in other families. */
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	return family == AF_INET || family == AF_INET6;
}

/* sk_data_ready comes after the packet was put on the queue: it is the newest. NULL when a reader was quicker. */
static __always_inline const struct sk_buff *newest_packet(const struct sock *sk)
{
	const struct sk_buff_head *queue = &sk->sk_receive_queue;
	const struct sk_buff *newest = BPF_CORE_READ(queue, prev);

	return (const void *)newest == (const void *)queue ? NULL : newest;
}

/* A listening socket is told of connections, not of data. */
static __always_inline void note_enqueued(u32 stage, u16 protocol, const struct sock *sk)
{
	const struct sk_buff *newest;

	if (!is_inet_socket(sk, protocol) || BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_LISTEN)
		return;
	newest = newest_packet(sk);
	if (newest)
		note_skb(stage, newest);
	else
		note_skip(stage, SKIP_ALREADY_READ);
}

SEC("raw_tp/sk_data_ready")
int tcp_socket_enqueued(struct bpf_raw_tracepoint_args *ctx)
{
	note_enqueued(STAGE_TCP_SOCKET_ENQUEUED, IPPROTO_TCP, (const struct sock *)ctx->args[0]);
	return 0;
}

SEC("raw_tp/sk_data_ready")
int udp_socket_enqueued(struct bpf_raw_tracepoint_args *ctx)
{
	note_enqueued(STAGE_UDP_SOCKET_ENQUEUED, IPPROTO_UDP, (const struct sock *)ctx->args[0]);
	return 0;
}

/* Packets of a TCP receive queue are charged to their socket, so they name it; UDP's do not. */
SEC("raw_tp/skb_copy_datagram_iovec")
int tcp_socket_read(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sk_buff *skb = (const struct sk_buff *)ctx->args[0];
	const struct sock *sk = BPF_CORE_READ(skb, sk);

	if (sk && is_inet_socket(sk, IPPROTO_TCP))
		note_skb(STAGE_TCP_SOCKET_READ, skb);
	return 0;
}

/* In sockfs every socket has an inode, whose number is not used again soon as the address of a struct sock is. */
static __always_inline u64 socket_inode(const struct sock *sk)
{
	const struct socket_alloc *alloc = (const void *)BPF_CORE_READ(sk, sk_socket);

	return alloc ? BPF_CORE_READ(alloc, vfs_inode.i_ino) : 0;
}

static __always_inline struct udp_queue *find_queue(const struct sock *sk, bool create)
{
	u64 inode = socket_inode(sk);
	struct udp_queue *queue;

	if (!inode)
		return NULL;
	queue = bpf_map_lookup_elem(&udp_queues, &inode);
	if (queue || !create)
		return queue;
	bpf_map_update_elem(&udp_queues, &inode, (const void *)&empty_queue, BPF_NOEXIST);
	return bpf_map_lookup_elem(&udp_queues, &inode);
}

/*
 * No tracepoint shows the datagram that a UDP read takes (until 6.17 consume_skb did, afterwards). So the stamps are
 * kept in the order in which datagrams were queued, and a read takes the oldest.
 */
SEC("raw_tp/sk_data_ready")
int udp_datagram_queued(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sock *sk = (const struct sock *)ctx->args[0];
	const struct sk_buff *newest;
	struct udp_queue *queue;
	u32 position;

	if (!is_inet_socket(sk, IPPROTO_UDP))
		return 0;
	newest = newest_packet(sk);
	queue = newest ? find_queue(sk, true) : NULL;
	if (!queue)
		return 0;
	position = __sync_fetch_and_add(&queue->queued, 1);
	queue->stamps[position % STACK_UDP_WAITING] = BPF_CORE_READ(newest, tstamp);
	return 0;
}

static __always_inline u32 datagrams_waiting(const struct sock *sk)
{
	const struct udp_sock *udp = (const struct udp_sock *)sk;

	/* A reader moves the whole receive queue to a queue of its own when that is empty. */
	return BPF_CORE_READ(sk, sk_receive_queue.qlen) + BPF_CORE_READ(udp, reader_queue.qlen);
}

/*
 * When nothing is left the datagram was the newest, whatever was counted before: so a datagram that was thrown away
 * in the queue (bad checksum, shutdown) shifts the rest only until the reader has caught up. `queued` is read before
 * the length, so that a datagram which arrives in between makes the length 1, not the stamp another's.
 */
static __always_inline void note_read(struct udp_queue *queue, const struct sock *sk)
{
	u32 queued = *(volatile u32 *)&queue->queued;
	u32 position = datagrams_waiting(sk) ? queue->read : queued - 1;

	if (queue->read == queued) {
		note_skip(STAGE_UDP_SOCKET_READ, SKIP_ALREADY_READ);
		return;
	}
	queue->read = position + 1;
	if (queued - position > STACK_UDP_WAITING)
		note_skip(STAGE_UDP_SOCKET_READ, SKIP_OTHER);
	else
		note_packet(STAGE_UDP_SOCKET_READ, queue->stamps[position % STACK_UDP_WAITING], STAMP_REALTIME);
}

SEC("raw_tp/sock_recv_length")
int udp_socket_read(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sock *sk = (const struct sock *)ctx->args[0];
	int received = ctx->args[1], flags = ctx->args[2];
	struct udp_queue *queue;

	if (received < 0 || flags & (MSG_PEEK | MSG_ERRQUEUE) || !is_inet_socket(sk, IPPROTO_UDP))
		return 0;
	queue = find_queue(sk, false);
	if (queue)
		note_read(queue, sk);
	else /* queued before this program was attached, or the least recently used of too many sockets */
		note_skip(STAGE_UDP_SOCKET_READ, SKIP_OTHER);
	return 0;
}

/*
 * The same for kernels before 6.3, which lack those tracepoints: the reader frees a packet of no socket with a receive
 * stamp and a UDP header. Dropped copies of multicast and of captures look like that too.
 */
SEC("raw_tp/consume_skb")
int udp_socket_read_by_header(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sk_buff *skb = (const struct sk_buff *)ctx->args[0];
	struct packet packet;

	if (BPF_CORE_READ(skb, sk) || BPF_CORE_READ(skb, tstamp) <= 0 || stamp_clock(skb) != STAMP_REALTIME)
		return 0;
	packet = packet_of(skb);
	if (transport_protocol(&packet) == IPPROTO_UDP)
		note_skb(STAGE_UDP_SOCKET_READ, skb);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
