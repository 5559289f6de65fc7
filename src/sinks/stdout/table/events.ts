import { type EventBatch, eventAt } from '../../../model/batch.ts';
import { type Column, columnValue, type Event } from '../../../model/event.ts';
import { FINDING_EVENT } from '../../../model/finding.ts';

/** A group beyond this many distinct values is counted as `other`. */
const MAX_GROUPS = 20;
const MAX_EVENT_NAMES = 20;
const OTHER = 'other';

/** A finding holds until it is cleared, however many others were told after it. */
const KEPT_FINDINGS = 100;

/** What happened under one event name. */
export interface EventLog {
  readonly name: string;
  /** Since the start. */
  count: number;
  /** Since the start, by the value of the attribute that the config names; events without it are in none. */
  readonly countBy: Map<string, number>;
  /** The newest events, oldest first. */
  newest: readonly Event[];
}

/** Counts every event and remembers the newest few. */
export class EventState {
  readonly logs = new Map<string, EventLog>();
  readonly #keep: number;
  readonly #countBy: string;

  constructor(keep: number, countBy: string) {
    this.#keep = keep;
    this.#countBy = countBy;
  }

  /** False when there are too many event names already. */
  take(batch: EventBatch): boolean {
    const log = this.#log(batch.name);
    if (log === undefined) return false;
    log.count += batch.length;
    const group = batch.columns.get(this.#countBy);
    if (group !== undefined) countGroups(log.countBy, group, batch.length);
    const keep = batch.name === FINDING_EVENT.name ? KEPT_FINDINGS : this.#keep;
    const fresh: Event[] = [];
    for (let index = Math.max(0, batch.length - keep); index < batch.length; index++) {
      fresh.push(eventAt(batch, index));
    }
    log.newest = keep === 0 ? [] : [...log.newest, ...fresh].slice(-keep);
    return true;
  }

  #log(name: string): EventLog | undefined {
    let log = this.logs.get(name);
    if (log === undefined && this.logs.size < MAX_EVENT_NAMES) {
      log = { name, count: 0, countBy: new Map(), newest: [] };
      this.logs.set(name, log);
    }
    return log;
  }
}

/** Text is counted by its code first: one array step for an event, one map step for a distinct value. */
function countGroups(counts: Map<string, number>, column: Column, length: number): void {
  if (column.kind === 'text') {
    const perCode = new Uint32Array(column.dictionary.length);
    for (let index = 0; index < length; index++) perCode[column.codes[index]]++;
    perCode.forEach((count, code) => {
      if (code > 0 && count > 0) addTo(counts, column.dictionary[code], count);
    });
    return;
  }
  for (let index = 0; index < length; index++) {
    const value = columnValue(column, index);
    if (value !== undefined) addTo(counts, String(value), 1);
  }
}

function addTo(counts: Map<string, number>, value: string, count: number): void {
  const key = counts.has(value) || counts.size < MAX_GROUPS ? value : OTHER;
  counts.set(key, (counts.get(key) ?? 0) + count);
}
