import type { AttributeSpec as AnyAttribute } from '../../../model/emits.ts';

/** One attribute of the events that packets give. */
export interface AttributeSpec extends AnyAttribute {
  readonly kind: 'number' | 'text';
  /** Justniffer's keyword for the same thing. */
  readonly justniffer?: string;
}

/** Of every event. */
export const ENDPOINT_ATTRIBUTES = [
  text('client.address', 'who opened the connection', '%source.ip'),
  number('client.port', '', '', '%source.port'),
  text('server.address', 'who accepted it', '%dest.ip'),
  number('server.port', '', '', '%dest.port'),
  text('network.transport', '`tcp`'),
  text('network.type', '`ipv4` or `ipv6`'),
  text('network.protocol.name', '`http`, `websocket`, `tls`, …; absent where nothing was recognized'),
  text(
    'lagpipe.tcp.roles',
    'how client and server were told apart: `handshake`, or, where the capture began later, `guessed`',
  ),
] as const satisfies readonly AttributeSpec[];

/** Of `http.exchange` and `tcp.exchange`. The event's time is that of the last byte of the request, or, without one, of the first byte of the response. */
export const EXCHANGE_ATTRIBUTES = [
  text(
    'lagpipe.exchange.position',
    'where on its connection: `start` (first), `continue`, `last`, or `unique` (the only one)',
    '%connection',
  ),
  text(
    'lagpipe.exchange.close_originator',
    'on the last exchange, who closed first: `client`, `server`; `timedout` (evicted) or `truncated` (still open at the end of the capture)',
    '%close.originator',
  ),
  number('lagpipe.exchange.ordinal', '{exchange}', 'counted from 1 on its connection', '%session.requests'),
  number('lagpipe.exchange.duration', 's', 'first byte of the request to last byte of the response'),
  number(
    'lagpipe.tcp.handshake.duration',
    's',
    'first SYN to the end of the handshake; on the first exchange',
    '%connection.time',
  ),
  number(
    'lagpipe.tcp.handshake.server',
    's',
    'newest SYN before the SYN/ACK to the SYN/ACK: the server and the way to it; on the first exchange',
  ),
  number(
    'lagpipe.tcp.handshake.client',
    's',
    'SYN/ACK to the ACK: the client and the way to it; on the first exchange',
  ),
  number('lagpipe.tcp.syn_retransmits', '{segment}', 'SYNs sent again; on the first exchange'),
  number(
    'lagpipe.exchange.idle_before',
    's',
    'end of the handshake to the first byte of the request; on the first exchange',
    '%idle.time.0',
  ),
  number('lagpipe.exchange.request.duration', 's', 'first to last byte of the request', '%request.time'),
  number(
    'lagpipe.exchange.response.duration',
    's',
    'last byte of the request to last byte of the response',
    '%response.time',
  ),
  number(
    'lagpipe.exchange.response.first_byte',
    's',
    'last byte of the request to first byte of the response',
    '%response.time.begin',
  ),
  number(
    'lagpipe.exchange.response.transfer',
    's',
    'first to last byte of the response',
    '%response.time.end',
  ),
  number(
    'lagpipe.exchange.server_time',
    's',
    "the server's share of the time to the first byte: without its wait behind earlier responses and without the round trip from here to the server; absent where that was not measured",
  ),
  number(
    'lagpipe.exchange.idle_after',
    's',
    'last byte of the response to the next request or to the close; absent where neither was seen',
    '%idle.time.1',
  ),
  number(
    'lagpipe.exchange.session_time',
    's',
    'first SYN to the last byte of this exchange; on the last exchange to the close',
    '%session.time',
  ),
  number(
    'lagpipe.exchange.close_time',
    's',
    'last byte of the last exchange (or the handshake) to the close; on the last exchange',
    '%close.time',
  ),
  number(
    'lagpipe.exchange.connection_timestamp',
    's',
    'first SYN, since 1970; on the first exchange',
    '%connection.timestamp',
  ),
  number(
    'lagpipe.exchange.request_timestamp',
    's',
    "last byte of the request, since 1970; the event's own time is the same to the nanosecond",
    '%request.timestamp',
  ),
  number(
    'lagpipe.exchange.response_timestamp',
    's',
    'last byte of the response, since 1970',
    '%response.timestamp',
  ),
  number(
    'lagpipe.exchange.close_timestamp',
    's',
    'the close, since 1970; on the last exchange',
    '%close.timestamp',
  ),
  number('lagpipe.tcp.open_connections', '{connection}', 'open when the exchange was emitted', '%streams'),
  number('http.request.size', 'By', 'all bytes of the request, headers included', '%request.size'),
  number('http.response.size', 'By', 'all bytes of the response, headers included', '%response.size'),
  number('lagpipe.exchange.retransmits', '{segment}', 'segments with payload sent again while it ran'),
  number('lagpipe.exchange.duplicate_acks', '{segment}', 'duplicate ACKs while it ran'),
  number('lagpipe.exchange.out_of_order', '{segment}', 'segments that came early while it ran'),
  number(
    'lagpipe.exchange.missed_bytes',
    'By',
    'bytes of it that the capture lost: where this is not 0, its times and sizes are a lower bound',
  ),
  number(
    'lagpipe.exchange.skipped_bytes',
    'By',
    'bytes before it, or within, that are no message of the protocol',
  ),
  number('lagpipe.exchange.pipelined', '{exchange}', 'requests before it that were not yet answered'),
  text(
    'lagpipe.exchange.incomplete',
    'what is missing: `no_data` (a connection that carried none), `no_request`, `no_response`, `request_cut`, `response_cut`, `fields` (HTTP/2: header fields that refer to what the capture does not have); absent where it is whole',
  ),
  raw('lagpipe.exchange.request.raw', 'the whole request', '%request'),
  raw('lagpipe.exchange.response.raw', 'the whole response', '%response'),
] as const satisfies readonly AttributeSpec[];

/** Of `http.exchange`, besides `http.request.header.<name>` and `http.response.header.<name>` in lower case. */
export const HTTP_ATTRIBUTES = [
  text('network.protocol.version', '`1.1`, `1.0`, `2`'),
  text('http.request.method', 'as sent', '%request.method'),
  text('url.original', 'the target of the request, as sent', '%request.url'),
  text('lagpipe.http.request.protocol', 'such as `HTTP/1.1`', '%request.protocol'),
  text('lagpipe.http.request.line', '', '%request.line'),
  number('http.response.status_code', '', '', '%response.code'),
  text('lagpipe.http.response.reason', 'the text after the status code', '%response.message'),
  text('lagpipe.http.response.protocol', 'such as `HTTP/1.1`', '%response.protocol'),
  text('lagpipe.http.response.line', '', '%response.line'),
  number('http.request.body.size', 'By', 'as sent: without headers and the framing of chunks'),
  number('http.response.body.size', 'By', 'as sent: without headers and the framing of chunks'),
  text('user_agent.original', '', '%request.header.user-agent'),
  number('lagpipe.http.interim_responses', '{response}', 'responses with a 1xx status before the final one'),
  number(
    'lagpipe.http2.stream.id',
    '',
    'HTTP/2: the stream; the server opened one with an even number (push)',
  ),
  text('lagpipe.http2.reset', 'HTTP/2: the error code of a RST_STREAM, such as `cancel`'),
  text('lagpipe.http2.reset_by', '`client` or `server`: who sent it'),
  text(
    'rpc.status_code',
    "gRPC's status by name, such as `OK` or `UNAVAILABLE`, from the trailer `grpc-status`",
  ),
  raw('lagpipe.http.request.head', 'the request line and the headers', '%request.header'),
  raw('lagpipe.http.response.head', 'the status line and the headers', '%response.header'),
  raw('lagpipe.http.request.body', '', '%request.body'),
  raw('lagpipe.http.response.body', '', '%response.body'),
] as const satisfies readonly AttributeSpec[];

/** Of `tcp.connection`; the event's time is that of the close. Those of `ebpf_tcp_life` mean what they mean there. */
export const CONNECTION_ATTRIBUTES = [
  text(
    'lagpipe.tcp.connection.state',
    '`closed`; `open`: still open at the end of the capture, or given up on',
  ),
  text('lagpipe.tcp.closed_by', '`client` or `server`: whose FIN or RST came first'),
  text(
    'lagpipe.tcp.close_reason',
    '`fin`, `reset`, `refused` (a RST answered the SYN), `reused` (a new SYN without a close that was seen), `idle` and `evicted` (a limit of this source), `capture_end`',
  ),
  number('lagpipe.tcp.connection.duration', 's', 'end of the handshake (or first packet) to the close'),
  number('lagpipe.tcp.handshake.duration', 's', 'first SYN to the end of the handshake'),
  number('lagpipe.tcp.handshake.server', 's', 'newest SYN before the SYN/ACK to the SYN/ACK'),
  number('lagpipe.tcp.handshake.client', 's', 'SYN/ACK to the ACK'),
  number('lagpipe.tcp.syn_retransmits', '{segment}', 'SYNs sent again'),
  number('lagpipe.tcp.client.bytes', 'By', 'payload that the client sent, each byte once'),
  number('lagpipe.tcp.server.bytes', 'By', 'payload that the server sent, each byte once'),
  number('lagpipe.tcp.client.segments', '{segment}', 'that the client sent, with and without payload'),
  number('lagpipe.tcp.server.segments', '{segment}', 'that the server sent, with and without payload'),
  number('lagpipe.tcp.retransmits', '{segment}', 'segments sent again, by both'),
  number('lagpipe.tcp.client.retransmits', '{segment}', 'segments that the client sent again'),
  number('lagpipe.tcp.server.retransmits', '{segment}', 'segments that the server sent again'),
  number('lagpipe.tcp.duplicate_acks', '{segment}', 'ACKs that repeat one while data is on its way'),
  number('lagpipe.tcp.out_of_order', '{segment}', 'segments that came before one that precedes them'),
  number('lagpipe.tcp.zero_windows', '{segment}', 'segments that closed the window for the other side'),
  number('lagpipe.tcp.keep_alives', '{segment}', 'keep-alive probes'),
  number(
    'lagpipe.tcp.missed_bytes',
    'By',
    'bytes that were acknowledged and are not in the capture, or were given up',
  ),
  number(
    'lagpipe.tcp.rtt',
    's',
    'smoothed round trip, the way to the server and that to the client added up',
  ),
  number('lagpipe.tcp.rtt.min', 's', 'the least of both, added up'),
  number('lagpipe.tcp.idle.max', 's', 'the longest time without data'),
  number('lagpipe.tcp.idle.before_close', 's', 'last data (or end of the handshake) to the first FIN or RST'),
  number('lagpipe.tcp.turns', '{turn}', 'times that data of the server followed data of the client'),
  number('lagpipe.tcp.response.first', 's', 'last byte before a turn to its first byte, of the first turn'),
  number('lagpipe.tcp.response.max', 's', 'the same, the longest'),
  number('lagpipe.tcp.response.total', 's', 'the same, of all turns'),
  number('lagpipe.tcp.connection.exchanges', '{exchange}', 'exchanges on it; more than 1: it was reused'),
  text('lagpipe.tcp.conn_state', "Zeek's letters: `SF`, `S0`, `REJ`, `RSTO`, …"),
  text('lagpipe.tcp.history', "what happened, in Zeek's letters: `ShADadFf`; client in capitals"),
] as const satisfies readonly AttributeSpec[];

/** Of `tcp.connection` and `tls.handshake`, and of the exchanges of a connection with TLS. */
export const TLS_ATTRIBUTES = [
  text('lagpipe.tls.client.server_name', 'the name that the client asks for (SNI)'),
  text('lagpipe.tls.client.version', 'the highest version that the client offers: `1.3`'),
  text('lagpipe.tls.client.alpn', 'the protocols that the client offers, in its order: `h2,http/1.1`'),
  text('tls.protocol.name', '`tls`, or `ssl` for SSL 3'),
  text('tls.protocol.version', 'the version that the server chose'),
  text('tls.cipher', "the cipher suite that the server chose, by IANA's name"),
  text('tls.next_protocol', 'the protocol that the server chose (ALPN); in TLS 1.3 that is encrypted'),
  text('tls.established', '`true`: the handshake was seen to its end'),
  text('tls.resumed', '`true`: a session from before, or a key known to both, is used'),
  text(
    'lagpipe.tls.hello_retry',
    '`true`: the server made the client send another ClientHello, a round trip more',
  ),
  number(
    'lagpipe.tls.handshake.duration',
    's',
    'first byte of the ClientHello to the last message of the handshake: in TLS 1.2 the later Finished, in 1.3 the first encrypted record of the client',
  ),
  number('lagpipe.tls.handshake.server', 's', 'first byte of the ClientHello to the ServerHello'),
  text('lagpipe.tls.alert', 'the last alert in clear, such as `handshake_failure`'),
  text('lagpipe.tls.alert_by', '`client` or `server`: who sent it'),
] as const satisfies readonly AttributeSpec[];

/** Of the `tcp.exchange` with the ClientHello alone, as Justniffer prints them. */
export const CLIENT_HELLO_ATTRIBUTES = [
  text(
    'lagpipe.exchange.tls.server_name',
    'the name that the client asks for, on the exchange with the ClientHello',
    '%tls.sni',
  ),
  text(
    'lagpipe.exchange.tls.client_version',
    'the highest version that the client offers, on the exchange with the ClientHello',
    '%tls.version',
  ),
] as const satisfies readonly AttributeSpec[];

/** Of a `tcp.connection` that speaks HTTP/2. */
export const HTTP2_ATTRIBUTES = [
  text('lagpipe.http2.goaway', 'the error code of the GOAWAY that ended it, such as `no_error`'),
  text('lagpipe.http2.goaway_by', '`client` or `server`: who sent the first one'),
  number('lagpipe.http2.goaway.last_stream', '', 'the last stream that was or will be served'),
  ...bySide('http2', [
    ['resets', '{stream}', 'streams that it reset (RST_STREAM)'],
    ['pings', '{ping}', 'PINGs that it sent'],
    ['ping.min', 's', 'from its PING to the answer, the least'],
    ['ping.mean', 's', 'the same, the mean'],
    ['ping.max', 's', 'the same, the longest'],
  ]),
] as const satisfies readonly AttributeSpec[];

/** Of `websocket.connection`; the event's time is that of the close. */
export const WEBSOCKET_ATTRIBUTES = [
  number('lagpipe.websocket.duration', 's', 'the response 101 to the close of the connection'),
  number('lagpipe.websocket.idle.max', 's', 'the longest time without a frame'),
  text(
    'lagpipe.websocket.close',
    '`complete`: both sides sent a close frame; `one_sided`: one did; `none`: the connection just ended',
  ),
  text('lagpipe.websocket.closed_by', '`client` or `server`: whose close frame came first'),
  number('lagpipe.websocket.close.code', '', 'of the first close frame; absent where it has none'),
  text('lagpipe.websocket.close.reason', 'the text of the first close frame'),
  number(
    'lagpipe.websocket.missed_bytes',
    'By',
    'bytes that the capture lost: where this is not 0 the counts are a lower bound',
  ),
  ...bySide('websocket', [
    ['messages', '{message}', 'text and binary messages that it sent, whole ones'],
    ['compressed_messages', '{message}', 'of these, compressed (permessage-deflate)'],
    ['text_frames', '{frame}', 'first or only frames of a text'],
    ['binary_frames', '{frame}', 'first or only frames of a binary message'],
    ['continuation_frames', '{frame}', 'further frames of a message'],
    ['bytes', 'By', 'payload of these frames, as sent'],
    ['pings', '{ping}', 'pings that it sent'],
    ['pongs', '{pong}', 'pongs that it sent, asked for or not'],
    ['ping.min', 's', 'from its ping to the pong, the least'],
    ['ping.mean', 's', 'the same, the mean'],
    ['ping.max', 's', 'the same, the longest'],
  ]),
] as const satisfies readonly AttributeSpec[];

/** `lagpipe.<protocol>.client.<name>` and the same of the server. */
function bySide(
  protocol: string,
  figures: readonly (readonly [name: string, unit: string, meaning: string])[],
): readonly AttributeSpec[] {
  return ['client', 'server'].flatMap((side) =>
    figures.map(([name, unit, meaning]) =>
      number(`lagpipe.${protocol}.${side}.${name}`, unit, `${side}: ${meaning}`),
    ),
  );
}

function number(name: string, unit: string, meaning: string, justniffer?: string): AttributeSpec {
  return { name, unit, kind: 'number', meaning, ...(justniffer !== undefined && { justniffer }) };
}

function text(name: string, meaning: string, justniffer?: string): AttributeSpec {
  return { name, unit: '', kind: 'text', meaning, ...(justniffer !== undefined && { justniffer }) };
}

/** Made only where a sink or the config names it; one character per byte (ISO 8859-1), cut at `max_text`. */
function raw(name: string, meaning: string, justniffer: string): AttributeSpec {
  return text(
    name,
    `${meaning}${meaning === '' ? '' : '; '}only when named, cut at \`max_text\``,
    justniffer,
  );
}
