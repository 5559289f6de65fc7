import { newText, type Text, TextCache } from '../events/text-cache.ts';
import type { HttpReads } from './http-reads.ts';
import type { RequestLine, ResponseLine } from './start-line.ts';

/** The parts of a request line as texts, read again only when it is not the one before. */
export class RequestLineTexts {
  method: Text = newText('');
  /** These two are absent where nobody reads them. */
  target: Text | undefined;
  protocol: Text | undefined;
  readonly #methods = new TextCache();
  readonly #targets = new TextCache();
  readonly #protocols = new TextCache();
  readonly #reads: Pick<HttpReads, 'target' | 'requestProtocol'>;
  #generation = -1;

  constructor(reads: Pick<HttpReads, 'target' | 'requestProtocol'>) {
    this.#reads = reads;
  }

  /** `line` was looked at last at `start`. */
  read(line: RequestLine, bytes: Uint8Array, start: number): void {
    if (this.#generation === line.generation) return;
    this.#generation = line.generation;
    this.method = this.#methods.textOf(bytes, start, start + line.methodLength);
    if (this.#reads.target) {
      this.target = this.#targets.textOf(bytes, start + line.targetStart, start + line.targetEnd);
    }
    if (this.#reads.requestProtocol) {
      this.protocol = this.#protocols.textOf(bytes, start + line.versionStart, start + line.length);
    }
  }
}

/** The same of a status line. */
export class ResponseLineTexts {
  protocol: Text = newText('');
  reason: Text = newText('');
  readonly #protocols = new TextCache();
  readonly #reasons = new TextCache();
  #generation = -1;

  read(line: ResponseLine, bytes: Uint8Array, start: number): void {
    if (this.#generation === line.generation) return;
    this.#generation = line.generation;
    this.protocol = this.#protocols.textOf(bytes, start, start + line.versionLength);
    this.reason = this.#reasons.textOf(bytes, start + line.reasonStart, start + line.length);
  }
}
