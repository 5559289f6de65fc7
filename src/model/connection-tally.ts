import type { AttributeValue } from './attributes.ts';
import type { EventBatch } from './batch.ts';
import { type ConnectionUse, FEW_EXCHANGES, SILENCE_SECONDS, type Silence } from './connection-use.ts';
import { columnValue } from './event.ts';
import { ExponentialCounts } from './exponential-counts.ts';
import { quantilesOf } from './histogram-quantile.ts';

/** What was seen of the connections to one server port. */
export class PortTally implements ConnectionUse, Silence {
  used = 0;
  exchanges = 0;
  exchangesOnShort = 0;
  byClient = 0;
  byServer = 0;
  firstRequests = 0;
  asksKeepAlive = 0;
  asksClose = 0;
  silent = 0;
  silentForLong = 0;
  longestSeconds = 0;
  readonly handshakes = new Durations();
  /** Of those that the server closed: last data to its FIN. */
  readonly idleBeforeServerClose = new Durations();
}

/** Durations of any number in little memory. */
class Durations {
  readonly #counts = new ExponentialCounts();
  #count = 0;

  add(seconds: AttributeValue | undefined): void {
    if (typeof seconds !== 'number' || seconds < 0) return;
    this.#counts.add(seconds);
    this.#count += 1;
  }

  /** Within 4.4 %; undefined without any. */
  get median(): number | undefined {
    const point = {
      attributes: {},
      time: [0, 0] as const,
      count: this.#count,
      sum: 0,
      ...this.#counts.buckets(),
    };
    return quantilesOf(point, [0.5])[0]?.value;
  }
}

/** How many ports are told apart; connections to others are not judged. */
const MAX_PORTS = 1000;

/**
 * Counts events `tcp.connection` (of `pcap` and of `ebpf_tcp_life`) and `websocket.connection` by the server's port, and of
 * `http.exchange` what first requests ask for. Those of `ebpf_tcp_life` know turns in place of exchanges, and no
 * headers. Bounded, however many connections there are.
 */
export class ConnectionTally {
  readonly ports = new Map<number, PortTally>();

  add(batch: EventBatch): void {
    if (batch.name === 'http.exchange') this.#addFirstRequests(batch);
    const isTcp = batch.name === 'tcp.connection';
    if (!isTcp && batch.name !== 'websocket.connection') return;
    for (let row = 0; row < batch.length; row++) {
      const of = (attribute: string) => valueAt(batch, attribute, row);
      const tally = this.#tallyOf(serverPort(of));
      if (tally === undefined) continue;
      if (isTcp) addConnection(tally, of);
      else addSilence(tally, silenceOfWebSocket(of));
    }
  }

  /** Exchanges are many and first ones few: only these are looked at. */
  #addFirstRequests(batch: EventBatch): void {
    const ordinals = batch.columns.get('lagpipe.exchange.ordinal');
    if (ordinals?.kind !== 'number') return;
    for (let row = 0; row < batch.length; row++) {
      if (ordinals.values[row] !== 1) continue;
      const tally = this.#tallyOf(valueAt(batch, 'server.port', row));
      if (tally === undefined) continue;
      const asks = askOf((attribute) => valueAt(batch, attribute, row));
      tally.firstRequests += 1;
      if (asks === 'keep-alive') tally.asksKeepAlive += 1;
      if (asks === 'close') tally.asksClose += 1;
    }
  }

  #tallyOf(port: AttributeValue | undefined): PortTally | undefined {
    if (typeof port !== 'number') return undefined;
    const known = this.ports.get(port);
    if (known !== undefined || this.ports.size >= MAX_PORTS) return known;
    const tally = new PortTally();
    this.ports.set(port, tally);
    return tally;
  }
}

function valueAt(batch: EventBatch, attribute: string, row: number): AttributeValue | undefined {
  const column = batch.columns.get(attribute);
  return column && columnValue(column, row);
}

/** Reads one attribute of a connection. */
export type ValueOf = (attribute: string) => AttributeValue | undefined;

function addConnection(tally: PortTally, of: ValueOf): void {
  if (of('lagpipe.tcp.connection.state') === 'open') {
    addSilence(tally, silenceOfOpen(of));
    return;
  }
  // Its turns are no requests, and it is meant to be one long connection.
  if (of('network.protocol.name') === 'websocket') return;
  const exchanges = exchangesOf(of);
  if (exchanges === 0) return;
  tally.used += 1;
  tally.exchanges += exchanges;
  if (exchanges < FEW_EXCHANGES) tally.exchangesOnShort += exchanges;
  const closer = closedBy(of);
  if (closer === 'client') tally.byClient += 1;
  if (closer === 'server') {
    tally.byServer += 1;
    tally.idleBeforeServerClose.add(of('lagpipe.tcp.idle.before_close'));
  }
  tally.handshakes.add(of('lagpipe.tcp.handshake.duration'));
}

function addSilence(tally: PortTally, seconds: number | undefined): void {
  if (seconds === undefined) return;
  tally.silent += 1;
  if (seconds >= SILENCE_SECONDS.open) tally.silentForLong += 1;
  tally.longestSeconds = Math.max(tally.longestSeconds, seconds);
}

/** What a request asks for: in HTTP/1.0, where nothing is said, the close (RFC 9112 §9.3). */
export function askOf(of: ValueOf): 'keep-alive' | 'close' | undefined {
  const asked = String(of('http.request.header.connection') ?? '').toLowerCase();
  if (asked.includes('close')) return 'close';
  if (asked.includes('keep-alive')) return 'keep-alive';
  return of('network.protocol.version') === '1.0' ? 'close' : undefined;
}

/** The longest silence of a WebSocket, in seconds, where it was long enough to be forgotten. */
export function silenceOfWebSocket(of: ValueOf): number | undefined {
  return atLeast(SILENCE_SECONDS.webSocket, of('lagpipe.websocket.idle.max'));
}

/** The same of a connection that is open, unless probes would have told. */
export function silenceOfOpen(of: ValueOf): number | undefined {
  const isProbed = Number(of('lagpipe.tcp.keep_alives') ?? 0) > 0;
  return isProbed ? undefined : atLeast(SILENCE_SECONDS.open, of('lagpipe.tcp.idle.max'));
}

function atLeast(seconds: number, value: AttributeValue | undefined): number | undefined {
  return typeof value === 'number' && value >= seconds ? value : undefined;
}

/** How many requests got an answer. */
export function exchangesOf(of: ValueOf): number {
  return Number(of('lagpipe.tcp.connection.exchanges') ?? of('lagpipe.tcp.turns') ?? 0);
}

/** A host that sees its own ends of connections says `local` and `remote`, and which end is its own. */
export function closedBy(of: ValueOf): 'client' | 'server' | undefined {
  const closer = of('lagpipe.tcp.closed_by');
  if (closer === 'client' || closer === 'server') return closer;
  if (closer === undefined) return undefined;
  return (closer === 'local') === (of('lagpipe.tcp.role') === 'client') ? 'client' : 'server';
}

export function serverPort(of: ValueOf): AttributeValue | undefined {
  const own = of('lagpipe.tcp.role') === 'server' ? 'network.local.port' : 'network.peer.port';
  return of('server.port') ?? of(own);
}
