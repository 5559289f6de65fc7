import { type ConnectionTable, SEEN } from '../tcp/connection-table.ts';
import type { ConnectionEnd } from '../tcp/stream.ts';
import { EndpointCells } from './endpoint-cells.ts';
import type { ChoiceCells, EventTable, NumberCells } from './event-table.ts';
import type { Exchange } from './exchange.ts';

const NANOS_PER_SECOND = 1e9;

const POSITIONS = ['start', 'continue', 'last', 'unique'] as const;
const POSITION = { start: 1, continue: 2, last: 3, unique: 4 } as const;
const ORIGINATORS = ['client', 'server', 'timedout', 'truncated'] as const;
const ORIGINATOR = { none: 0, client: 1, server: 2, timedout: 3, truncated: 4 } as const;
const INCOMPLETE = ['no_data', 'no_request', 'no_response', 'request_cut', 'response_cut', 'fields'] as const;

/** What followed an exchange on its connection. One object, filled before each. */
export class Aftermath {
  /** First byte of the next request; `NaN`: none followed, or it is not known yet. */
  nextNanos = Number.NaN;
  /** `NaN`: the connection goes on. */
  closeNanos = Number.NaN;
  /** Of the close, or when the connection was given up or the capture ended; `NaN`: the connection goes on. */
  endNanos = Number.NaN;
  originator: number = ORIGINATOR.none;

  next(nanos: number): this {
    this.nextNanos = nanos;
    this.closeNanos = Number.NaN;
    this.endNanos = Number.NaN;
    this.originator = ORIGINATOR.none;
    return this;
  }

  end(nanos: number, how: ConnectionEnd, byClient: boolean | undefined): this {
    this.nextNanos = Number.NaN;
    this.endNanos = nanos;
    const isOver = how === 'fin' || how === 'reset' || how === 'reused';
    this.closeNanos = isOver ? nanos : Number.NaN;
    if (how === 'evicted') this.originator = ORIGINATOR.timedout;
    else if (how === 'capture_end') this.originator = ORIGINATOR.truncated;
    else if (byClient === undefined) this.originator = ORIGINATOR.none;
    else this.originator = byClient ? ORIGINATOR.client : ORIGINATOR.server;
    return this;
  }
}

/** Fills `EXCHANGE_ATTRIBUTES`, which exchanges of all protocols have. */
export class ExchangeCells {
  readonly #table: EventTable;
  readonly #connections: ConnectionTable;
  readonly #openConnections: () => number;
  readonly #endpoints: EndpointCells;
  readonly #position: ChoiceCells;
  readonly #originator: ChoiceCells;
  readonly #incomplete: ChoiceCells;
  readonly #numbers: Readonly<Record<keyof typeof NUMBER_NAMES, NumberCells>>;
  readonly #readsCounts: boolean;

  constructor(table: EventTable, connections: ConnectionTable, openConnections: () => number) {
    this.#table = table;
    this.#connections = connections;
    this.#openConnections = openConnections;
    this.#endpoints = new EndpointCells(table, connections);
    this.#position = table.choice('lagpipe.exchange.position', POSITIONS);
    this.#originator = table.choice('lagpipe.exchange.close_originator', ORIGINATORS);
    this.#incomplete = table.choice('lagpipe.exchange.incomplete', INCOMPLETE);
    this.#numbers = numberCells(table);
    this.#readsCounts = COUNTS.some((name) => this.#numbers[name].isRead);
  }

  /** The row's event time must be that of `eventNanos`. */
  set(row: number, exchange: Exchange, aftermath: Aftermath): void {
    const { ordinal } = exchange;
    const isClosed = !Number.isNaN(aftermath.closeNanos);
    this.#endpoints.set(row, exchange.slot);
    if (ordinal === 1) this.#position.set(row, isClosed ? POSITION.unique : POSITION.start);
    else this.#position.set(row, isClosed ? POSITION.last : POSITION.continue);
    this.#originator.set(row, aftermath.originator);
    this.#incomplete.set(row, incompleteOf(exchange));
    if (this.#readsCounts) this.#counts(row, exchange);
    this.#requestTimes(row, exchange);
    this.#responseTimes(row, exchange, aftermath);
    if (ordinal === 1) this.#handshake(row, exchange);
    this.#session(row, exchange, aftermath);
  }

  #counts(row: number, exchange: Exchange): void {
    const cells = this.#numbers;
    cells.ordinal.set(row, exchange.ordinal);
    if (exchange.hasRequest) cells.requestBytes.set(row, exchange.requestBytes);
    if (exchange.hasResponse) cells.responseBytes.set(row, exchange.responseBytes);
    cells.retransmits.set(row, exchange.retransmits);
    cells.duplicateAcks.set(row, exchange.duplicateAcks);
    cells.outOfOrder.set(row, exchange.outOfOrder);
    cells.missedBytes.set(row, exchange.missedBytes);
    cells.skippedBytes.set(row, exchange.skippedBytes);
    cells.pipelined.set(row, exchange.pipelined);
    cells.openConnections.set(row, this.#openConnections());
  }

  #requestTimes(row: number, exchange: Exchange): void {
    if (!exchange.hasRequest) return;
    const cells = this.#numbers;
    const { requestFirstNanos, requestLastNanos } = exchange;
    cells.requestDuration.set(row, (requestLastNanos - requestFirstNanos) / NANOS_PER_SECOND);
    if (cells.requestTimestamp.isRead) {
      cells.requestTimestamp.set(row, this.#table.unixSeconds(requestLastNanos));
    }
    if (cells.duration.isRead && exchange.hasResponse) {
      const last = Math.max(requestLastNanos, exchange.responseLastNanos);
      cells.duration.set(row, (last - requestFirstNanos) / NANOS_PER_SECOND);
    }
  }

  #responseTimes(row: number, exchange: Exchange, aftermath: Aftermath): void {
    if (!exchange.hasResponse) return;
    const cells = this.#numbers;
    const { responseFirstNanos, responseLastNanos, askedNanos } = exchange;
    const { nextNanos, closeNanos } = aftermath;
    // A server that speaks first is measured from the end of the handshake.
    const since =
      exchange.hasRequest || exchange.ordinal > 1
        ? askedNanos
        : this.#connections.establishedNanos[exchange.slot];
    cells.responseDuration.set(row, (responseLastNanos - since) / NANOS_PER_SECOND);
    cells.firstByte.set(row, (responseFirstNanos - since) / NANOS_PER_SECOND);
    cells.transfer.set(row, (responseLastNanos - responseFirstNanos) / NANOS_PER_SECOND);
    if (cells.responseTimestamp.isRead) {
      cells.responseTimestamp.set(row, this.#table.unixSeconds(responseLastNanos));
    }
    if (cells.serverTime.isRead) this.#serverTime(row, exchange);
    const until = !Number.isNaN(closeNanos) ? closeNanos : nextNanos;
    if (!Number.isNaN(until)) {
      const idle = until - responseLastNanos;
      // The next request of a pipeline came before: there was no pause.
      cells.idleAfter.set(row, idle > 0 ? idle / NANOS_PER_SECOND : 0);
    }
  }

  #serverTime(row: number, exchange: Exchange): void {
    const connections = this.#connections;
    const { slot, askedNanos, queuedNanos, responseFirstNanos } = exchange;
    const roundTrip = connections.leastRttNanos[slot * 2 + connections.clientSide[slot]];
    const isQueued = queuedNanos > askedNanos;
    const time = responseFirstNanos - (isQueued ? queuedNanos : askedNanos + roundTrip);
    if (!Number.isNaN(time)) this.#numbers.serverTime.set(row, time > 0 ? time / NANOS_PER_SECOND : 0);
  }

  #handshake(row: number, exchange: Exchange): void {
    const cells = this.#numbers;
    const connections = this.#connections;
    const { slot } = exchange;
    if ((connections.seen[slot] & SEEN.syn) === 0) return;
    const first = connections.firstNanos[slot];
    const synAck = connections.synAckNanos[slot];
    const established = connections.establishedNanos[slot];
    cells.connectionTimestamp.set(row, this.#table.unixSeconds(first));
    cells.synRetransmits.set(row, connections.synRetransmits[slot]);
    cells.handshake.set(row, (established - first) / NANOS_PER_SECOND);
    cells.handshakeServer.set(row, atLeastZero(synAck - connections.newestSynNanos[slot]) / NANOS_PER_SECOND);
    cells.handshakeClient.set(row, atLeastZero(established - synAck) / NANOS_PER_SECOND);
    // Data in the SYN came before the handshake was over: TCP Fast Open.
    if (exchange.hasRequest) {
      cells.idleBefore.set(row, atLeastZero(exchange.requestFirstNanos - established) / NANOS_PER_SECOND);
    }
  }

  #session(row: number, exchange: Exchange, aftermath: Aftermath): void {
    const cells = this.#numbers;
    const { slot } = exchange;
    const { closeNanos } = aftermath;
    const last = lastNanosOf(exchange, this.#connections.establishedNanos[slot]);
    const isClosed = !Number.isNaN(closeNanos);
    const until = isClosed ? closeNanos : last;
    cells.sessionTime.set(row, (until - this.#connections.firstNanos[slot]) / NANOS_PER_SECOND);
    if (!isClosed) return;
    cells.closeTime.set(row, (closeNanos - last) / NANOS_PER_SECOND);
    cells.closeTimestamp.set(row, this.#table.unixSeconds(closeNanos));
  }
}

/** The time that the event of an exchange carries. */
export function eventNanos(exchange: Exchange, endNanos: number): number {
  if (exchange.hasRequest) return exchange.requestLastNanos;
  return exchange.hasResponse ? exchange.responseFirstNanos : endNanos;
}

const NUMBER_NAMES = {
  ordinal: 'lagpipe.exchange.ordinal',
  duration: 'lagpipe.exchange.duration',
  handshake: 'lagpipe.tcp.handshake.duration',
  handshakeServer: 'lagpipe.tcp.handshake.server',
  handshakeClient: 'lagpipe.tcp.handshake.client',
  synRetransmits: 'lagpipe.tcp.syn_retransmits',
  idleBefore: 'lagpipe.exchange.idle_before',
  requestDuration: 'lagpipe.exchange.request.duration',
  responseDuration: 'lagpipe.exchange.response.duration',
  firstByte: 'lagpipe.exchange.response.first_byte',
  transfer: 'lagpipe.exchange.response.transfer',
  serverTime: 'lagpipe.exchange.server_time',
  idleAfter: 'lagpipe.exchange.idle_after',
  sessionTime: 'lagpipe.exchange.session_time',
  closeTime: 'lagpipe.exchange.close_time',
  connectionTimestamp: 'lagpipe.exchange.connection_timestamp',
  requestTimestamp: 'lagpipe.exchange.request_timestamp',
  responseTimestamp: 'lagpipe.exchange.response_timestamp',
  closeTimestamp: 'lagpipe.exchange.close_timestamp',
  openConnections: 'lagpipe.tcp.open_connections',
  requestBytes: 'http.request.size',
  responseBytes: 'http.response.size',
  retransmits: 'lagpipe.exchange.retransmits',
  duplicateAcks: 'lagpipe.exchange.duplicate_acks',
  outOfOrder: 'lagpipe.exchange.out_of_order',
  missedBytes: 'lagpipe.exchange.missed_bytes',
  skippedBytes: 'lagpipe.exchange.skipped_bytes',
  pipelined: 'lagpipe.exchange.pipelined',
} as const;

/** What `#counts` fills. */
const COUNTS = [
  'ordinal',
  'requestBytes',
  'responseBytes',
  'retransmits',
  'duplicateAcks',
  'outOfOrder',
  'missedBytes',
  'skippedBytes',
  'pipelined',
  'openConnections',
] as const satisfies readonly (keyof typeof NUMBER_NAMES)[];

function numberCells(table: EventTable): Readonly<Record<keyof typeof NUMBER_NAMES, NumberCells>> {
  const entries = Object.entries(NUMBER_NAMES).map(([key, name]) => [key, table.number(name)] as const);
  return Object.fromEntries(entries) as Record<keyof typeof NUMBER_NAMES, NumberCells>;
}

/** 1 to 6 into `INCOMPLETE`, 0: it is whole. */
function incompleteOf(exchange: Exchange): number {
  if (!exchange.hasRequest) return exchange.hasResponse ? 2 : 1;
  if (!exchange.hasResponse) return 3;
  if (exchange.isRequestCut) return 4;
  if (exchange.isResponseCut) return 5;
  return exchange.areFieldsUnknown ? 6 : 0;
}

/** The newest event of the exchange: the handshake, its request or its response. */
function lastNanosOf(exchange: Exchange, establishedNanos: number): number {
  let last = establishedNanos;
  if (!(last >= exchange.requestLastNanos)) last = newer(last, exchange.requestLastNanos);
  return newer(last, exchange.responseLastNanos);
}

function newer(a: number, b: number): number {
  if (Number.isNaN(a)) return b;
  return Number.isNaN(b) ? a : Math.max(a, b);
}

function atLeastZero(nanos: number): number {
  return Math.max(nanos, 0);
}
