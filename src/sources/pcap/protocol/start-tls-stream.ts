import type { ConnectionEnd, ProtocolStream } from '../tcp/stream.ts';
import { recognizeClient, TLS_HANDSHAKE } from './recognize.ts';

/**
 * A protocol that nobody takes apart, and the TLS that it may change to: SMTP and others after STARTTLS, PostgreSQL
 * after its SSLRequest. The change is told by a ClientHello at the beginning of what the client sends.
 */
export class StartTlsStream implements ProtocolStream {
  readonly #turns: ProtocolStream;
  readonly #startTls: () => ProtocolStream;
  #tls: ProtocolStream | undefined;

  constructor(turns: ProtocolStream, startTls: () => ProtocolStream) {
    this.#turns = turns;
    this.#startTls = startTls;
  }

  data(fromClient: boolean, bytes: Uint8Array, start: number, end: number, nanos: number): void {
    if (this.#tls === undefined && fromClient && bytes[start] === TLS_HANDSHAKE) {
      if (recognizeClient(bytes, start, end) === 'tls') this.#tls = this.#startTls();
    }
    this.#tls?.data(fromClient, bytes, start, end, nanos);
    this.#turns.data(fromClient, bytes, start, end, nanos);
  }

  gap(fromClient: boolean, length: number, nanos: number): void {
    this.#tls?.gap(fromClient, length, nanos);
    this.#turns.gap(fromClient, length, nanos);
  }

  end(nanos: number, how: ConnectionEnd, byClient: boolean | undefined): void {
    this.#tls?.end(nanos, how, byClient);
    this.#turns.end(nanos, how, byClient);
  }
}
