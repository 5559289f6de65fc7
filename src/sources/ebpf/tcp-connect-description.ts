export const TCP_CONNECT_DESCRIPTION = `
Every attempt gives exactly one event, \`tcp.connect\`, also those that tools which wait for an answer never show: an
attempt that was refused, that timed out, or whose application gave up. IPv4 and IPv6, every network namespace.

The clock starts in the call of connect() and stops when the handshake is done or the attempt has failed. A call that
finds no route sends no SYN: its duration is 0, its error is taken to be ENETUNREACH, and its event comes when the socket
is closed or used again. Where the cgroup hooks are refused such calls are missed, and the clock starts when the SYN is
made. With \`min_latency\` it is below the minimum.

| \`lagpipe.tcp.outcome\` | \`error.type\` | what happened |
|---|---|---|
| \`established\` | absent | the SYN was answered |
| \`refused\` | \`refused\` | a RST answered the SYN: nobody listens there |
| \`reset\` | \`reset\` | the connection was reset on the way |
| \`timed_out\` | \`timed_out\` | the kernel gave up sending the SYN again |
| \`unreachable\` | \`net_unreachable\`, \`host_unreachable\` or \`unreachable\` | no route, or an ICMP error that says so |
| \`aborted\` | \`aborted\` | the application closed the socket, or died, before an answer came; also when no local port was free |

### Counters

attempts = events + below_minimum + lost to ring_full and map_full + growth of in_flight. What was \`missed\` is not among
the attempts: the kernel did not run the probe, because it had interrupted itself.

### Hooks

The raw tracepoint \`inet_sock_set_state\` (4.16) for the start and the end of an attempt; cgroup programs at connect()
and at the release of a socket for calls that find no route; the raw tracepoint \`net_dev_queue\` for translated addresses.
It reads the header of each SYN where it is handed to an interface, in every network namespace, so it holds for nft, iptables
and IPVS alike, also when the host translates for a container, and for attempts that fail. It does not look at packets while
no attempt is in flight. A translation by another machine is not to be seen, nor one from IPv6 to IPv4. None is a tracing program, so all work on a locked-down
kernel. Each that is refused is reported as the status of its part.

### Privileges

The loader needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN, and a kernel with BTF; the agent itself needs none. When the
loader dies it is started again, after 0.5 s at first and 30 s at most; the attempts in flight are lost and counted as
dropped for the reason \`loader_died\`.
`.trim();
