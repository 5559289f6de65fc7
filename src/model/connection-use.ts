import type { Evidence, Severity } from './finding.ts';

/** What was seen of the closed connections to one server port that carried at least one exchange. */
export interface ConnectionUse {
  readonly used: number;
  readonly exchanges: number;
  /** Of these, those on connections that carried fewer than `FEW_EXCHANGES`. */
  readonly exchangesOnShort: number;
  readonly byClient: number;
  readonly byServer: number;
  /** First requests whose headers were seen, and what they ask for. Without any, nobody knows. */
  readonly firstRequests: number;
  readonly asksKeepAlive: number;
  readonly asksClose: number;
}

/** A connection with fewer exchanges is hardly used again: one, or, with a handshake of TLS for one of them, two. */
export const FEW_EXCHANGES = 3;

/** From which figures on a pattern counts as one. */
export const USE_LIMITS = {
  /** Connections below which nothing is said. */
  least: 3,
  /** Share of the exchanges that are on connections which are hardly used again. */
  short: 0.5,
  /** Share of the connections that one side closes first. */
  closer: 0.8,
  /** Share of the first requests that ask for something. */
  asks: 0.5,
  /** Exchanges for each connection from which on reuse is good. */
  good: 5,
} as const;

export type UseLimits = { readonly [Name in keyof typeof USE_LIMITS]: number };

/** From this many connections on it is sure. */
const SURE = 20;

/** What a pattern is called, why it is so and what to do, for everybody who finds it. */
export const PATTERNS = {
  C1: {
    title: 'Connections are not reused',
    cause: 'Connections carry a request or two and are closed, so requests wait for a handshake first.',
    action:
      'Switch keep-alive on in the application and in every proxy on the way, and let clients use a pool.',
  },
  C2: {
    title: 'Keep-alive is asked for, but connections are not reused',
    cause:
      'Clients ask for keep-alive and then close after a request or two: a client without a pool, with a very short idle timeout, or a proxy between that does not pass keep-alive on.',
    action:
      "Check the clients' pool, their idle and age limits, the HTTP version that is agreed on, and the connection policy of proxies on the way.",
  },
  C3: {
    title: 'The server closes connections early',
    cause:
      'The server closes first, after a request or two: keep-alive is off or its idle timeout is shorter than the pause between requests.',
    action:
      "Switch keep-alive on in the server, with an idle timeout longer than the clients' pauses and than the timeout of their pools.",
  },
  C4: {
    title: 'Connections are reused well',
    cause: 'A connection carries many requests, so handshakes hardly count.',
    action: 'Nothing to do. The pauses should stay below the idle timeouts on the way.',
  },
  C5: {
    title: 'Connections are open but silent',
    cause:
      'Nothing was sent for so long that load balancers, firewalls or NAT gateways on the way may have forgotten the connection, and no probe would tell. The next request on it hangs.',
    action:
      'Send PING frames (WebSocket, HTTP/2) or switch TCP keep-alive on, more often than the shortest idle timeout on the way: often 60 s, 300 s or 350 s.',
  },
} as const;

const ASKED_TO_CLOSE =
  'Clients ask for the close with `Connection: close`, so connections carry a request or two and requests wait for a handshake first.';

/** Where no header was seen, as in the kernel or in TLS: a server that was asked to close looks the same. */
const CLOSES_FOR_WHATEVER_REASON =
  'The server closes first, after a request or two: keep-alive is off, its idle timeout is shorter than the pause between requests, or the clients ask for it (`Connection: close`, HTTP/1.0), which cannot be seen here.';
const WHAT_CLIENTS_ASK = 'what the clients ask for (Connection header)';

export interface UseVerdict {
  readonly rule: 'C1' | 'C2' | 'C3' | 'C4';
  readonly severity: Severity;
  /** In place of the pattern's. */
  readonly cause?: string;
  readonly evidence: readonly Evidence[];
  readonly confidence: number;
  /** What would make it sure. */
  readonly missing: readonly string[];
}

/** How connections are used, where that is worth a word: the most particular of C1 to C4 that holds. */
export function judgeUse(use: ConnectionUse, limits: UseLimits = USE_LIMITS): UseVerdict | undefined {
  const { used, exchanges, exchangesOnShort, byClient, byServer, firstRequests } = use;
  if (used === 0) return undefined;
  const own = {
    severity: 'warn' as const,
    evidence: evidenceOf(use, limits),
    confidence: used < SURE ? 0.5 : 1,
    missing: [],
  };
  if (exchanges / used >= limits.good) return { ...own, rule: 'C4', severity: 'ok' };
  if (used < limits.least || exchangesOnShort / exchanges < limits.short) return undefined;
  const ask = (those: number) => firstRequests > 0 && those / firstRequests >= limits.asks;
  // A server that was asked to close is not to blame for it.
  if (ask(use.asksClose)) return { ...own, rule: 'C1', cause: ASKED_TO_CLOSE };
  if (byServer / used >= limits.closer) {
    if (firstRequests > 0) return { ...own, rule: 'C3' };
    return { ...own, rule: 'C3', cause: CLOSES_FOR_WHATEVER_REASON, missing: [WHAT_CLIENTS_ASK] };
  }
  if (byClient / used >= limits.closer && ask(use.asksKeepAlive)) return { ...own, rule: 'C2' };
  return { ...own, rule: 'C1' };
}

/** The figures behind all of them; shares of the connections that carried something, or of their first requests. */
function evidenceOf(use: ConnectionUse, limits: UseLimits): readonly Evidence[] {
  const { used, exchanges, firstRequests, asksKeepAlive, asksClose } = use;
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
      threshold: limits.good,
    },
    { name: 'connections', value: used, unit: '{connection}' },
    share('requests on connections hardly used again', use.exchangesOnShort, exchanges, limits.short),
    share('closed first by the server', use.byServer, used, limits.closer),
    share('closed first by the client', use.byClient, used, limits.closer),
    ...(asksKeepAlive > 0 ? [share('asked for keep-alive', asksKeepAlive, firstRequests, limits.asks)] : []),
    ...(asksClose > 0 ? [share('asked for close', asksClose, firstRequests, limits.asks)] : []),
  ];
}

/** 0.8 of the shortest idle timeouts in use on the way: 60 s of proxies for WebSockets, 300 s of gateways for the rest. */
export const SILENCE_SECONDS = { webSocket: 48, open: 240 } as const;

export interface SilenceVerdict {
  readonly severity: Severity;
  readonly evidence: readonly Evidence[];
}

/** Connections on which nothing came for longer than `SILENCE_SECONDS`. */
export interface Silence {
  readonly silent: number;
  /** Of these, those that were silent for as long as any way forgets a connection in. */
  readonly silentForLong: number;
  /** Where it is known. */
  readonly longestSeconds?: number;
}

/** Connections that may have been forgotten on the way (C5). */
export function judgeSilence({ silent, silentForLong, longestSeconds }: Silence): SilenceVerdict | undefined {
  if (silent === 0) return undefined;
  const evidence: Evidence[] = [{ name: 'silent connections', value: silent, unit: '{connection}' }];
  if (longestSeconds !== undefined) {
    const threshold = SILENCE_SECONDS.webSocket;
    evidence.push({ name: 'longest silence', value: longestSeconds, unit: 's', threshold });
  }
  return { severity: silentForLong > 0 ? 'warn' : 'info', evidence };
}
