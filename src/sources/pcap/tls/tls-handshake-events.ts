import type { DecodeContext } from '../../../component.ts';
import { EndpointCells } from '../events/endpoint-cells.ts';
import { TLS_HANDSHAKE } from '../events/event-specs.ts';
import { type ChoiceCells, EventTable } from '../events/event-table.ts';
import type { CaptureClock } from '../read/capture-clock.ts';
import type { ConnectionTable } from '../tcp/connection-table.ts';
import { TlsCells, type TlsHandshakes } from './tls-cells.ts';

/** Rows of `tls.handshake`. */
export class TlsHandshakeEvents {
  readonly table: EventTable;
  readonly #endpoints: EndpointCells;
  readonly #protocol: ChoiceCells;
  readonly #cells: TlsCells;

  constructor(
    context: DecodeContext,
    clock: CaptureClock,
    connections: ConnectionTable,
    handshakes: TlsHandshakes,
  ) {
    this.table = new EventTable({ ...TLS_HANDSHAKE, context, clock });
    this.#endpoints = new EndpointCells(this.table, connections);
    this.#protocol = this.table.choice('network.protocol.name', ['tls']);
    this.#cells = new TlsCells(this.table, handshakes);
  }

  emit(slot: number, nanos: number): void {
    const row = this.table.begin(nanos);
    this.#endpoints.set(row, slot);
    this.#protocol.set(row, 1);
    this.#cells.set(row, slot);
  }
}
