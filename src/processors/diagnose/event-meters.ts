import type { Attributes } from '../../model/attributes.ts';
import type { EventBatch } from '../../model/batch.ts';
import {
  askOf,
  closedBy,
  exchangesOf,
  serverPort,
  silenceOfOpen,
  silenceOfWebSocket,
  type ValueOf,
} from '../../model/connection-tally.ts';
import { FEW_EXCHANGES, SILENCE_SECONDS } from '../../model/connection-use.ts';
import { type Column, columnValue } from '../../model/event.ts';
import type { FigureStore, Target } from './window/store.ts';

/** What one event adds to which figures. */
type Add = (metric: string, value: number, attributes: Attributes) => void;
type Meter = (read: ValueOf, add: Add) => void;

/** Beyond so many ports a batch counts what is left together, so that a scan of all ports makes no series for each. */
const MOST_PORTS = 256;

const NO_ATTRIBUTES: Attributes = {};

/** One per event name: events become counters, so that rules ask them as they ask any other figure. */
const METERS: ReadonlyMap<string, Meter> = new Map([
  ['tcp.connect', meterConnect],
  ['tcp.connection', meterConnection],
  ['http.exchange', meterExchange],
  ['websocket.connection', meterWebSocket],
]);

/** The figures that events make. */
export const METERED: readonly string[] = [
  'lagpipe.diagnose.connects',
  'lagpipe.diagnose.connects_retried',
  'lagpipe.diagnose.connections_closed',
  'lagpipe.diagnose.connections_used',
  'lagpipe.diagnose.connections_closed_by_server',
  'lagpipe.diagnose.connections_closed_by_client',
  'lagpipe.diagnose.connection_turns',
  'lagpipe.diagnose.connection_turns_on_short',
  'lagpipe.diagnose.connections_silent',
  'lagpipe.diagnose.first_requests',
  'lagpipe.diagnose.first_requests_keep_alive',
  'lagpipe.diagnose.first_requests_close',
  'lagpipe.diagnose.connections_fell_silent',
  'lagpipe.diagnose.connections_silent_for_long',
];

interface Count {
  readonly target: Target;
  readonly metric: string;
  readonly attributes: Attributes;
  value: number;
}

/** Counts events between two evaluations. What was counted once goes on as 0, so that a rate knows its time. */
export class EventMeters {
  readonly #counts = new Map<string, Count>();
  readonly #ports = new Map<number, Map<string, Attributes>>();
  /** The newest time of any event that was counted, in Unix seconds. */
  newestSeconds = Number.NEGATIVE_INFINITY;
  #countedSinceSeconds: number | undefined;

  take(batch: EventBatch, store: FigureStore): void {
    const meter = METERS.get(batch.name);
    if (meter === undefined || batch.length === 0) return;
    this.#countedSinceSeconds ??= batch.timeSeconds[0];
    const last = batch.length - 1;
    this.newestSeconds = Math.max(
      this.newestSeconds,
      batch.timeSeconds[last] + batch.timeNanoseconds[last] / 1e9,
    );
    const netns = batch.columns.get('lagpipe.netns.inode');
    for (let index = 0; index < batch.length; index++) {
      const target = store.target(batch.resource.attributes, netnsAttributes(netns, index));
      if (target === undefined) continue;
      const read: ValueOf = (name) => {
        const column = batch.columns.get(name);
        return column && columnValue(column, index);
      };
      meter(read, (metric, value, attributes) => this.#add(target, metric, value, this.#shared(attributes)));
    }
  }

  /** Writes what was counted into the store. */
  flush(store: FigureStore, nowSeconds: number): void {
    const from = Math.min(this.#countedSinceSeconds ?? nowSeconds, nowSeconds);
    for (const count of this.#counts.values()) {
      store.count(count.target, count.metric, count.attributes, count.value, from, nowSeconds);
      count.value = 0;
    }
    this.#countedSinceSeconds = nowSeconds;
  }

  #add(target: Target, metric: string, value: number, attributes: Attributes): void {
    const key = `${target.key}\n${metric}\n${attributes['server.port'] ?? ''}\n${attributes['lagpipe.tcp.role'] ?? ''}`;
    const count = this.#counts.get(key);
    if (count === undefined) this.#counts.set(key, { target, metric, attributes, value });
    else count.value += value;
  }

  /** The same object for the same port and role each time; ports beyond the limit share port 0. */
  #shared(attributes: Attributes): Attributes {
    if (attributes === NO_ATTRIBUTES) return attributes;
    let port = Number(attributes['server.port']);
    if (!this.#ports.has(port) && this.#ports.size >= MOST_PORTS) port = 0;
    let byRole = this.#ports.get(port);
    if (byRole === undefined) {
      byRole = new Map();
      this.#ports.set(port, byRole);
    }
    const role = String(attributes['lagpipe.tcp.role']);
    let shared = byRole.get(role);
    if (shared === undefined) {
      shared = { 'server.port': port, 'lagpipe.tcp.role': role };
      byRole.set(role, shared);
    }
    return shared;
  }
}

function netnsAttributes(column: Column | undefined, index: number): Attributes {
  const value = column === undefined ? undefined : columnValue(column, index);
  return value === undefined ? NO_ATTRIBUTES : { 'lagpipe.netns.inode': value };
}

function meterConnect(read: ValueOf, add: Add): void {
  add('lagpipe.diagnose.connects', 1, NO_ATTRIBUTES);
  const retries = Number(read('lagpipe.tcp.syn_retransmits') ?? 0);
  if (retries > 0) add('lagpipe.diagnose.connects_retried', 1, NO_ATTRIBUTES);
}

function meterConnection(read: ValueOf, add: Add): void {
  const port = serverPort(read);
  if (typeof port !== 'number') return;
  if (read('lagpipe.tcp.connection.state') === 'open') {
    // A host that sees its own end reports an open connection again and again; the source `sockets` counts those.
    if (read('lagpipe.tcp.role') === undefined) meterSilence(port, silenceOfOpen(read), add);
    return;
  }
  // A capture sees both ends at once and has no role.
  const attributes = { 'server.port': port, 'lagpipe.tcp.role': read('lagpipe.tcp.role') ?? 'both' };
  const exchanges = exchangesOf(read);
  add('lagpipe.diagnose.connections_closed', 1, attributes);
  if (exchanges === 0) {
    const received = Number(read('lagpipe.tcp.bytes_received') ?? 0);
    if (received === 0) add('lagpipe.diagnose.connections_silent', 1, attributes);
    return;
  }
  add('lagpipe.diagnose.connections_used', 1, attributes);
  add('lagpipe.diagnose.connection_turns', exchanges, attributes);
  if (exchanges < FEW_EXCHANGES) add('lagpipe.diagnose.connection_turns_on_short', exchanges, attributes);
  const closer = closedBy(read);
  if (closer !== undefined) add(`lagpipe.diagnose.connections_closed_by_${closer}`, 1, attributes);
}

/** What the first request on a connection asks for. */
function meterExchange(read: ValueOf, add: Add): void {
  const port = serverPort(read);
  if (read('lagpipe.exchange.ordinal') !== 1 || typeof port !== 'number') return;
  const attributes = { 'server.port': port, 'lagpipe.tcp.role': 'both' };
  add('lagpipe.diagnose.first_requests', 1, attributes);
  const asks = askOf(read);
  if (asks === 'keep-alive') add('lagpipe.diagnose.first_requests_keep_alive', 1, attributes);
  if (asks === 'close') add('lagpipe.diagnose.first_requests_close', 1, attributes);
}

function meterWebSocket(read: ValueOf, add: Add): void {
  const port = serverPort(read);
  if (typeof port === 'number') meterSilence(port, silenceOfWebSocket(read), add);
}

function meterSilence(port: number, seconds: number | undefined, add: Add): void {
  const attributes = { 'server.port': port, 'lagpipe.tcp.role': 'both' };
  add('lagpipe.diagnose.connections_fell_silent', seconds === undefined ? 0 : 1, attributes);
  const isLong = seconds !== undefined && seconds >= SILENCE_SECONDS.open;
  add('lagpipe.diagnose.connections_silent_for_long', isLong ? 1 : 0, attributes);
}
