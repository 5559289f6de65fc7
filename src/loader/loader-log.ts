import type { Logger } from '../component.ts';
import { isRecord, textOf } from '../lib/json-shape.ts';
import { isDenial } from './denial.ts';

export interface LoaderError {
  readonly code: string;
  readonly message: string;
}

/** Longer than any line of the loader; what exceeds it is not a log but a runaway. */
const MAX_LINE_CHARS = 16 * 1024;

/**
 * The loader's standard error, JSON lines, into our log. Anything else that appears there (a library, a
 * sanitizer) is passed on as a warning, word for word.
 */
export class LoaderLog {
  readonly #log: Logger;
  #unfinished = '';
  #lastError: LoaderError | undefined;
  #lastDenial: LoaderError | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** The newest line of level error: why the loader gave up, when it did. */
  get lastError(): LoaderError | undefined {
    return this.#lastError;
  }

  /** The newest line that says why a hook was denied, of any level. */
  get lastDenial(): LoaderError | undefined {
    return this.#lastDenial;
  }

  push(text: string): void {
    const lines = (this.#unfinished + text).split('\n');
    this.#unfinished = (lines.pop() ?? '').slice(0, MAX_LINE_CHARS);
    for (const line of lines) if (line.trim() !== '') this.#line(line);
  }

  /** The stream has ended: what is left is a line as well. */
  end(): void {
    this.push('\n');
  }

  #line(line: string): void {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      value = undefined;
    }
    if (!isRecord(value)) {
      this.#log.warn(`loader: ${line}`);
      return;
    }
    const code = textOf(value.code);
    const message = textOf(value.message);
    if (value.level === 'error') this.#lastError = { code, message };
    if (isDenial(code)) this.#lastDenial = { code, message };
    if (value.level === 'warn') this.#log.warn(`loader: ${message}`);
    else if (value.level !== 'error') this.#log.info(`loader: ${message}`);
    // The end that follows a denial is reported in plain words, with this message in it.
    else if (!isDenial(code)) this.#log.error(`loader: ${message}`);
  }
}
