import type { LogWriter } from '../lib/logger.ts';
import { PART } from '../model/part-attributes.ts';
import type { PartStatus } from '../model/telemetry.ts';

/**
 * Statuses as log lines: one for each part that does not work, with the reason and the remedy, and one for all
 * parts of a component that do, with one below for each that covers less than everything. The live ones wait for the
 * end of the current turn, because a component reports them in a row.
 */
export class StatusLog {
  readonly #log: LogWriter;
  readonly #live = new Map<string, PartStatus[]>();

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
    this.#live.set(id, [...(this.#live.get(id) ?? []), status]);
  }

  #flush(): void {
    for (const [id, statuses] of this.#live) {
      this.#log.log('info', `${id}: live: ${statuses.map(inShort).join(', ')}`);
      for (const { part, attributes } of statuses) {
        const covers = attributes?.[PART.covers.name];
        if (covers !== undefined) this.#log.log('info', `${id} ${part}: covers ${covers}`);
      }
    }
    this.#live.clear();
  }
}

function inShort({ part, detail }: PartStatus): string {
  return part === '' ? detail : `${part} (${detail})`;
}
