import { beginsWithFrames } from '../http2/frame.ts';
import type { ConnectionEnd, ProtocolStream } from '../tcp/stream.ts';
import { type Recognized, recognizeClient, recognizeServer } from './recognize.ts';

/** What came before the protocol was known. */
interface Waiting {
  readonly fromClient: boolean;
  /** `undefined`: a gap of `length`. */
  readonly bytes: Uint8Array | undefined;
  readonly length: number;
  readonly nanos: number;
}

/** What is held back at most; what has not said by then what it is, is unknown. */
const MOST_PARTS = 256;
const MOST_BYTES = 65_536;

export type KnownProtocol = Exclude<Recognized, 'undecided'>;

/**
 * Holds the first bytes of a connection back until they say what protocol they are, and then hands them, at the
 * times they had, and all that follows to the stream for it. Almost always the first segment decides.
 */
export class RecognizingStream implements ProtocolStream {
  readonly #choose: (protocol: KnownProtocol) => ProtocolStream;
  readonly #isMidStream: boolean;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #chosen: ProtocolStream | undefined;

  /**
   * `choose` makes the stream, and may put it in the place of this one. `isMidStream`: the capture began in the midst
   * of the connection.
   */
  constructor(isMidStream: boolean, choose: (protocol: KnownProtocol) => ProtocolStream) {
    this.#isMidStream = isMidStream;
    this.#choose = choose;
  }

  data(fromClient: boolean, bytes: Uint8Array, start: number, end: number, nanos: number): void {
    if (this.#chosen === undefined && this.#waiting.length === 0) {
      const recognized = this.#recognize(fromClient, bytes, start, end);
      if (recognized !== 'undecided') this.#chosen = this.#choose(recognized);
    }
    if (this.#chosen !== undefined) {
      this.#chosen.data(fromClient, bytes, start, end, nanos);
      return;
    }
    this.#waiting.push({ fromClient, bytes: bytes.slice(start, end), length: end - start, nanos });
    this.#waitingBytes += end - start;
    this.#settleIfKnown();
  }

  gap(fromClient: boolean, length: number, nanos: number): void {
    if (this.#chosen !== undefined) {
      this.#chosen.gap(fromClient, length, nanos);
      return;
    }
    this.#waiting.push({ fromClient, bytes: undefined, length, nanos });
    this.#settleIfKnown();
  }

  end(nanos: number, how: ConnectionEnd, byClient: boolean | undefined): void {
    const stream = this.#chosen ?? this.#settle(this.#decideNow());
    stream.end(nanos, how, byClient);
  }

  #settleIfKnown(): void {
    const recognized = this.#recognizeWaiting();
    if (recognized !== 'undecided') this.#settle(recognized);
    else if (this.#waiting.length >= MOST_PARTS || this.#waitingBytes >= MOST_BYTES) this.#settle('unknown');
  }

  /** One side is enough, and what the client says counts first. */
  #recognizeWaiting(): Recognized {
    const client = this.#recognizeSide(true);
    if (isKnown(client)) return client;
    const server = this.#recognizeSide(false);
    if (isKnown(server)) return server;
    const isClientSure = client === 'unknown' && !this.#hasGap(true);
    // A server that speaks first, in a protocol that is none of ours, settles it.
    const isServerSure = server === 'unknown' && !this.#hasGap(false);
    return isClientSure || isServerSure || (client === 'unknown' && server === 'unknown')
      ? 'unknown'
      : 'undecided';
  }

  /** What lies behind a gap is no beginning, unless a message happens to begin with a segment. */
  #recognizeSide(fromClient: boolean): Recognized | undefined {
    const parts = this.#waiting.filter((part) => part.fromClient === fromClient && part.bytes !== undefined);
    if (parts.length === 0) return undefined;
    if (this.#hasGap(fromClient)) {
      const verdicts = parts.map(({ bytes, length }) => this.#recognize(fromClient, bytes!, 0, length));
      return verdicts.find(isKnown) ?? 'unknown';
    }
    const bytes = Buffer.concat(parts.map((part) => part.bytes!));
    return this.#recognize(fromClient, bytes, 0, bytes.length);
  }

  #recognize(fromClient: boolean, bytes: Uint8Array, start: number, end: number): Recognized {
    const recognized = fromClient ? recognizeClient(bytes, start, end) : recognizeServer(bytes, start, end);
    if (!this.#isMidStream || isKnown(recognized)) return recognized;
    return beginsWithFrames(bytes, start, end) ? 'http2_frames' : recognized;
  }

  #hasGap(fromClient: boolean): boolean {
    return this.#waiting.some((part) => part.fromClient === fromClient && part.bytes === undefined);
  }

  #decideNow(): KnownProtocol {
    const recognized = this.#recognizeWaiting();
    return recognized === 'undecided' ? 'unknown' : recognized;
  }

  #settle(protocol: KnownProtocol): ProtocolStream {
    const stream = this.#choose(protocol);
    this.#chosen = stream;
    for (const { fromClient, bytes, length, nanos } of this.#waiting.splice(0)) {
      if (bytes === undefined) stream.gap(fromClient, length, nanos);
      else stream.data(fromClient, bytes, 0, bytes.length, nanos);
    }
    return stream;
  }
}

function isKnown(verdict: Recognized | undefined): verdict is Exclude<KnownProtocol, 'unknown'> {
  return verdict !== undefined && verdict !== 'unknown' && verdict !== 'undecided';
}
