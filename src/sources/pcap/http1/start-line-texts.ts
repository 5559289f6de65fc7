import { newText, type Text, TextCache } from '../events/text-cache.ts';
import type { RequestLine, ResponseLine } from './start-line.ts';

/** The parts of a request line as texts, read again only when it is not the one before. */
export class RequestLineTexts {
  method: Text = newText('');
  /** Absent where nobody reads it. */
  target: Text | undefined;
  protocol: Text = newText('');
  readonly #methods = new TextCache();
  readonly #targets = new TextCache();
  readonly #protocols = new TextCache();
  readonly #readsTarget: boolean;
  #generation = -1;

  constructor(readsTarget: boolean) {
    this.#readsTarget = readsTarget;
  }

  /** `line` was looked at last at `start`. */
  read(line: RequestLine, bytes: Uint8Array, start: number): void {
    if (this.#generation === line.generation) return;
    this.#generation = line.generation;
    this.method = this.#methods.textOf(bytes, start, start + line.methodLength);
    if (this.#readsTarget) {
      this.target = this.#targets.textOf(bytes, start + line.targetStart, start + line.targetEnd);
    }
    this.protocol = this.#protocols.textOf(bytes, start + line.versionStart, start + line.length);
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
