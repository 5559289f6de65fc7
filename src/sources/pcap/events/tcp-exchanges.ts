import type { DecodeContext } from '../../../component.ts';
import type { CaptureClock } from '../read/capture-clock.ts';
import type { ConnectionTable } from '../tcp/connection-table.ts';
import { versionText } from '../tls/names.ts';
import { TlsCells, type TlsHandshakes } from '../tls/tls-cells.ts';
import { TCP_EXCHANGE } from './event-specs.ts';
import { type ChoiceCells, EventTable, type TextCells } from './event-table.ts';
import type { Exchange } from './exchange.ts';
import { type Aftermath, ExchangeCells, eventNanos } from './exchange-cells.ts';
import { MessageTexts } from './message-texts.ts';

/** Protocols whose messages are no requests and responses of their own, by their number in `network.protocol.name`; 0: not recognized. */
const TURN_PROTOCOLS = ['tls', 'websocket'] as const;
export const TURN_PROTOCOL = { unknown: 0, tls: 1, websocket: 2 } as const;

/** Rows of `tcp.exchange`: data of the client and what the server answered to it, whatever the protocol is. */
export class TcpExchanges {
  readonly table: EventTable;
  readonly #cells: ExchangeCells;
  readonly #protocol: ChoiceCells;
  readonly #texts: MessageTexts;
  readonly #tls: TlsCells;
  readonly #handshakes: TlsHandshakes;
  readonly #helloServerName: TextCells;
  readonly #helloVersion: TextCells;

  constructor(
    context: DecodeContext,
    clock: CaptureClock,
    connections: ConnectionTable,
    openConnections: () => number,
    handshakes: TlsHandshakes,
  ) {
    this.table = new EventTable({ ...TCP_EXCHANGE, context, clock });
    this.#cells = new ExchangeCells(this.table, connections, openConnections);
    this.#protocol = this.table.choice('network.protocol.name', TURN_PROTOCOLS);
    this.#texts = new MessageTexts(this.table);
    this.#tls = new TlsCells(this.table, handshakes);
    this.#handshakes = handshakes;
    this.#helloServerName = this.table.text('lagpipe.exchange.tls.server_name');
    this.#helloVersion = this.table.text('lagpipe.exchange.tls.client_version');
  }

  emit(exchange: Exchange, aftermath: Aftermath, protocol: number): void {
    const row = this.table.begin(eventNanos(exchange, aftermath.endNanos));
    this.#cells.set(row, exchange, aftermath);
    this.#protocol.set(row, protocol);
    this.#texts.set(row, exchange);
    if (protocol === TURN_PROTOCOL.tls) this.#tls.set(row, exchange.slot);
    if (this.#handshakes.size > 0) this.#clientHello(row, exchange);
  }

  /** Behind a STARTTLS, too, whose exchanges are of no protocol that is known. */
  #clientHello(row: number, { slot, requestFirstNanos, requestLastNanos }: Exchange): void {
    const handshake = this.#handshakes.get(slot);
    if (handshake?.clientHello === undefined) return;
    const { beganNanos } = handshake;
    if (!(beganNanos >= requestFirstNanos && beganNanos <= requestLastNanos)) return;
    const { serverName, version } = handshake.clientHello;
    if (serverName !== undefined) this.#helloServerName.setOnce(row, serverName);
    this.#helloVersion.setOnce(row, versionText(version));
  }
}
