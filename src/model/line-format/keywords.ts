/** What a keyword may have in parentheses behind it. */
export type Argument = 'none' | 'not_found' | 'time_format' | 'header_name' | 'pattern';

/** How the value of an attribute is written. */
export type Shape =
  /** Texts and numbers as they are. */
  | 'plain'
  /** A number that is 0 where the event does not have it. */
  | 'count'
  /** Seconds with six decimals. */
  | 'duration'
  /** Seconds since 1970 as a local date and time. */
  | 'instant'
  /** Seconds since 1970 with six decimals. */
  | 'unix_time';

export interface Keyword {
  readonly argument: Argument;
  readonly shape: Shape;
  /** What is written. Of a header without the name, of a `pattern` what it is applied to. */
  readonly attribute: string;
  /** The event's own time is written, where it has the attribute. */
  readonly isEventTime?: true;
  /** For the reference page. */
  readonly meaning: string;
}

/** Texts that a format may contain by name. */
export const CONSTANTS: Readonly<Record<string, string>> = { '%': '%', '-': '', newline: '\n', tab: '\t' };

/** Keywords of Justniffer's that lagpipe does not have, with what to do instead. */
export const REFUSED: Readonly<Record<string, string>> = {
  python: 'lagpipe runs no scripts; print what the script needs, or write JSON lines and pipe them into it',
};

const REQUEST_HEADERS = [
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'authorization',
  'connection',
  'content-encoding',
  'content-language',
  'content-length',
  'content-md5',
  'content-type',
  'cookie',
  'host',
  'keep-alive',
  'origin',
  'range',
  'referer',
  'transfer-encoding',
  'user-agent',
  'via',
];

const RESPONSE_HEADERS = [
  'accept-ranges',
  'age',
  'allow',
  'cache-control',
  'connection',
  'content-encoding',
  'content-language',
  'content-length',
  'content-md5',
  'content-range',
  'content-type',
  'date',
  'etag',
  'expires',
  'keep-alive',
  'last-modified',
  'pragma',
  'server',
  'set-cookie',
  'transfer-encoding',
  'vary',
  'via',
  'www-authenticate',
];

/** Every keyword of Justniffer's that prints something of an exchange, by its name without the `%`. */
export const KEYWORDS: ReadonlyMap<string, Keyword> = new Map<string, Keyword>([
  ['source.ip', plain('client.address', 'who opened the connection', 'none')],
  ['source.port', plain('client.port', '', 'none')],
  ['dest.ip', plain('server.address', 'who accepted it', 'none')],
  ['dest.port', plain('server.port', '', 'none')],
  ['streams', plain('lagpipe.tcp.open_connections', 'connections that are open', 'none')],
  [
    'connection',
    plain('lagpipe.exchange.position', '`start`, `continue`, `last` or `unique` on its connection', 'none'),
  ],
  [
    'connection.time',
    duration('lagpipe.tcp.handshake.duration', 'first SYN to the end of the handshake; first exchange only'),
  ],
  ...instants(
    'connection.timestamp',
    'lagpipe.exchange.connection_timestamp',
    'first SYN; first exchange only',
  ),
  [
    'close.originator',
    plain(
      'lagpipe.exchange.close_originator',
      '`client`, `server`, `timedout` or `truncated`; last exchange only',
    ),
  ],
  ['close.time', duration('lagpipe.exchange.close_time', 'last data to the close; last exchange only')],
  ...instants('close.timestamp', 'lagpipe.exchange.close_timestamp', 'the close; last exchange only'),
  [
    'idle.time.0',
    duration('lagpipe.exchange.idle_before', 'end of the handshake to the request; first exchange only'),
  ],
  [
    'idle.time.1',
    duration('lagpipe.exchange.idle_after', 'last byte of the response to the next request or the close'),
  ],
  [
    'session.time',
    duration('lagpipe.exchange.session_time', 'first SYN to the end of this exchange, or to the close'),
  ],
  ['session.requests', plain('lagpipe.exchange.ordinal', 'which exchange of its connection, from 1')],
  ['request', plain('lagpipe.exchange.request.raw', 'all bytes of the request', 'none')],
  ['request.body', plain('lagpipe.http.request.body', '', 'none')],
  ['request.grep', pattern('lagpipe.exchange.request.raw', 'what the pattern finds in the request')],
  ['request.line', plain('lagpipe.http.request.line', '`GET /index.html HTTP/1.1`', 'none')],
  ['request.method', plain('http.request.method', '')],
  ['request.url', plain('url.original', 'as in the request line')],
  ['request.protocol', plain('lagpipe.http.request.protocol', '`HTTP/1.1`')],
  ['request.size', count('http.request.size', 'bytes of the request, headers included')],
  ['request.time', duration('lagpipe.exchange.request.duration', 'first to last byte of the request')],
  ...instants('request.timestamp', 'lagpipe.exchange.request.duration', 'last byte of the request', true),
  ...headers('request', 'lagpipe.http.request.head', REQUEST_HEADERS),
  ['response', plain('lagpipe.exchange.response.raw', 'all bytes of the response', 'none')],
  ['response.body', plain('lagpipe.http.response.body', '', 'none')],
  ['response.grep', pattern('lagpipe.exchange.response.raw', 'what the pattern finds in the response')],
  ['response.line', plain('lagpipe.http.response.line', '`HTTP/1.1 200 OK`', 'none')],
  ['response.code', plain('http.response.status_code', '')],
  ['response.message', plain('lagpipe.http.response.reason', '`OK`')],
  ['response.protocol', plain('lagpipe.http.response.protocol', '')],
  ['response.size', count('http.response.size', 'bytes of the response, headers included')],
  [
    'response.time',
    duration('lagpipe.exchange.response.duration', 'last byte of the request to last byte of the response'),
  ],
  [
    'response.time.begin',
    duration(
      'lagpipe.exchange.response.first_byte',
      'last byte of the request to first byte of the response',
    ),
  ],
  ['response.time.end', duration('lagpipe.exchange.response.transfer', 'first to last byte of the response')],
  ...instants('response.timestamp', 'lagpipe.exchange.response_timestamp', 'last byte of the response'),
  ...headers('response', 'lagpipe.http.response.head', RESPONSE_HEADERS),
  ['tls.sni', plain('lagpipe.exchange.tls.server_name', 'the name that the client asked for')],
  [
    'tls.version',
    plain('lagpipe.exchange.tls.client_version', 'the highest version that the client offered'),
  ],
]);

function plain(attribute: string, meaning: string, argument: Argument = 'not_found'): Keyword {
  return { argument, shape: 'plain', attribute, meaning };
}

function count(attribute: string, meaning: string): Keyword {
  return { argument: 'none', shape: 'count', attribute, meaning };
}

function duration(attribute: string, meaning: string): Keyword {
  return { argument: 'not_found', shape: 'duration', attribute, meaning };
}

function pattern(attribute: string, meaning: string): Keyword {
  return { argument: 'pattern', shape: 'plain', attribute, meaning };
}

function instants(
  name: string,
  attribute: string,
  meaning: string,
  isEventTime = false,
): [string, Keyword][] {
  const own = { attribute, meaning, ...(isEventTime && { isEventTime: true as const }) };
  return [
    [name, { argument: 'time_format', shape: 'instant', ...own }],
    [`${name}2`, { argument: 'not_found', shape: 'unix_time', ...own }],
  ];
}

function headers(side: 'request' | 'response', head: string, names: readonly string[]): [string, Keyword][] {
  const attribute = `http.${side}.header.`;
  const byName = {
    argument: 'header_name',
    shape: 'plain',
    attribute,
    meaning: 'any header, by its name',
  } as const;
  return [
    [`${side}.header`, plain(head, 'the first line and the headers', 'none')],
    [`${side}.header.grep`, pattern(head, 'what the pattern finds in them')],
    [`${side}.header.value`, byName],
    ...names.map((name): [string, Keyword] => [`${side}.header.${name}`, plain(attribute + name, '')]),
  ];
}
