import { PASSED_OVER_MEANING } from './read-counts.ts';

const REASONS = Object.entries(PASSED_OVER_MEANING).map(
  ([reason, meaning]) => `| \`${reason}\` | ${meaning} |`,
);

/** What of captures is read and how, for the reference page. */
export const READ_DESCRIPTION = `
### Files

pcap (both byte orders, micro- and nanoseconds) and pcapng (sections, interfaces and their resolutions, packets of all
kinds), plain or packed by gzip or zstd. A folder stands for the captures directly in it. All files are one capture: they
are read in the order of their first packets, so rotated files may have any names, and connections go on from one to the
next. Captures that were made at the same time in different places do not become one that way: \`mergecap\` does that.

A damaged file gives what can be read, and one error with the byte, what was found there and what is allowed. Other
files are read nevertheless. What was named and is no capture is an error before anything is read; in a folder it is
passed over and named.

### Live

The loader captures, by libpcap; the agent itself needs no privilege. It needs CAP_NET_RAW to open the interface (root,
or \`sudo npx lagpipe grant\`), and gives it up then. Packets arrive within 20 ms, or as soon as 256 KiB of them are there.
It sees what the network namespace of the agent sees. On \`any\` a packet that goes through several interfaces, such as a
bridge and its port, is there several times: the first one counts, the others are \`copy\` in the account. Segmentation offload shows packets of up to 64 KiB before the interface cuts them; they count as one segment.

What does not fit into \`buffer_size\` until it is read is dropped by the kernel and counted each second in
\`lagpipe.pcap.capture_dropped\`; the connections go on and mark what is missing. A larger buffer, a \`filter\` or a smaller
\`snaplen\` help. When the loader dies or the interface goes down, it is opened again, with growing pauses.

### Link types and what is under TCP

Ethernet with any number of VLAN tags (802.1Q, 802.1ad and older ones), PPPoE, MPLS and SNAP; Linux cooked captures 1
and 2 (of \`any\`); raw IP; null and loop; NFLOG; PPP, Cisco HDLC. IPv4 with options and fragments, IPv6 with extension
headers and fragments, the authentication header of IPsec, packets of length 0 (TSO) and of more than 64 KiB (BIG TCP).
Tunnels where \`tunnels\` names them: VXLAN, Geneve, GRE, IP in IP.

Fragments are put together, at most 256 packets at a time; where they overlap, the bytes that came first count. Checksums
are not checked: on the sending host the interface fills them in later. Padding of short frames is no payload.

Every packet is a segment, or is passed over for one of these reasons:

| reason | |
|---|---|
${REASONS.join('\n')}
`.trim();
