import {
  type AttributeSpec,
  CLIENT_HELLO_ATTRIBUTES,
  CONNECTION_ATTRIBUTES,
  ENDPOINT_ATTRIBUTES,
  EXCHANGE_ATTRIBUTES,
  HTTP_ATTRIBUTES,
  HTTP2_ATTRIBUTES,
  TLS_ATTRIBUTES,
  WEBSOCKET_ATTRIBUTES,
} from './events/attributes.ts';
import { READ_DESCRIPTION } from './read/description.ts';

function tableOf(attributes: readonly AttributeSpec[]): string {
  const rows = attributes.map(({ name, unit, meaning, justniffer }) => {
    const keyword = justniffer === undefined ? '' : `\`${justniffer}\``;
    return `| \`${name}\` | ${unit} | ${meaning} | ${keyword} |`;
  });
  return ['| attribute | unit | meaning | Justniffer |', '|---|---|---|---|', ...rows].join('\n');
}

export const PCAP_DESCRIPTION = `
Reads captured packets, follows every TCP connection, and takes HTTP/1, HTTP/2, WebSocket and the handshake of TLS apart. These events come out:

| event | when | time |
|---|---|---|
| \`http.exchange\` | for every request, also without a response, and for a response without a request | last byte of the request |
| \`tcp.exchange\` | where no protocol was recognized, in TLS, and in a WebSocket: for every turn of client and server; and once for a connection without data | the same |
| \`tls.handshake\` | for every TLS connection, when its handshake is over, has failed or was given up | then |
| \`websocket.connection\` | at the end of every WebSocket | its end |
| \`tcp.connection\` | at the end of every connection | its end |

An exchange is known whole only when the next request begins or the connection ends: \`emit\` says whether to wait for
that. Sent at its response, it has no \`idle_after\`, no close, and is never \`last\`; \`tcp.connection\` tells the rest.
\`tcp.exchange\` always waits, since where a response of an unknown protocol ends is not known. Events of one name come
in order; those of different names only roughly so.

### Attributes of every event

${tableOf(ENDPOINT_ATTRIBUTES)}

### Exchanges

Durations have the meaning of Justniffer's fields, which the last column names; where it is known to be wrong, they do not
(below). Times are those at which bytes became available in order: data that waited for a segment counts from when that
segment came.

${tableOf(EXCHANGE_ATTRIBUTES)}

### \`http.exchange\` besides

${tableOf(HTTP_ATTRIBUTES)}

Headers are \`http.request.header.<name>\` and \`http.response.header.<name>\`, of a header that comes twice the first. Names
are compared whole. A sink that names the attributes that it reads, as a format does, gets those headers;
otherwise \`request_headers\` and \`response_headers\` say which. Heads, bodies and whole messages are made only for a sink
that names them.

Messages end as RFC 9112 says: by length, by chunks, by the close; 1xx responses belong to their request; responses to
HEAD and those with 204 and 304 have no body; after 101, and after CONNECT was granted, another protocol follows. Bytes
that are no message are passed over up to the next start line and counted in \`lagpipe.exchange.skipped_bytes\`.

### HTTP/2

Every stream is an \`http.exchange\`: its request begins with its HEADERS and its response with the final HEADERS; sizes
count the frames of the stream with their headers, and content without padding. It is recognized by the client's preface
(prior knowledge) or follows \`Upgrade: h2c\`: then the request of HTTP/1.1 is that of stream 1, the 101 is an interim
response, and the two are one exchange. Trailers are read for
\`grpc-status\`. Exchanges come in the order in which streams end. Bodies are not kept. Inside TLS it is encrypted: see
\`tcp.exchange\`. A connection whose beginning is not in the capture is recognized by its frames (\`mid_stream\`).

Header fields may refer to fields that were sent before (HPACK). Those that refer to what the capture lost are left out
and the exchange is marked \`fields\` in \`lagpipe.exchange.incomplete\`; a value that was not sent is never given. Behind a
hole the next frames are found again; streams that were open then count all of the hole as missed.

A \`tcp.connection\` with HTTP/2 has besides:

${tableOf(HTTP2_ATTRIBUTES)}

### \`websocket.connection\`

From the response 101 on. Messages are counted, not read, and compressed ones not inflated.

${tableOf(WEBSOCKET_ATTRIBUTES)}

### TLS

\`tls.handshake\`, \`tcp.connection\` and the \`tcp.exchange\`s of the connection have:

${tableOf(TLS_ATTRIBUTES)}

And the one \`tcp.exchange\` with the ClientHello:

${tableOf(CLIENT_HELLO_ATTRIBUTES)}

A handshake is also found where another protocol changes to TLS (STARTTLS, PostgreSQL). Only what is in clear can be told. Hellos may be spread over any number of segments and records.

### \`tcp.connection\`

${tableOf(CONNECTION_ATTRIBUTES)}

${READ_DESCRIPTION}

### What is not in the capture

Bytes that the other side acknowledged and that the capture does not have, or that waited for what precedes them until
\`reassembly_size\` was used up, are passed over, and the exchange says so in \`lagpipe.exchange.missed_bytes\`. A bare ACK
alone is not believed, because it may have overtaken its data on the way into the capture. Of a record that was
cut off the rest counts as missed; of a head that was cut off, method, target, status and headers are told as far as they
are there. Of bytes that come twice the first copy counts.

### Where it differs from Justniffer

- A response that was lost in the capture costs this response, not the rest of the connection.
- Every request of a pipeline is an exchange. \`100 Continue\` makes none of its own, and neither does a response that
  begins before its request is complete.
- A header's name has to match whole: \`Host\` is not found in \`X-Forwarded-Host\`.
- A second connection with the same addresses and ports is seen, although the close of the first is not in the capture.
- IPv6, tunnels and all link types of the reader count like IPv4 in Ethernet.
- The time to the first byte of a server that speaks first counts from the handshake.
- Time stamps have all their digits.

How single keywords of its format language differ: [line-format.md](../line-format.md#differences-from-justniffer).

### The source's own account

Sent every \`interval\` and at the end, as cumulative sums. Each adds up, and connections opened = ended + open.

### Memory

Bounded by \`max_connections\` (some 500 bytes each, and about 2 KiB where HTTP is spoken) and \`reassembly_total_size\`; it
does not grow with the capture.
`.trim();
