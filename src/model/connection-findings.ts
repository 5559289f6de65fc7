import type { EventBatch } from './batch.ts';
import { ConnectionTally, type PortTally } from './connection-tally.ts';
import type { Evidence, Finding } from './finding.ts';

/** From which figures on a pattern counts as one. */
const LIMITS = {
  /** Connections with at least one exchange, below which nothing is said. */
  least: 3,
  /** From this many on it is sure. */
  sure: 20,
  /** Share of the requests that have a connection to themselves, and so wait for its handshake. */
  unique: 0.5,
  /** Share that one side closes first. */
  closer: 0.8,
  /** Share whose first request asks for something. */
  asks: 0.5,
  /** Exchanges for each connection from which on reuse is good. */
  goodReuse: 5,
  /** Exchanges for each connection below which a server closes early. */
  fewExchanges: 3,
  /** 0.8 of the shortest idle timeouts in use on the way: 60 s of proxies for WebSockets, 300 s of gateways for the rest. */
  webSocketSeconds: 48,
  openSeconds: 240,
} as const;

const KEEP_ALIVE_ACTION =
  'Switch keep-alive on in the application and in every proxy on the way, and let clients use a pool.';

/** Counts what the findings are made from; for connections that come little by little. */
export function connectionTally(): ConnectionTally {
  return new ConnectionTally(LIMITS);
}

/**
 * What a set of connections says about how they are used, by server port: churn (C1), keep-alive asked for but not used
 * (C2), a server that closes early (C3), good reuse (C4), connections that fell silent (C5). The ports are in order.
 */
export function findingsOf({ ports }: ConnectionTally): readonly Finding[] {
  const inOrder = [...ports].sort(([a], [b]) => a - b);
  return inOrder.flatMap(([port, tally]) => [...reuse(port, tally), ...silence(port, tally)]);
}

/** The same of connections that are all there: events `tcp.connection`, `websocket.connection` and `http.exchange` in. */
export function connectionFindings(batches: readonly EventBatch[]): readonly Finding[] {
  const tally = connectionTally();
  for (const batch of batches) tally.add(batch);
  return findingsOf(tally);
}

/** At most one of C1 to C4: the most particular that holds. */
function reuse(port: number, tally: PortTally): readonly Finding[] {
  const { used, unique, exchanges, byClient, byServer } = tally;
  if (used === 0) return [];
  const perConnection = exchanges / used;
  const head = { subject: { 'server.port': port }, confidence: used < LIMITS.sure ? 0.5 : 1 };
  if (perConnection >= LIMITS.goodReuse) {
    return [{ ...head, ...HEALTHY, severity: 'ok', evidence: evidenceOf(tally) }];
  }
  const isChurn = unique / exchanges >= LIMITS.unique;
  const isByServer = byServer / used >= LIMITS.closer;
  const isEarly = isByServer && perConnection < LIMITS.fewExchanges;
  if (used < LIMITS.least || (!isChurn && !isEarly)) return [];
  const own = { ...head, severity: 'warn' as const, evidence: evidenceOf(tally) };
  // A server that was asked to close is not to blame for it.
  if (asks(tally, tally.asksClose)) return isChurn ? [{ ...own, ...ASKED_TO_CLOSE }] : [];
  if (isEarly) return [{ ...own, ...SERVER_CLOSES }];
  if (byClient / used >= LIMITS.closer && asks(tally, tally.asksKeepAlive))
    return [{ ...own, ...NOT_REUSED }];
  return [{ ...own, ...CHURN }];
}

function asks({ firstRequests }: PortTally, those: number): boolean {
  return firstRequests > 0 && those / firstRequests >= LIMITS.asks;
}

function silence(port: number, { silent, longestSilence }: PortTally): readonly Finding[] {
  if (silent === 0) return [];
  return [
    {
      ...SILENT,
      severity: longestSilence >= LIMITS.openSeconds ? 'warn' : 'info',
      subject: { 'server.port': port },
      confidence: 1,
      evidence: [
        { name: 'silent connections', value: silent, unit: '{connection}' },
        { name: 'longest silence', value: longestSilence, unit: 's', threshold: LIMITS.webSocketSeconds },
      ],
    },
  ];
}

const CHURN = {
  rule: 'C1',
  title: 'Connection churn: a connection for each request',
  cause: 'Connections carry one request and are closed, so every request waits for a handshake first.',
  action: KEEP_ALIVE_ACTION,
} as const;

const ASKED_TO_CLOSE = {
  ...CHURN,
  cause:
    'Clients ask for the close with `Connection: close`, so every connection carries one request and every request waits for a handshake first.',
} as const;

const NOT_REUSED = {
  rule: 'C2',
  title: 'Keep-alive is asked for, but connections are not reused',
  cause:
    'Clients ask for keep-alive and then close after one request: a client without a pool, with a very short idle timeout, or a proxy between that does not pass keep-alive on.',
  action:
    "Check the clients' pool, their idle and age limits, the HTTP version that is agreed on, and the connection policy of proxies on the way.",
} as const;

const SERVER_CLOSES = {
  rule: 'C3',
  title: 'The server closes connections early',
  cause:
    'The server closes first, after a request or two: keep-alive is off or its idle timeout is shorter than the pause between requests.',
  action:
    "Switch keep-alive on in the server, with an idle timeout longer than the clients' pauses and than the timeout of their pools.",
} as const;

const HEALTHY = {
  rule: 'C4',
  title: 'Connections are reused well',
  cause: 'A connection carries many requests, so handshakes hardly count.',
  action: 'Nothing to do. The pauses should stay below the idle timeouts on the way.',
} as const;

const SILENT = {
  rule: 'C5',
  title: 'Connections are open but silent',
  cause:
    'Nothing was sent for so long that load balancers, firewalls or NAT gateways on the way may have forgotten the connection, and no probe would tell.',
  action:
    'Send PING frames (WebSocket, HTTP/2) or switch TCP keep-alive on, more often than the shortest idle timeout on the way: often 60 s, 300 s or 350 s.',
} as const;

/** The figures behind all of them; shares of the connections that carried something, or of their first requests. */
function evidenceOf(tally: PortTally): readonly Evidence[] {
  const { used, unique, exchanges, byClient, byServer, firstRequests, asksKeepAlive, asksClose } = tally;
  const handshake = tally.handshakes.median;
  const idle = tally.idleBeforeServerClose.median;
  const share = (name: string, those: number, of: number, threshold: number): Evidence => ({
    name,
    value: those / of,
    unit: '1',
    threshold,
  });
  return [
    {
      name: 'requests for each connection',
      value: exchanges / used,
      unit: '{request}',
      threshold: LIMITS.goodReuse,
    },
    { name: 'connections', value: used, unit: '{connection}' },
    share('requests with a connection to themselves', unique, exchanges, LIMITS.unique),
    share('closed first by the server', byServer, used, LIMITS.closer),
    share('closed first by the client', byClient, used, LIMITS.closer),
    ...(asksKeepAlive > 0 ? [share('asked for keep-alive', asksKeepAlive, firstRequests, LIMITS.asks)] : []),
    ...(asksClose > 0 ? [share('asked for close', asksClose, firstRequests, LIMITS.asks)] : []),
    ...(handshake === undefined ? [] : [{ name: 'median handshake', value: handshake, unit: 's' }]),
    ...(idle === undefined
      ? []
      : [{ name: "median wait before the server's close", value: idle, unit: 's' }]),
  ];
}
