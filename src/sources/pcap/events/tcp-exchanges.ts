import type { DecodeContext } from '../../../component.ts';
import type { CaptureClock } from '../read/capture-clock.ts';
import type { ConnectionTable } from '../tcp/connection-table.ts';
import { TlsCells, type TlsHandshakes } from '../tls/tls-cells.ts';
import { ENDPOINT_ATTRIBUTES, EXCHANGE_ATTRIBUTES, TLS_ATTRIBUTES } from './attributes.ts';
import { type ChoiceCells, EventTable } from './event-table.ts';
import type { Exchange } from './exchange.ts';
import { type Aftermath, ExchangeCells, eventNanos } from './exchange-cells.ts';
import { MessageTexts } from './message-texts.ts';

/** Protocols whose messages nobody takes apart, by their number in `network.protocol.name`; 0: not recognized. */
const TURN_PROTOCOLS = ['tls'] as const;
export const TURN_PROTOCOL = { unknown: 0, tls: 1 } as const;

/** Rows of `tcp.exchange`: data of the client and what the server answered to it, whatever the protocol is. */
export class TcpExchanges {
  readonly table: EventTable;
  readonly #cells: ExchangeCells;
  readonly #protocol: ChoiceCells;
  readonly #texts: MessageTexts;
  readonly #tls: TlsCells;

  constructor(
    context: DecodeContext,
    clock: CaptureClock,
    connections: ConnectionTable,
    openConnections: () => number,
    handshakes: TlsHandshakes,
  ) {
    const attributes = [...ENDPOINT_ATTRIBUTES, ...EXCHANGE_ATTRIBUTES, ...TLS_ATTRIBUTES];
    this.table = new EventTable({ name: 'tcp.exchange', attributes, context, clock });
    this.#cells = new ExchangeCells(this.table, connections, openConnections);
    this.#protocol = this.table.choice('network.protocol.name', TURN_PROTOCOLS);
    this.#texts = new MessageTexts(this.table);
    this.#tls = new TlsCells(this.table, handshakes);
  }

  emit(exchange: Exchange, aftermath: Aftermath, protocol: number): void {
    const row = this.table.begin(eventNanos(exchange, aftermath.endNanos));
    this.#cells.set(row, exchange, aftermath);
    this.#protocol.set(row, protocol);
    this.#texts.set(row, exchange);
    if (protocol === TURN_PROTOCOL.tls) this.#tls.set(row, exchange.slot);
  }
}
