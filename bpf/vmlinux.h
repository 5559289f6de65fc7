/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The few kernel types that the programs read, with only the members that they use. preserve_access_index makes
 * every access a CO-RE relocation: the loader finds each member by name in the running kernel's BTF, through
 * anonymous unions as well, so order and padding here mean nothing.
 */
#ifndef LAGPIPE_VMLINUX_H
#define LAGPIPE_VMLINUX_H

#include <linux/types.h>
#include <linux/bpf.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;
typedef __s64 ktime_t;
typedef _Bool bool;
enum { false, true };

#define AF_INET	 2
#define AF_INET6 10

#define ETH_P_IP   0x0800
#define ETH_P_IPV6 0x86dd

#define IPPROTO_TCP   6
#define IPPROTO_UDP   17
#define IPPROTO_MPTCP 262 /* of the socket that an application has; its subflows are TCP */

/* include/net/tcp_states.h */
enum tcp_state {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT = 2,
	TCP_SYN_RECV = 3,
	TCP_FIN_WAIT1 = 4,
	TCP_TIME_WAIT = 6,
	TCP_CLOSE = 7,
	TCP_CLOSE_WAIT = 8,
	TCP_LISTEN = 10,
	TCP_NEW_SYN_RECV = 12,
};

/* include/net/dropreason-core.h; the number is another in each kernel. */
enum skb_drop_reason {
	SKB_CONSUMED = 1,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

struct kernfs_node {
	u64 id;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp; /* of cgroup v2 */
};

struct task_struct {
	struct css_set *cgroups;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct net {
	struct ns_common ns;
	struct hlist_head *dev_index_head;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device {
	char name[16];
	int ifindex;
	possible_net_t nd_net;
	struct hlist_node index_hlist;
};

struct napi_struct {
	struct net_device *dev;
};

typedef struct {
	s64 counter;
} atomic64_t;

struct in6_addr {
	union {
		__u8 u6_addr8[16];
	} in6_u;
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
	unsigned long skc_flags;
};

struct sk_buff;

struct sk_buff_head {
	struct sk_buff *next;
	struct sk_buff *prev;
	__u32 qlen;
};

struct inode {
	unsigned long i_ino;
};

struct socket;

struct socket_alloc {
	struct inode vfs_inode;
};

typedef struct {
	int owned;
} socket_lock_t;

struct sock {
	struct sock_common __sk_common;
	struct sk_buff_head sk_receive_queue;
	struct socket *sk_socket;
	int sk_err;
	u16 sk_protocol;
	socket_lock_t sk_lock;
};

struct inet_sock {
	struct sock sk;
	__be16 inet_sport;
};

struct udp_sock {
	struct sk_buff_head reader_queue;
};

struct minmax_sample {
	u32 v;
};

struct minmax {
	struct minmax_sample s[3];
};

struct rb_node;

struct rb_root {
	struct rb_node *rb_node;
};

struct tcp_sock {
	u32 rcv_nxt;
	u32 rcv_wnd;
	u32 copied_seq;
	u32 rcv_ooopack; /* since 5.4 */
	struct rb_root out_of_order_queue;
	u32 segs_in;
	u32 segs_out;
	u32 srtt_us;
	u32 total_retrans;
	struct minmax rtt_min;
	u64 bytes_sent; /* since 4.19, as bytes_retrans */
	u64 bytes_retrans;
	u64 bytes_received;
};

/* TCP's use of sk_buff.cb; the last is the transmit side's. */
struct tcp_skb_cb {
	u32 seq;
	u32 end_seq;
	u16 tcp_gso_segs;
};

struct inet_connection_sock {
	u8 icsk_ca_state : 5;
	u8 icsk_pending;
};

struct sk_buff {
	struct sk_buff *next;
	struct net_device *dev;
	struct sock *sk;
	int skb_iif;
	char cb[48];
	ktime_t tstamp;
	unsigned int len;
	unsigned int data_len;
	__be16 protocol;
	__u16 network_header;
	__u16 transport_header;
	unsigned char *head;
	unsigned char *data;
	__u8 tstamp_type : 2; /* since 6.11: which clock tstamp is of */
};

/* 5.18 to 6.10 had one bit for the same purpose. */
struct sk_buff___mono {
	__u8 mono_delivery_time : 1;
};

struct iphdr {
	__u8 protocol;
};

struct ipv6hdr {
	__u8 nexthdr;
};

struct nf_hook_state;

struct bpf_nf_ctx {
	const struct nf_hook_state *state;
	struct sk_buff *skb;
};

#pragma clang attribute pop

#endif
