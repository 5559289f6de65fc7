import { SELECTION_DESCRIPTION } from './stack-latency-filter-description.ts';
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
    hook: 'netfilter link at PRE_ROUTING, first (6.4)',
    covers: 'every IP packet and fragment, forwarded ones too, before any rule',
    misses: '',
    hookMisses:
      'other network namespaces than the one the agent runs in; packets that IP refuses for their header',
  },
  'tcp-start': {
    functions: '`tcp_v4_rcv`, `tcp_v6_rcv`',
    hook: 'netfilter link at LOCAL_IN, last (6.4)',
    covers: 'every TCP segment for this host, after all rules',
    misses: 'what a rule dropped',
    hookMisses: 'other network namespaces',
  },
  'udp-start': {
    functions: '`udp_rcv`, `udpv6_rcv`',
    hook: 'netfilter link at LOCAL_IN, last (6.4)',
    covers: 'every UDP datagram for this host, after all rules',
    misses: 'what a rule dropped',
    hookMisses: 'other network namespaces; a fragmented IPv6 datagram counts by its first fragment',
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
      'each segment that a read copies from: one read in pieces, or looked at with MSG_PEEK, counts each time',
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
};

function stageTable(): string {
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

export const STACK_LATENCY_DESCRIPTION = `
The clock starts at the packet's software receive timestamp, which the kernel takes when the driver hands it over,
after GRO. The wait of the softirq and the NAPI poll are before it: \`softirq-raised\` and \`napi-poll\` measure them by
themselves, and \`qdisc\` the queue on the way out. These three are off unless \`stages\` names them. TCP that this host sent to itself
(loopback, veth, so every container) carries the time at which it was sent: \`ip-start\` measures from there, the
socket stages from the local delivery after the input rules, where the kernel stamps it anew. Each of the other seven says how long
after its stamp a packet came by; the stage where the time jumps is the one to look at.

Stages see different populations: \`tcp-start\` sees acknowledgements, which never reach a socket's queue, and a read
may take several segments. So compare distributions, and do not subtract one stage's mean from another's.

### Stages

${stageTable()}

Each stage is attached by the best way that this kernel allows, found out by trying, stage by stage: tracing programs
(fentry, fexit), then kprobes, then hooks that the kernel offers by itself. \`attach\` asks for one of them alone. A stage
that is refused every way is reported as failed, with the reason, and the other stages run. The attributes of a stage's
status say which way is live (\`attach\`), what it covers (\`covers\`) and what was refused before it and why (\`refused\`).
\`lagpipe list --host\` shows the same for every stage and way without measuring.

On the same traffic the three ways count alike, but for what the last column says. Where TCP that this host sent to itself
meets \`tcp-start\`, the hook still finds the time at which it was sent, and the functions find the time of its local
delivery. Tracing programs and kprobes see all network namespaces; a kprobe that the kernel left out, because another one
was running on that CPU, is counted as \`recursion\` from 6.7 on and nowhere before. netstacklat's tcp-socket-read is
\`tcp_recv_timestamp\`: one sample for each call of recvmsg, with the stamp of the last segment that it took.

### Metrics

| metric | type | unit | attributes |
|---|---|---|---|
| \`lagpipe.stack.latency\` | exponential histogram, scale 3, delta | s | \`lagpipe.stack.stage\`, those of \`group_by\` |
| \`lagpipe.stack.skipped\` | sum, delta | {packet} | \`lagpipe.stack.stage\`, \`lagpipe.stack.skip_reason\`, those of \`group_by\` where the group is known |
| \`lagpipe.bpf.runs\`, \`lagpipe.bpf.run_time\`, \`lagpipe.bpf.recursion_misses\` (with \`run_stats\`) | sum, cumulative | {run}, s, {run} | \`lagpipe.bpf.program\`, \`lagpipe.bpf.part\` |

Latency is counted in the kernel, in the buckets that OpenTelemetry defines at scale 3: each is 9 % wide, so a quantile
is at most 4.5 % off. A stage that is attached sends a point in every interval, with count 0 when nothing came by; a stage
that is not attached sends none.

A packet that a stage saw and could not time is in \`lagpipe.stack.skipped\`, by reason: \`no_stamp\` (it carries no
receive timestamp, or the start of its wait was not seen), \`future_stamp\` (its timestamp is later than now), \`too_long\` (68.7 s or more: a clock was set),
\`already_read\` (the reader emptied the queue first), \`recursion\` (the kernel left the probe out, because it
interrupted itself), \`other\`,
\`filtered\`, \`sampled_out\`. Seen by a stage = counted + skipped.

${SELECTION_DESCRIPTION}

### Privileges

The loader needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN, and a kernel with BTF; the agent itself needs none.
Kprobes also take CAP_SYS_ADMIN where \`kernel.perf_event_paranoid\` is 3, as on Debian; it is given up when they are attached.
When the loader dies it is started again, after 0.5 s at first and 30 s at most, and at most one interval is lost.
`.trim();
