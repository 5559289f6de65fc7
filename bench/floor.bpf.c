/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a program costs that does nothing, and what reading the clock adds. And one that takes the transmit stamp off
 * what goes out over loopback, so that the kernel stamps it on arrival like what a network card receives.
 */
#include "../bpf/vmlinux.h"
#include <bpf/bpf_helpers.h>

#define NF_ACCEPT 1
#define TC_NEXT	  (-1)

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

u64 read_ns;

SEC("raw_tp/sk_data_ready")
int clock_tracepoint(void *ctx __attribute__((unused)))
{
	read_ns = bpf_ktime_get_tai_ns();
	return 0;
}

SEC("tc")
int unstamped(struct __sk_buff *skb)
{
	bpf_skb_set_tstamp(skb, 0, BPF_SKB_TSTAMP_UNSPEC);
	return TC_NEXT;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
