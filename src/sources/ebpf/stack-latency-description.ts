import { SELECTION_DESCRIPTION } from './stack-latency-filter-description.ts';
import { stageTable } from './stage-table.ts';

export const STACK_LATENCY_DESCRIPTION = `
The clock starts at the packet's software receive timestamp, which the kernel takes when the driver hands it over,
after GRO. The wait of the softirq and the NAPI poll are before it: \`softirq-raised\` and \`napi-poll\` measure them by
themselves, \`qdisc\` and \`driver\` the way out. These four are off unless \`stages\` names them. Each of the other seven says how
long after its stamp a packet came by; the stage where the time jumps is the one to look at.

TCP that this host sent to itself (loopback, veth, so every container) comes in with the time at which it was sent, and the
kernel stamps it only at local delivery, after the input rules. So lagpipe stamps it by itself where the kernel stamps all
other packets, when the interface hands it over (the part \`local-arrivals\`, tracepoint \`netif_rx\`): \`ip-start\`, and
\`tcp-start\` where a hook serves it, measure from there, and a delay before that, such as netem's, is not in them. The
functions at \`tcp-start\` and the socket stages measure from local delivery. Where a veth polls (NAPI, by XDP or GRO on it) its
arrival is not seen, and the packet is \`transmit_stamp\`.

Stages see different populations: \`tcp-start\` sees acknowledgements, which never reach a socket's queue, and a read
may take several segments. So compare distributions, and do not subtract one stage's mean from another's.

### Stages

${stageTable()}

Each stage is attached by the best way that this kernel allows, found out by trying, stage by stage: tracing programs
(fentry, fexit), then kprobes, then hooks that the kernel offers by itself. \`attach\` asks for one of them alone. A stage
that is refused every way is reported as failed, with the reason, and the other stages run. The attributes of a stage's
status say which way is live (\`attach\`), what it covers (\`covers\`) and what was refused before it and why (\`refused\`).
\`lagpipe list --host\` shows the same for every stage and way without measuring.

On the same traffic the three ways count alike, but for what the last column says. A kprobe that the kernel left out, because
another one was running on that CPU, is counted as \`recursion\` from 6.7 on and nowhere before. netstacklat's
tcp-socket-read is \`tcp_recv_timestamp\`: one sample for each call of recvmsg, with the stamp of the last segment that it
took.

### Network namespaces

Tracing programs, kprobes and tracepoints see all network namespaces, and so do cgroup programs at the root of the cgroup v2
tree. A netfilter link belongs to one. So where the start stages have nothing better, there are these ways, the best first,
and \`attach\` and \`covers\` in the stage's status say which is live:

| \`attach\` | \`ip-start\` | \`tcp-start\` | \`udp-start\` | takes besides |
|---|---|---|---|---|
| \`netfilter_followed\` | a link in each namespace | a link in each | a link in each | CAP_SYS_ADMIN, to enter them; CAP_SYS_PTRACE, to find those of other users' processes |
| \`netfilter\` | a link in its own, \`netif_receive_skb\` for the others | a link in its own, a cgroup program for the others | a link in its own, a cgroup program for the others | nothing |
| \`cgroup\` (before 6.4) | \`netif_receive_skb\` (\`raw_tracepoint\`) | a cgroup program | a cgroup program | nothing |
| \`netfilter\` or \`raw_tracepoint\`, where the whole cgroup v2 tree is not mounted | as above | a link in its own, \`tcp_probe\` for the others; before 6.4 \`tcp_probe\` | a link in its own, and the others are missed; before 6.4 none | nothing |

The cgroup program needs the root of the whole tree, and in a container's own cgroup namespace there is only a part. Where
another program was attached at the root in a way that admits no second (\`BPF_F_ALLOW_OVERRIDE\` or no flag), it is
refused. It lets every packet pass, and goes with the loader.

Followed, a namespace that is mounted (\`ip netns\`, container runtimes) is met as soon as it is there, one that only a
process has within a second; packets before that are missed. A namespace that nobody has any more is let go at the same
time. At most 512 are followed, and more are a warning. The loader keeps the two capabilities for this, out of effect but for
the moment of entering; with \`network_namespace: own\` it follows none and keeps none.

### Metrics

Latency is counted in the kernel, in the buckets that OpenTelemetry defines at scale 3: each is 9 % wide, so a quantile
is at most 4.5 % off. A stage that is attached sends a point in every interval, with count 0 when nothing came by; a stage
that is not attached sends none.

A packet that a stage saw and could not time is in \`lagpipe.stack.skipped\`, by reason: \`no_stamp\` (it carries no
receive timestamp, or the start of its wait was not seen), \`transmit_stamp\` (it says when this host sent it, and its arrival
was not seen), \`future_stamp\` (its timestamp is later than now), \`too_long\` (68.7 s or more: a clock was set),
\`already_read\` (the reader emptied the queue first), \`recursion\` (the kernel left the probe out, because it
would have interrupted itself: in a softirq or, where kernels preempt probes, in another task; it may have been about something
that this stage does not count), \`map_full\` (so many were under way at once that the start of its wait made room for another's), \`reordered\`,
\`filtered\`, \`sampled_out\` and \`other\` (it could not be read). Seen by a stage = counted + skipped, always.

### Unusual reads

| what | counts as |
|---|---|
| a segment read in parts | one sample for each part: the later parts waited longer |
| MSG_PEEK, TCP | a sample for the look and one for the read |
| MSG_PEEK, UDP | the read alone |
| \`splice\`, zero-copy receive, kernel TLS, sockmap | nothing at tcp-socket-read, because nothing is copied; they do count at tcp-socket-enqueued |
| segments out of order | at tcp-socket-read like others, with their wait for the gap; \`filter: { reordered: drop }\` leaves them out. At tcp-socket-enqueued only the segment that closes the gap is told of |
| MPTCP | at tcp-socket-read like TCP, one sample for each segment of any subflow; at the stages before it each subflow is TCP |

### Cost

A sample takes some 60 ns of the CPU that handles the packet, 37 of them for reading the clock, besides what the kernel takes to
call a program (AMD EPYC, virtual machine). Before Linux 6.2, which has no \`bpf_rdonly_cast\`, it is up to 110 ns more where a
tracepoint serves. \`run_stats\` measures it on this host. A filter or a group that is not asked for costs nothing.

### Room

Everything has a bound. Packets under way in \`qdisc\`, in \`driver\` and between arrival and \`ip-start\`: 16,384 places each, in rows of
four by address; the fifth that wants a row takes the place of the oldest, which is \`map_full\` then. Datagrams that wait to be read, where a hook serves udp-socket-read: 256 of
each socket (beyond it the read is \`map_full\`), 2,048 sockets, of which the least recently used makes room (its reads are
\`other\` until it is empty). Connections with segments out of order, with \`reordered: drop\`: 4,096; of the least recently
used, reads are \`map_full\` until it has a place again, which each of them gets it with a chance of 1 in 16. Groups: \`max_groups\`.

${SELECTION_DESCRIPTION}

### Privileges

The loader needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN, and a kernel with BTF; the agent itself needs none.
Kprobes also take CAP_SYS_ADMIN where \`kernel.perf_event_paranoid\` is 3, as on Debian; it is given up when they are attached.
When the loader dies it is started again, after 0.5 s at first and 30 s at most, and at most one interval is lost.
`.trim();
