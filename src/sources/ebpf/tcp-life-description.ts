export const TCP_LIFE_DESCRIPTION = `
Every connection gives one event, \`tcp.connection\`, when it is closed: who opened it and who closed it first, how long
it lasted, what went over it, and how long its requests waited for their responses. No packet is captured and no payload
is read: turns are told from the order and the sizes of reads and writes, so encrypted traffic is measured as well.
IPv4 and IPv6, every network namespace. A connection within this host has two ends, and so two events.

With \`report_interval\`, a connection that stays open gives an event each such time as well, marked
\`lagpipe.tcp.connection.state\` = \`open\`. Its counters are those since the connection was opened, as in the last event,
which is marked \`closed\`.

### Turns and response time

Whoever opened the connection asks. Data of the asking side followed by data of the other side is a turn; its response
time runs from the last byte of the request to the first byte of the response, as the application on this host reads and
writes them. At the client that is the wait of the application, network and server included; at the server it is the
server's own time from reading the request to having written the first of the response. The difference of the two is
the network and the queues. A handshake of TLS gives a turn or two at the beginning. Bytes that the other side sends
unasked, such as a greeting, are no response. Of a client that sent its FIN with the request, the connection is over when the
server's FIN comes: a response that is there by then counts as read then. Requests that are sent while an earlier one still waits (pipelining) count
as one with it. Where two threads read and write one socket at the same moment, a turn may be blurred.

Reads and writes by any call count: read, recv, sendmsg, sendfile, io_uring, and TLS in the kernel. Peeking does not.
splice() out of a socket and zero-copy receive are not seen. The hooks for this came with Linux 6.3. Before it,
a kernel that allows tracing programs tells all but TLS in the kernel; elsewhere turns, response and idle times are absent.

### The process at the server's end

The kernel makes an accepted connection while no process is running for it. So the process is that which accept() returns
to, or, where that is not seen, that which first reads or writes: a best effort. It is absent when nobody did.

### Counters and histograms

opened = events + below_minimum + lost to ring_full, map_full and unseen_end + growth of in_flight. What was \`missed\` is
not among the opened: the kernel did not run the probe, because it had interrupted itself. Should that happen at the end
of a connection, it is counted as \`unseen_end\` when its memory is used again, and as in flight until then.

The histograms have OpenTelemetry's scale 3: a bucket is 9 % wide. A duration of more than 73 min counts in the last
bucket. 253 series of ports are kept, first come, first served; the others share one that has \`otel.metric.overflow\` in
place of the port.

Where the kernel allows tracing programs or kprobes, every accept() is seen. Elsewhere, as on a locked-down kernel, it is
seen when its caller asks for the peer's address, as most servers do. Where it does not (libuv, and so Node.js), the
moment is not known, and rather than guess, the connection is left out of the histogram and counted in
\`accepts_unseen\` when it first carries data.

### Hooks

| part | hook | without it |
|---|---|---|
| \`connections\` | raw tracepoint \`inet_sock_set_state\` (4.16), three programs | nothing works |
| \`turns\` | raw tracepoints \`sock_send_length\` and \`sock_recv_length\` (6.3), or else fexit of \`tcp_sendmsg\` and \`tcp_recvmsg\` | no turns, response and idle times |
| \`accepts\` | fexit or kretprobe of \`inet_csk_accept\`, or else the cgroup hooks at getpeername() (5.8), which accept() passes | no wait for accept() |

The first of each that the kernel allows is used; one that is refused is reported as the status of its part, and the
others go on. A locked-down kernel allows all but fexit and kretprobe. 65,536 connections have room; more are counted as
\`map_full\`. Connections that were open before the agent started are not seen.

### Privileges

The loader needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN, and a kernel with BTF; the agent itself needs none. When the
loader dies it is started again, after 0.5 s at first and 30 s at most; connections that are open then are lost and counted
as dropped for the reason \`loader_died\`.
`.trim();
