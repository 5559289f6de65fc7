import type { Stage } from './stages.ts';

interface StageDescription {
  /** What tracing programs and kprobes attach to: the same functions. */
  readonly functions: string;
  /** What serves where neither is allowed, and the first kernel that has it. */
  readonly hook: string;
  readonly covers: string;
  /** Whatever is live; then what a hook misses besides. */
  readonly misses: string;
  readonly hookMisses: string;
}

/** What each stage sees, by the kernel's functions and by the hooks that need neither tracing programs nor kprobes. */
const STAGE_TABLE: Readonly<Record<Stage, StageDescription>> = {
  'ip-start': {
    functions: '`ip_rcv_core`, `ip6_rcv_core`',
    hook: 'netfilter link at PRE_ROUTING, first (6.4), otherwise raw tracepoint `netif_receive_skb`',
    covers: 'every IP packet and fragment, forwarded ones too, before any rule',
    misses: '',
    hookMisses:
      'packets that IP refuses for their header; the tracepoint counts packets of a bridge too, once for each interface of a stack, and misses those with a VLAN tag in front',
  },
  'tcp-start': {
    functions: '`tcp_v4_rcv`, `tcp_v6_rcv`',
    hook: 'netfilter link at LOCAL_IN, last (6.4), otherwise a cgroup program (ingress, at the root of cgroup v2), otherwise raw tracepoint `tcp_probe`',
    covers: 'every TCP segment for this host, after all rules',
    misses: 'what a rule dropped',
    hookMisses:
      'nothing by netfilter; the cgroup program runs when the segment has found its socket, so it misses those that find none and those of connections in TIME_WAIT; the tracepoint sees established connections only, without handshakes and closing ones, and when TCP takes a segment up: later, where a call has the socket at that moment',
  },
  'udp-start': {
    functions: '`udp_rcv`, `udpv6_rcv`',
    hook: 'netfilter link at LOCAL_IN, last (6.4), otherwise a cgroup program (ingress, at the root of cgroup v2)',
    covers: 'every UDP datagram for this host, after all rules',
    misses: 'what a rule dropped',
    hookMisses:
      'nothing by netfilter, where a fragmented IPv6 datagram counts by its first fragment; the cgroup program runs when the datagram has found its socket, so it misses those that find none and those of kernel tunnels (VXLAN, WireGuard), and counts a multicast for each socket and each datagram that GRO had merged',
  },
  'tcp-socket-enqueued': {
    functions: '`tcp_queue_rcv` (fexit; kprobe at its start)',
    hook: 'raw tracepoint `sk_data_ready` (6.3)',
    covers: 'every segment of data and every FIN that joins the queue of an open socket in order',
    misses: 'segments behind a gap, which join the queue when it closes',
    hookMisses:
      'segments below SO_RCVLOWAT, of which nobody is told; it takes the newest segment of the queue, so one that was read before it looks is `already_read`',
  },
  'udp-socket-enqueued': {
    functions: '`__udp_enqueue_schedule_skb`, start and end (fentry and fexit; kprobe and kretprobe)',
    hook: 'raw tracepoint `sk_data_ready` (6.3)',
    covers: 'every datagram for which the queue had room',
    misses: '',
    hookMisses:
      'it takes the newest datagram of the queue, so one that was read before it looks is `already_read`',
  },
  'tcp-socket-read': {
    functions: '`skb_copy_datagram_iter`',
    hook: 'raw tracepoint `skb_copy_datagram_iovec`',
    covers:
      'each segment that a read copies from, MPTCP too: one read in pieces, or looked at with MSG_PEEK, counts each time; one that came out of order counts like the others, with its wait for the gap to close',
    misses: '`splice`, zero-copy receive and in-kernel readers',
    hookMisses: '',
  },
  'udp-socket-read': {
    functions: '`skb_consume_udp`',
    hook: 'raw tracepoints `sk_data_ready` and `sock_recv_length` (6.3), otherwise `consume_skb`',
    covers: 'each datagram when a read has taken it; a look with MSG_PEEK takes nothing',
    misses: '',
    hookMisses:
      'where several threads read one socket at once, a sample may be that of another datagram; by `consume_skb`, dropped copies of multicast and captures count too',
  },
  'softirq-raised': {
    functions: 'none',
    hook: 'raw tracepoints `softirq_raise` and `softirq_entry`',
    covers:
      'every run of the NET_RX softirq on every CPU: from when it was first raised (by an interrupt, another CPU, or itself when its budget was used up) to its start',
    misses:
      'runs that were raised while the softirqs before NET_RX ran: the kernel does not tell them apart, and they are `no_stamp`',
    hookMisses: '',
  },
  'napi-poll': {
    functions: 'none',
    hook: 'raw tracepoints `softirq_entry`, `napi_poll` and `softirq_exit`',
    covers:
      'every NAPI poll in the NET_RX softirq: from the start of the softirq, or the end of the poll before it on that CPU, to its end. This includes GRO, the protocols up to the socket for what the poll delivers, and interrupts meanwhile',
    misses: 'polls outside the softirq (busy polling, NAPI threads), which are `no_stamp`',
    hookMisses: '',
  },
  qdisc: {
    functions: 'none',
    hook: 'raw tracepoints `net_dev_queue` and `net_dev_start_xmit`',
    covers:
      "every packet that is sent: from when it is handed to an interface's queueing discipline to when the driver gets it. Interfaces without one (loopback, veth) count too, and each interface of a stack (VLAN, bridge, tunnel) by itself",
    misses:
      'the wait of segments that the kernel cut without the help of the interface, of packets that a busy driver gave back, and of those that pass the queue by (PACKET_QDISC_BYPASS, AF_XDP): they are `no_stamp`. Packets that the queue dropped never count',
    hookMisses: '',
  },
  driver: {
    functions: 'none',
    hook: 'raw tracepoints `net_dev_start_xmit`, then `consume_skb`, `kfree_skb`, `netif_rx` or `netif_receive_skb`',
    covers:
      'every packet that is sent: from when the driver gets it to when the driver lets go of it. A network card frees a packet when it tells that it was sent, so this is its ring; loopback and veth hand it to the receiver; an interface on top of another (VLAN, bridge, tunnel) hands it on, and each counts by itself',
    misses:
      'where a driver frees packets late, in batches or from a timer, that wait is in it. Packets by AF_XDP have no such end',
    hookMisses: '',
  },
};

/** For the reference page. */
export function stageTable(): string {
  const rows = Object.entries(STAGE_TABLE).map(
    ([stage, { functions, hook, covers, misses, hookMisses }]) =>
      `| \`${stage}\` | ${functions} | ${hook} | ${covers} | ${misses || 'nothing'} | ${hookMisses || 'nothing'} |`,
  );
  return [
    '| stage | tracing, kprobe | hook (first kernel) | covers | misses | a hook misses besides |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}
