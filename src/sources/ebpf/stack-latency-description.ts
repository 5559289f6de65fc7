import type { Stage } from './stages.ts';

interface StageDescription {
  /** The hook on a kernel that forbids tracing programs, and the first kernel that has it. */
  readonly hook: string;
  readonly covers: string;
  readonly misses: string;
}

/** What each stage sees by the hooks that need no tracing programs. */
const BY_HOOK: Readonly<Record<Stage, StageDescription>> = {
  'ip-start': {
    hook: 'netfilter link at PRE_ROUTING, first (6.4)',
    covers: 'every IP packet and fragment, forwarded ones too, before any rule',
    misses: 'other network namespaces than the one the agent runs in',
  },
  'tcp-start': {
    hook: 'netfilter link at LOCAL_IN, last (6.4)',
    covers: 'every TCP segment for this host, after all rules',
    misses: 'other network namespaces; what a rule dropped',
  },
  'udp-start': {
    hook: 'netfilter link at LOCAL_IN, last (6.4)',
    covers: 'every UDP datagram for this host, after all rules',
    misses: 'other network namespaces; what a rule dropped',
  },
  'tcp-socket-enqueued': {
    hook: 'raw tracepoint `sk_data_ready` (6.3)',
    covers: 'the newest segment in the receive queue whenever the reader is told of data, in every namespace',
    misses:
      'segments below SO_RCVLOWAT, of which nobody is told; data read before the stage looks (`already_read`)',
  },
  'udp-socket-enqueued': {
    hook: 'raw tracepoint `sk_data_ready` (6.3)',
    covers:
      'the newest datagram in the receive queue whenever the reader is told of data, in every namespace',
    misses: 'datagrams read before the stage looks (`already_read`)',
  },
  'tcp-socket-read': {
    hook: 'raw tracepoint `skb_copy_datagram_iovec`',
    covers: 'each segment that a read copies from, in every namespace',
    misses:
      '`splice`, zero-copy receive and in-kernel readers; a segment read in pieces, or looked at with MSG_PEEK, counts each time',
  },
  'udp-socket-read': {
    hook: 'raw tracepoints `sk_data_ready` and `sock_recv_length` (6.3), otherwise `consume_skb`',
    covers: 'each datagram when a read has taken it, in every namespace',
    misses:
      'a look with MSG_PEEK, which takes nothing; where several threads read one socket at once, a sample may be that of another datagram',
  },
};

function stageTable(): string {
  const rows = Object.entries(BY_HOOK).map(
    ([stage, { hook, covers, misses }]) => `| \`${stage}\` | ${hook} | ${covers} | ${misses} |`,
  );
  return ['| stage | hook (first kernel) | covers | misses |', '|---|---|---|---|', ...rows].join('\n');
}

export const STACK_LATENCY_DESCRIPTION = `
The clock starts at the packet's software receive timestamp, which the kernel takes when the driver hands it over,
after GRO. Interrupt delay and the wait for the NAPI poll are before it and in no stage. TCP that this host sent to itself
(loopback, veth, so every container) carries the time at which it was sent: \`ip-start\` and \`tcp-start\` measure from
there, the socket stages from the local delivery after the input rules, where the kernel stamps it anew. Each stage
says how long after its stamp a packet came by; the stage where the time jumps is the one to look at.

Stages see different populations: \`tcp-start\` sees acknowledgements, which never reach a socket's queue, and a read
may take several segments. So compare distributions, and do not subtract one stage's mean from another's.

### Stages

${stageTable()}

A hook is tried for each stage by itself. One that the kernel refuses is reported as that stage's status, with the
reason, and the other stages run. The attribute \`attach\` of the status says which kind of hook is live.

### Metrics

| metric | type | unit | attributes |
|---|---|---|---|
| \`lagpipe.stack.latency\` | exponential histogram, scale 3, delta | s | \`lagpipe.stack.stage\` |
| \`lagpipe.stack.skipped\` | sum, delta | {packet} | \`lagpipe.stack.stage\`, \`lagpipe.stack.skip_reason\` |
| \`lagpipe.bpf.runs\`, \`lagpipe.bpf.run_time\`, \`lagpipe.bpf.recursion_misses\` (with \`run_stats\`) | sum, cumulative | {run}, s, {run} | \`lagpipe.bpf.program\`, \`lagpipe.bpf.part\` |

Latency is counted in the kernel, in the buckets that OpenTelemetry defines at scale 3: each is 9 % wide, so a quantile
is at most 4.5 % off. A stage that is attached sends a point in every interval, with count 0 when nothing came by; a stage
that is not attached sends none.

A packet that a stage saw and could not time is in \`lagpipe.stack.skipped\`, by reason: \`no_stamp\` (it carries no
receive timestamp), \`future_stamp\` (its timestamp is later than now), \`too_long\` (68.7 s or more: a clock was set),
\`already_read\` (the reader emptied the queue first), \`recursion\` (the kernel left the probe out, because it
interrupted itself), \`other\`. Seen by a stage = counted + skipped.

### Privileges

The loader needs CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN and CAP_NET_RAW, and a kernel with BTF; the agent itself needs none.
When the loader dies it is started again, after 0.5 s at first and 30 s at most, and at most one interval is lost.
`.trim();
