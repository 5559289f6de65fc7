/** One attribute of the events that packets give. */
export interface AttributeSpec {
  readonly name: string;
  /** `s`, `By`, `{segment}`, …; empty for texts. */
  readonly unit: string;
  readonly kind: 'number' | 'text';
  readonly meaning: string;
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
    'what is missing: `no_data` (a connection that carried none), `no_request`, `no_response`, `request_cut`, `response_cut`; absent where it is whole',
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
