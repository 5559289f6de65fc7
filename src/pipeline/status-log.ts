import type { LogWriter } from '../lib/logger.ts';
import type { PartStatus } from '../model/telemetry.ts';

/**
 * Statuses as log lines: one for each part that does not work, with the reason and the remedy, and one for all
 * parts of a component that do. The live ones wait for the end of the current turn, because a component reports
 * them in a row.
 */
export class StatusLog {
  readonly #log: LogWriter;
  readonly #live = new Map<string, string[]>();

  constructor(log: LogWriter) {
    this.#log = log;
  }

  add(id: string, status: PartStatus): void {
    if (status.state === 'live') {
      this.#addLive(id, status);
      return;
    }
    const where = status.part === '' ? id : `${id} ${status.part}`;
    const remedy = status.remedy === undefined ? '' : `; ${status.remedy}`;
    this.#log.log(status.state === 'failed' ? 'error' : 'warn', `${where}: ${status.detail}${remedy}`);
  }

  #addLive(id: string, status: PartStatus): void {
    if (this.#live.size === 0) setImmediate(() => this.#flush());
    const described = status.part === '' ? status.detail : `${status.part} (${status.detail})`;
    this.#live.set(id, [...(this.#live.get(id) ?? []), described]);
  }

  #flush(): void {
    for (const [id, parts] of this.#live) this.#log.log('info', `${id}: live: ${parts.join(', ')}`);
    this.#live.clear();
  }
}
