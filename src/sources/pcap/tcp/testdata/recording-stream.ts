import type { ConnectionEnd, ProtocolStream } from '../stream.ts';

/** Writes down what it is given: `client "GET"`, `server gap 3`, `end fin client`. */
export class RecordingStream implements ProtocolStream {
  readonly calls: string[] = [];
  readonly times: number[] = [];

  data(fromClient: boolean, bytes: Uint8Array, start: number, end: number, nanos: number): void {
    const text = Buffer.from(bytes.subarray(start, end)).toString('latin1');
    this.#note(`${side(fromClient)} ${JSON.stringify(text)}`, nanos);
  }

  gap(fromClient: boolean, length: number, nanos: number): void {
    this.#note(`${side(fromClient)} gap ${length}`, nanos);
  }

  end(nanos: number, how: ConnectionEnd, byClient: boolean | undefined): void {
    this.#note(byClient === undefined ? `end ${how}` : `end ${how} ${side(byClient)}`, nanos);
  }

  #note(call: string, nanos: number): void {
    this.calls.push(call);
    this.times.push(nanos);
  }
}

function side(client: boolean): string {
  return client ? 'client' : 'server';
}
