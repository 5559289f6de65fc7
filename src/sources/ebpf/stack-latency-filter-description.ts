/** How filters, sampling and groups work, for the reference page. */
export const SELECTION_DESCRIPTION = `
### Filters, sampling and groups

The kernel applies filters before it counts. It reads them once, when a probe is loaded, and removes those that are not
set from the program. What a filter leaves out is \`filtered\`, what sampling leaves out \`sampled_out\`; both are told by
stage, not by group. \`network_namespace: own\` is no filter in this sense: what is elsewhere is not seen at all.

| filter | at the start stages | at the socket stages |
|---|---|---|
| \`interfaces\` | the interface that received the packet | the same, by its number in the socket's namespace |
| \`network_namespaces\` | that of the interface | that of the socket |
| \`local_ports\` | the packet's destination port; later IP fragments have none | the socket's port |
| \`remote_addresses\`, \`ip_version\` | the packet's source address | the TCP connection's peer; a datagram's source address |
| \`pids\`, \`cgroups\`, \`min_queue_length\` | refused | at the read stages: the process that reads, its cgroup or a parent of it, the packets left behind in the receive queue |
| \`reordered: drop\` | without effect | tcp-socket-enqueued and tcp-socket-read: segments that came behind a gap in the sequence numbers (loss, reordering) and waited until it closed |

At \`qdisc\` and \`driver\` these are the interface that sends, the packet's source port, its destination address; \`softirq-raised\` and
\`napi-poll\` meet no packet, so filters and \`network_namespace: own\` are refused there, and only sampling works; of the groups,
\`interface\` and \`netns\` at \`napi-poll\`.

Which segments came behind a gap is known from the tracepoint \`tcp_probe\` (the part \`gaps\`), which the established state
alone has. A connection keeps one range of sequence numbers: with several gaps open at once, the segments that closed the
later ones are taken for held up too. Where segments came out of order before this source started, or when the connection was
closing already, nobody knows which were held up: reads of them are \`map_full\`. Without \`reordered: drop\` nothing of this is attached.

With \`group_by\`, \`lagpipe.stack.latency\` has a point for each group that saw something, with these attributes:

| \`group_by\` | attributes |
|---|---|
| \`interface\` | \`network.interface.name\` |
| \`cgroup\` | \`lagpipe.cgroup.id\`, \`lagpipe.cgroup.path\` (its last 252 characters after \`...\` when it is longer) |
| \`netns\` | \`lagpipe.netns.inode\`, \`lagpipe.netns.name\` where /run/netns has one |
| \`local_port\` | \`network.local.port\` |
| what found no room (\`max_groups\`) | \`otel.metric.overflow\`: true, and none of the others |

Interfaces of the same name in several network namespaces are one group unless \`netns\` is in \`group_by\` too. What the
kernel could not tell of a packet, such as the port of an IP fragment, is an absent attribute.
`.trim();
