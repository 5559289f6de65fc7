export const TCP_EVENTS_DESCRIPTION = `
Three things that make connections slow or end them, counted in the kernel at the place where they happen: a TCP segment is
sent again, a TCP reset is sent or arrives, a packet is thrown away. Counts are exact and need no event; what \`events\` names
is sent one by one as well.

### Counters

seen = events + suppressed + lost to \`ring_full\`. What was \`missed\` is in no count: the kernel did not run the probe,
because it had interrupted itself. What is \`unplaced\` could not be told to belong to the agent's own network namespace.

### Retransmits

| \`lagpipe.tcp.retransmit_kind\` | what gave cause |
|---|---|
| \`fast\` | acknowledgements, or a lack of them between others, told of the loss: it cost about a round trip |
| \`timeout\` | nothing was acknowledged within the retransmission timeout (200 ms or more); also the segments sent again after it |
| \`tail_loss_probe\` | the last segment was not acknowledged for two round trips (RFC 8985) |
| \`syn\`, \`syn_ack\` | the handshake: each \`syn\` is a second or more of a connect |
| \`other\` | none of these |

The kind is read from the socket at the moment it sends. A retransmit that this host could not send, because its own
firewall refused it, does not count from Linux 6.17 on. A path MTU that shrinks makes the kernel behave as after a timeout.

### Resets

\`lagpipe.tcp.reset_reason\` is the kernel's own (enum sk_rst_reason, 6.10): \`NO_SOCKET\` for a connect to a port where nobody
listens, \`TCP_ABORT_ON_LINGER\`, \`TCP_STATE\` and so on. Before 6.10 it is always \`NOT_SPECIFIED\`, and resets that no socket
sends are missed. A reset that arrives has no reason; the state that the connection was in stands for one: \`syn_sent\` is a
connect refused, \`established\` a connection cut off. Resets made by firewall rules are not TCP's, and those that arrive for a
connection in TIME_WAIT end nothing: both are missed.

### Drops

\`lagpipe.packet.drop_reason\` is the kernel's own name, read from its BTF when the probe starts (enum skb_drop_reason, 5.17),
so a new kernel's new reasons show without a new lagpipe: \`NO_SOCKET\`, \`NETFILTER_DROP\`, \`TCP_CSUM\`, \`SOCKET_RCVBUFF\`,
\`QDISC_DROP\`, … A subsystem's reason is its name and the number, such as \`OPENVSWITCH:3\`. \`NOT_SPECIFIED\` is a place in
the kernel that frees a packet without saying why; that is often a loss and sometimes just the end of a packet's way. Reasons
such as \`TCP_OLD_DATA\` or \`TCP_OFOMERGE\` are duplicates, nothing is missing there. Packets that were consumed never count.

\`lagpipe.packet.protocol\` is \`tcp\`, \`udp\`, \`icmp\`, \`icmpv6\`, \`ip\` (any other, and later fragments), \`arp\` or \`other\`
(such as messages between Unix sockets). A packet of several segments (GSO, GRO) counts once. Packets that a network card,
its driver or XDP drops before they become packets of the kernel are not seen: the \`proc\` source has the cards' counters.

### Events

\`process.pid\` and \`thread.name\` are there when it happened in that thread's call, such as a close() that sends a reset. A
timer's retransmit and an arriving packet belong to no thread, so they have none.

### Hooks

The raw tracepoints \`tcp_retransmit_skb\`, \`tcp_retransmit_synack\`, \`tcp_send_reset\`, \`tcp_receive_reset\` (4.16) and
\`kfree_skb\`. None is a tracing program, so all work on a locked-down kernel. What a hook tells differs between kernels; the
loader finds out by trying. Each that is refused is reported as the status of its part.

### Privileges

The loader needs CAP_BPF and CAP_PERFMON, and a kernel of 5.12 or later with BTF; the agent itself needs none. When the loader
dies it is started again, after 0.5 s at first and 30 s at most; what it had counted since its last interval is lost.
`.trim();
