export const SOCKETS_DESCRIPTION = `
Answers what \`ss -tan\` is asked for, all the time: is an accept queue full, who closes connections first, who forgets
to close them, which connections do nothing, which lose packets. The loader lists the sockets by netlink (sock_diag)
and counts them itself; a single connection never leaves it. No privilege is needed for the own network namespace.

### Listening sockets, every \`interval\`

By \`network.local.address\`, \`network.local.port\`, \`network.type\`; gauges. This costs some 20 µs.

| metric | unit | |
|---|---|---|
| \`lagpipe.socket.accept_queue.length\` | {connection} | finished handshakes that wait for accept() |
| \`lagpipe.socket.accept_queue.limit\` | {connection} | the least of the backlog given to listen() and net.core.somaxconn; the kernel takes one more |
| \`lagpipe.socket.accept_queue.utilization\` | 1 | length by limit of the fullest queue; above 1 new connections are refused or have to try again |
| \`lagpipe.socket.accept_queue.sockets\` | {socket} | how many share the address and port (SO_REUSEPORT), each with a queue |

### All sockets, every \`census_interval\`

| metric | type | unit | by |
|---|---|---|---|
| \`system.network.connection.count\` | UpDownCounter | {connection} | \`network.connection.state\`, \`network.type\`, \`network.transport\` |
| \`lagpipe.socket.connections\` | gauge | {connection} | role, port, \`network.connection.state\` |
| \`lagpipe.socket.peer.connections\` | gauge | {connection} | role, port, \`network.peer.address\`, \`network.connection.state\` |
| \`lagpipe.socket.idle_connections\` | gauge | {connection} | role, port: established, without data for \`idle_threshold\`, no keep-alive timer |
| \`lagpipe.socket.silent_connections\` | gauge | {connection} | role, port: the peer has never sent data |
| \`lagpipe.socket.unread_connections\`, \`.unread_bytes\` | gauge | {connection}, By | role, port: data that the application has not read |
| \`lagpipe.socket.unsent_connections\`, \`.unsent_bytes\` | gauge | {connection}, By | role, port: data that the peer has not acknowledged |
| \`lagpipe.socket.retransmitting_connections\` | gauge | {connection} | role, port: waiting for an answer to a retransmission now |
| \`lagpipe.socket.retransmits\`, \`.segments_sent\` | gauge | {segment} | role, port: of the connections that are open now, since they were opened |
| \`lagpipe.socket.idle_time\` | exponential histogram, delta | s | role: time since data last came or went, one observation for each established connection |
| \`lagpipe.socket.rtt\` | exponential histogram, delta | s | role: smoothed round-trip time, as above |
| \`lagpipe.socket.census.sockets\`, \`.duration\`, \`.cpu_time\`, \`.interval\` | gauge | {socket}, s | what the census cost, and when the next one comes |
| \`lagpipe.socket.census.interrupted\`, \`.failed\` | sum, cumulative | {dump} | lists that the kernel called inconsistent (they are counted all the same), and that broke off (they are not) |

The role is \`lagpipe.tcp.role\`: \`server\` when the local port is one that somebody listens at, or did in the last two
minutes; \`client\` otherwise. The port is \`server.port\`: the local one of a server, the peer's of a client. Ports and peers beyond the
bounds count together, marked \`otel.metric.overflow\`. What is counted no more gets one 0.

So: TIME_WAIT with the role \`server\` says that the server closes first, with \`client\` that the client does. CLOSE_WAIT
that grows is an application that does not close. Mapped IPv4 is IPv4. Half-open connections are \`syn_received\`.

### Network namespaces

With \`network_namespaces\` other than \`[own]\` every point has \`lagpipe.netns.inode\`, and \`lagpipe.netns.name\` where it
has a name below /run/netns. \`all\` finds those that are mounted, as container runtimes do it, and those of processes.
Namespaces are looked for at each census and never held: one that is gone is gone.

### Limits

Up to 4096 ports and 65,536 pairs of port and peer are counted before the largest are chosen; what comes beyond is in the
overflow. A census of 50,000 sockets takes some 50 ms of processor time, in pieces; \`census_cpu_percent\` bounds it.
Figures that an older kernel does not tell are absent: those of idle and silent connections, retransmits and sent
segments need Linux 4.6.

Without the loader the figures come from /proc/net/tcp, more slowly and without limits of accept queues, idle times,
round-trip times, retransmits and other namespaces; the status says so. Beyond 200,000 sockets there is no census then.
`.trim();
