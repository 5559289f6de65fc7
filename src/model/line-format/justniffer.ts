/**
 * Where lagpipe's lines differ from Justniffer's (0.6.14) for the same packets, for the reference page. In everything
 * else a line that Justniffer prints is the line that lagpipe prints.
 */
export const DIFFERENCES: readonly string[] = [
  '**Fractions of time stamps.** Justniffer writes `.740000` for 74 µs; lagpipe writes `.000074`. The same for `timestamp2`.',
  '**HTTP is framed by its own rules**, not by changes of direction: one line for each request of a pipelined burst, one ' +
    'for a request with `100 Continue`, one for a response that begins before its request has ended.',
  '**A loss in the capture** costs the bytes that are lost. Justniffer stops reading the connection there and glues ' +
    'later requests together.',
  '**HTTP/2 and WebSocket** are decoded: a line for each stream of HTTP/2. The turns of a WebSocket have their lines as in Justniffer, without method and code.',
  '**Server-first protocols.** `%response.time.begin` counts from the end of the handshake; Justniffer prints the time of day.',
  '**Header names** match whole: `Host` is not found in `X-Forwarded-Host`. `%response.header.content-language` works.',
  '**A four-tuple that is used again** without a close that was seen is a new connection; Justniffer loses it.',
  '**IPv6, QinQ, tunnels and truncated packets** are read, and so are captures whose clock begins at 0.',
  '**Connections in the middle** (`-m`): who is the client is told from content and ports; in Justniffer it is whoever sent first.',
  '**`%tls.sni` and `%tls.version`** are found in a ClientHello of several segments as well, and behind a STARTTLS. As in ' +
    'Justniffer they are on the exchange with the ClientHello; `%{lagpipe.tls.client.server_name}` is on every one.',
  '**Idle connections and those beyond the limit** are given up and printed as `timedout` while the capture goes on.',
  '**Patterns** (`grep`) are those of JavaScript instead of Perl. As in Justniffer, upper and lower case are the same, `.` is ' +
    'any byte, `^` and `$` are at any line, and the last group is printed. `\\A`, `\\Z`, `\\Q`, `[[:alpha:]]`, recursion and ' +
    'possessive quantifiers do not exist; a pattern that cannot be read is an error before anything runs.',
  '**Whole requests, responses, heads and bodies** are cut at `max_text` of the source.',
  '**On a terminal**, control characters in values are shown as dots; `unprintable: keep` leaves them.',
  '**`%python` and the options `-e`, `-U` and `-P`** do not exist: lagpipe runs no programs and no scripts.',
];
