import type { ConnectionEnd, ProtocolStream } from '../tcp/stream.ts';

/** Two views of the same bytes, such as a handshake and the turns of the conversation around it. */
export class BothStreams implements ProtocolStream {
  readonly #first: ProtocolStream;
  readonly #second: ProtocolStream;

  constructor(first: ProtocolStream, second: ProtocolStream) {
    this.#first = first;
    this.#second = second;
  }

  data(fromClient: boolean, bytes: Uint8Array, start: number, end: number, nanos: number): void {
    this.#first.data(fromClient, bytes, start, end, nanos);
    this.#second.data(fromClient, bytes, start, end, nanos);
  }

  gap(fromClient: boolean, length: number, nanos: number): void {
    this.#first.gap(fromClient, length, nanos);
    this.#second.gap(fromClient, length, nanos);
  }

  end(nanos: number, how: ConnectionEnd, byClient: boolean | undefined): void {
    this.#first.end(nanos, how, byClient);
    this.#second.end(nanos, how, byClient);
  }
}
