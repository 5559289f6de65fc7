import type { DecodeContext } from '../../../component.ts';
import { EndpointCells } from '../events/endpoint-cells.ts';
import { WEBSOCKET_CONNECTION } from '../events/event-specs.ts';
import { type ChoiceCells, EventTable, type NumberCells, type TextCells } from '../events/event-table.ts';
import type { CaptureClock } from '../read/capture-clock.ts';
import type { ConnectionTable } from '../tcp/connection-table.ts';
import type { WebSocketSide, WebSocketSummary } from './websocket-stream.ts';

const NANOS_PER_SECOND = 1e9;
const CLIENT = 1;
const SERVER = 2;

type SideValue = (side: WebSocketSide) => number;

/** `lagpipe.websocket.client.<name>` and `.server.<name>`. */
const SIDE_VALUES: readonly (readonly [name: string, value: SideValue])[] = [
  ['messages', (side) => side.messages],
  ['text_frames', (side) => side.textFrames],
  ['binary_frames', (side) => side.binaryFrames],
  ['continuation_frames', (side) => side.continuationFrames],
  ['pings', (side) => side.pings.sent],
  ['pongs', (side) => side.pongs],
  ['bytes', (side) => side.payloadBytes],
  ['compressed_messages', (side) => side.compressedMessages],
  ['ping.min', (side) => side.pings.shortestNanos / NANOS_PER_SECOND],
  ['ping.max', (side) => side.pings.longestNanos / NANOS_PER_SECOND],
  ['ping.mean', (side) => side.pings.meanNanos / NANOS_PER_SECOND],
];

/** Rows of `websocket.connection`. */
export class WebSocketConnections {
  readonly table: EventTable;
  readonly #endpoints: EndpointCells;
  readonly #protocol: ChoiceCells;
  readonly #sides: readonly (readonly [client: NumberCells, server: NumberCells, value: SideValue])[];
  readonly #duration: NumberCells;
  readonly #longestIdle: NumberCells;
  readonly #missed: NumberCells;
  readonly #closeCode: NumberCells;
  readonly #closeReason: TextCells;
  readonly #closedBy: ChoiceCells;
  readonly #close: ChoiceCells;

  constructor(context: DecodeContext, clock: CaptureClock, connections: ConnectionTable) {
    const table = new EventTable({ ...WEBSOCKET_CONNECTION, context, clock });
    this.table = table;
    this.#endpoints = new EndpointCells(table, connections);
    this.#protocol = table.choice('network.protocol.name', ['websocket']);
    this.#sides = SIDE_VALUES.map(
      ([name, value]) =>
        [
          table.number(`lagpipe.websocket.client.${name}`),
          table.number(`lagpipe.websocket.server.${name}`),
          value,
        ] as const,
    );
    this.#duration = table.number('lagpipe.websocket.duration');
    this.#longestIdle = table.number('lagpipe.websocket.idle.max');
    this.#missed = table.number('lagpipe.websocket.missed_bytes');
    this.#closeCode = table.number('lagpipe.websocket.close.code');
    this.#closeReason = table.text('lagpipe.websocket.close.reason');
    this.#closedBy = table.choice('lagpipe.websocket.closed_by', ['client', 'server']);
    this.#close = table.choice('lagpipe.websocket.close', ['complete', 'one_sided', 'none']);
  }

  emit(slot: number, nanos: number, summary: WebSocketSummary): void {
    const row = this.table.begin(nanos);
    this.#endpoints.set(row, slot);
    this.#protocol.set(row, 1);
    for (const [client, server, value] of this.#sides) {
      client.set(row, value(summary.client));
      server.set(row, value(summary.server));
    }
    this.#duration.set(row, (nanos - summary.openedNanos) / NANOS_PER_SECOND);
    this.#longestIdle.set(row, summary.longestIdleNanos / NANOS_PER_SECOND);
    this.#missed.set(row, summary.missedBytes);
    const { closeCode, closeReason, closedByClient, closedCleanly } = summary;
    if (closeCode !== undefined) this.#closeCode.set(row, closeCode);
    if (closeReason !== undefined) this.#closeReason.setOnce(row, closeReason);
    if (closedByClient !== undefined) this.#closedBy.set(row, closedByClient ? CLIENT : SERVER);
    this.#close.set(row, closedCleanly ? 1 : closedByClient === undefined ? 3 : 2);
  }
}
