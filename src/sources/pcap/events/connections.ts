import type { DecodeContext } from '../../../component.ts';
import { Http2Cells, type Http2Summaries } from '../http2/http2-cells.ts';
import type { CaptureClock } from '../read/capture-clock.ts';
import { type ConnectionTable, SEEN } from '../tcp/connection-table.ts';
import { connectionState, historyText } from '../tcp/history.ts';
import { CLOSE_REASONS, type CloseReason } from '../tcp/segment-counts.ts';
import { TlsCells, type TlsHandshakes } from '../tls/tls-cells.ts';
import { EndpointCells } from './endpoint-cells.ts';
import { TCP_CONNECTION } from './event-specs.ts';
import { type ChoiceCells, EventTable, type NumberCells, type TextCells } from './event-table.ts';

const NANOS_PER_SECOND = 1e9;
const CLIENT = 1;
const SERVER = 2;
const STATES = ['closed', 'open'] as const;
/** In the order of `PROTOCOL`. */
const PROTOCOLS = ['http', 'websocket', 'tls'] as const;
/** `network.protocol.name` of a connection; 0: nothing was recognized. */
export const PROTOCOL = { unknown: 0, http: 1, websocket: 2, tls: 3 } as const;

/** The value of one attribute of the connection in a slot; `NaN`: absent. */
type Value = (table: ConnectionTable, slot: number) => number;

const VALUES: readonly (readonly [name: string, value: Value])[] = [
  ['lagpipe.tcp.handshake.duration', handshake],
  [
    'lagpipe.tcp.handshake.server',
    (table, slot) => between(table.newestSynNanos[slot], table.synAckNanos[slot]),
  ],
  [
    'lagpipe.tcp.handshake.client',
    (table, slot) => between(table.synAckNanos[slot], table.establishedNanos[slot]),
  ],
  ['lagpipe.tcp.syn_retransmits', (table, slot) => table.synRetransmits[slot]],
  ['lagpipe.tcp.client.bytes', (table, slot) => table.bytes[clientOf(table, slot)]],
  ['lagpipe.tcp.server.bytes', (table, slot) => table.bytes[clientOf(table, slot) ^ 1]],
  ['lagpipe.tcp.client.segments', (table, slot) => table.segments[clientOf(table, slot)]],
  ['lagpipe.tcp.server.segments', (table, slot) => table.segments[clientOf(table, slot) ^ 1]],
  ['lagpipe.tcp.retransmits', (table, slot) => both(table.retransmits, slot) + table.synRetransmits[slot]],
  ['lagpipe.tcp.client.retransmits', clientRetransmits],
  ['lagpipe.tcp.server.retransmits', (table, slot) => table.retransmits[clientOf(table, slot) ^ 1]],
  ['lagpipe.tcp.duplicate_acks', (table, slot) => both(table.duplicateAcks, slot)],
  ['lagpipe.tcp.out_of_order', (table, slot) => both(table.outOfOrder, slot)],
  ['lagpipe.tcp.zero_windows', (table, slot) => both(table.zeroWindows, slot)],
  ['lagpipe.tcp.keep_alives', (table, slot) => both(table.keepAlives, slot)],
  ['lagpipe.tcp.missed_bytes', (table, slot) => both(table.missedBytes, slot)],
  ['lagpipe.tcp.rtt', (table, slot) => both(table.smoothedRttNanos, slot) / NANOS_PER_SECOND],
  ['lagpipe.tcp.rtt.min', (table, slot) => both(table.leastRttNanos, slot) / NANOS_PER_SECOND],
  ['lagpipe.tcp.turns', (table, slot) => table.turns[slot]],
  ['lagpipe.tcp.response.first', (table, slot) => table.responseFirstNanos[slot] / NANOS_PER_SECOND],
  ['lagpipe.tcp.response.max', whenTurns((table, slot) => table.responseMaxNanos[slot] / NANOS_PER_SECOND)],
  [
    'lagpipe.tcp.response.total',
    whenTurns((table, slot) => table.responseTotalNanos[slot] / NANOS_PER_SECOND),
  ],
  ['lagpipe.tcp.connection.exchanges', (table, slot) => table.exchanges[slot]],
];

/** What protocols know of the connections in the table. */
export interface ConnectionDetails {
  readonly tls: TlsHandshakes;
  readonly http2: Http2Summaries;
}

/** Rows of `tcp.connection`. */
export class Connections {
  readonly table: EventTable;
  readonly #connections: ConnectionTable;
  readonly #endpoints: EndpointCells;
  readonly #numbers: readonly (readonly [NumberCells, Value])[];
  readonly #duration: NumberCells;
  readonly #longestIdle: NumberCells;
  readonly #idleBeforeClose: NumberCells;
  readonly #protocol: ChoiceCells;
  readonly #state: ChoiceCells;
  readonly #closedBy: ChoiceCells;
  readonly #closeReason: ChoiceCells;
  readonly #connectionState: TextCells;
  readonly #history: TextCells;
  readonly #tls: TlsCells;
  readonly #http2: Http2Cells;

  constructor(
    context: DecodeContext,
    clock: CaptureClock,
    connections: ConnectionTable,
    details: ConnectionDetails,
  ) {
    const table = new EventTable({ ...TCP_CONNECTION, context, clock });
    this.table = table;
    this.#connections = connections;
    this.#endpoints = new EndpointCells(table, connections);
    this.#numbers = VALUES.map(([name, value]) => [table.number(name), value] as const).filter(
      ([cells]) => cells.isRead,
    );
    this.#duration = table.number('lagpipe.tcp.connection.duration');
    this.#longestIdle = table.number('lagpipe.tcp.idle.max');
    this.#idleBeforeClose = table.number('lagpipe.tcp.idle.before_close');
    this.#protocol = table.choice('network.protocol.name', PROTOCOLS);
    this.#state = table.choice('lagpipe.tcp.connection.state', STATES);
    this.#closedBy = table.choice('lagpipe.tcp.closed_by', ['client', 'server']);
    this.#closeReason = table.choice('lagpipe.tcp.close_reason', CLOSE_REASONS);
    this.#connectionState = table.text('lagpipe.tcp.conn_state');
    this.#history = table.text('lagpipe.tcp.history');
    this.#tls = new TlsCells(table, details.tls);
    this.#http2 = new Http2Cells(table, details.http2);
  }

  emit(slot: number, nanos: number, reason: CloseReason): void {
    const connections = this.#connections;
    const row = this.table.begin(nanos);
    this.#endpoints.set(row, slot);
    for (const [cells, value] of this.#numbers) cells.set(row, value(connections, slot));
    this.#times(row, slot, nanos);
    this.#protocol.set(row, connections.protocol[slot]);
    this.#close(row, slot, reason);
    this.#tls.set(row, slot);
    this.#http2.set(row, slot);
    if (this.#connectionState.isRead) {
      this.#connectionState.setOnce(row, connectionState(connections, slot));
    }
    if (this.#history.isRead) this.#history.setOnce(row, historyText(connections, slot));
  }

  #times(row: number, slot: number, nanos: number): void {
    const { establishedNanos, firstNanos, lastDataNanos, longestIdleNanos, firstCloseNanos, seen } =
      this.#connections;
    const isEstablished = (seen[slot] & SEEN.established) !== 0;
    const isMidStream = (seen[slot] & SEEN.midStream) !== 0;
    const began = isEstablished ? establishedNanos[slot] : isMidStream ? firstNanos[slot] : Number.NaN;
    this.#duration.set(row, (nanos - began) / NANOS_PER_SECOND);
    const lastData = lastDataNanos[slot];
    const idleSince = !Number.isNaN(lastData) ? lastData : began;
    const idle = Math.max(longestIdleNanos[slot], nanos - idleSince);
    this.#longestIdle.set(row, idle / NANOS_PER_SECOND);
    this.#idleBeforeClose.set(row, between(idleSince, firstCloseNanos[slot]));
  }

  #close(row: number, slot: number, reason: CloseReason): void {
    const { firstCloser, clientSide } = this.#connections;
    const isOpen = reason === 'idle' || reason === 'evicted' || reason === 'capture_end';
    this.#state.set(row, isOpen ? 2 : 1);
    this.#closeReason.set(row, CLOSE_REASONS.indexOf(reason) + 1);
    const closer = firstCloser[slot];
    if (closer !== 0) this.#closedBy.set(row, closer - 1 === clientSide[slot] ? CLIENT : SERVER);
  }
}

function clientOf(table: ConnectionTable, slot: number): number {
  return slot * 2 + table.clientSide[slot];
}

function both(field: Int32Array | Float64Array, slot: number): number {
  return field[slot * 2] + field[slot * 2 + 1];
}

/** In seconds. What the capture has in the wrong order was at the same time. */
function between(from: number, to: number): number {
  const nanos = to - from;
  return nanos < 0 ? 0 : nanos / NANOS_PER_SECOND;
}

function handshake(table: ConnectionTable, slot: number): number {
  if ((table.seen[slot] & SEEN.syn) === 0) return Number.NaN;
  return (table.establishedNanos[slot] - table.firstNanos[slot]) / NANOS_PER_SECOND;
}

function clientRetransmits(table: ConnectionTable, slot: number): number {
  return table.retransmits[clientOf(table, slot)] + table.synRetransmits[slot];
}

function whenTurns(value: Value): Value {
  return (table, slot) => (table.turns[slot] === 0 ? Number.NaN : value(table, slot));
}
