import { type Paint, paintWith } from './terminal.ts';

export type Level = 'info' | 'warn' | 'error';

/** Writes one finished line, newline included. */
export type LogSink = (line: string) => void;

const COLOUR_OF = { info: 'dim', warn: 'yellow', error: 'red' } as const;

/**
 * Log lines for a person at a terminal and for journald alike: `warn  proc: pressure/irq is not there`.
 * `redact` runs over every line, so that no secret reaches the log whoever wrote the message.
 */
export class LogWriter {
  readonly #write: LogSink;
  readonly #redact: (text: string) => string;
  readonly #paint: Paint;

  constructor(write: LogSink, redact: (text: string) => string, colour: boolean) {
    this.#write = write;
    this.#redact = redact;
    this.#paint = paintWith(colour);
  }

  log(level: Level, message: string): void {
    this.#write(`${this.#paint(COLOUR_OF[level], level.padEnd(5))} ${this.#redact(message)}\n`);
  }

  /** A logger whose lines begin with who says it. */
  named(name: string): { info(m: string): void; warn(m: string): void; error(m: string): void } {
    const at = (level: Level) => (message: string) => this.log(level, `${name}: ${message}`);
    return { info: at('info'), warn: at('warn'), error: at('error') };
  }
}

/** Replaces every secret in a text. Longest first, so that a secret inside another leaves no remainder. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const ordered = [...new Set(secrets)].filter((secret) => secret !== '').sort((a, b) => b.length - a.length);
  return (text) => ordered.reduce((redacted, secret) => redacted.replaceAll(secret, '[REDACTED]'), text);
}
