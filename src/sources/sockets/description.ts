export const SOCKETS_DESCRIPTION = `
Answers what \`ss -tan\` is asked for, all the time: is an accept queue full, who closes connections first, who forgets
to close them, which connections do nothing, which lose packets. The loader lists the sockets by netlink (sock_diag)
and counts them itself; a single connection never leaves it. No privilege is needed for the own network namespace.

### Listening sockets, every \`interval\`

The figures \`lagpipe.socket.accept_queue.*\`, by address and port. This costs some 20 µs.

### All sockets, every \`census_interval\`

All other figures, by role and port.

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
