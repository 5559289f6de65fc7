import type { ChoiceCells, EventTable, NumberCells, TextCells } from '../events/event-table.ts';
import { alertText, cipherSuiteText, versionText } from './names.ts';
import type { TlsHandshake } from './tls-stream.ts';

const NANOS_PER_SECOND = 1e9;
const TLS_1_0 = 0x0301;
const NO = 1;
const YES = 2;
const CLIENT = 1;
const SERVER = 2;

/** The handshakes of connections in the table, by slot. */
export type TlsHandshakes = Map<number, TlsHandshake>;

/** Fills `TLS_ATTRIBUTES` of any event of a connection. */
export class TlsCells {
  readonly #handshakes: TlsHandshakes;
  readonly #serverName: TextCells;
  readonly #clientVersion: TextCells;
  readonly #clientAlpn: TextCells;
  readonly #protocolName: ChoiceCells;
  readonly #version: TextCells;
  readonly #cipher: TextCells;
  readonly #nextProtocol: TextCells;
  readonly #established: ChoiceCells;
  readonly #resumed: ChoiceCells;
  readonly #retry: ChoiceCells;
  readonly #duration: NumberCells;
  readonly #server: NumberCells;
  readonly #alert: TextCells;
  readonly #alertBy: ChoiceCells;

  constructor(table: EventTable, handshakes: TlsHandshakes) {
    this.#handshakes = handshakes;
    this.#serverName = table.text('lagpipe.tls.client.server_name');
    this.#clientVersion = table.text('lagpipe.tls.client.version');
    this.#clientAlpn = table.text('lagpipe.tls.client.alpn');
    this.#protocolName = table.choice('tls.protocol.name', ['tls', 'ssl']);
    this.#version = table.text('tls.protocol.version');
    this.#cipher = table.text('tls.cipher');
    this.#nextProtocol = table.text('tls.next_protocol');
    this.#established = table.choice('tls.established', ['false', 'true']);
    this.#resumed = table.choice('tls.resumed', ['false', 'true']);
    this.#retry = table.choice('lagpipe.tls.hello_retry', ['false', 'true']);
    this.#duration = table.number('lagpipe.tls.handshake.duration');
    this.#server = table.number('lagpipe.tls.handshake.server');
    this.#alert = table.text('lagpipe.tls.alert');
    this.#alertBy = table.choice('lagpipe.tls.alert_by', ['client', 'server']);
  }

  set(row: number, slot: number): void {
    if (this.#handshakes.size === 0) return;
    const handshake = this.#handshakes.get(slot);
    if (handshake === undefined) return;
    this.#hellos(row, handshake);
    const { beganNanos, serverHelloNanos, endedNanos, resumed, alert } = handshake;
    this.#duration.set(row, (endedNanos - beganNanos) / NANOS_PER_SECOND);
    this.#server.set(row, (serverHelloNanos - beganNanos) / NANOS_PER_SECOND);
    this.#established.set(row, Number.isNaN(endedNanos) ? NO : YES);
    if (resumed !== undefined) this.#resumed.set(row, resumed ? YES : NO);
    this.#retry.set(row, handshake.helloRetry ? YES : NO);
    if (alert === undefined) return;
    this.#alert.setOnce(row, alertText(alert.code));
    this.#alertBy.set(row, alert.byClient ? CLIENT : SERVER);
  }

  #hellos(row: number, { clientHello, serverHello }: TlsHandshake): void {
    if (clientHello !== undefined) {
      const { serverName, alpn, version } = clientHello;
      if (serverName !== undefined) this.#serverName.setOnce(row, serverName);
      this.#clientVersion.setOnce(row, versionText(version));
      if (alpn.length > 0) this.#clientAlpn.setOnce(row, alpn.join(','));
    }
    if (serverHello === undefined) return;
    this.#protocolName.set(row, serverHello.version < TLS_1_0 ? 2 : 1);
    this.#version.setOnce(row, versionText(serverHello.version));
    this.#cipher.setOnce(row, cipherSuiteText(serverHello.cipherSuite));
    if (serverHello.alpn !== undefined) this.#nextProtocol.setOnce(row, serverHello.alpn);
  }
}
