import type { DecodeContext } from '../../../component.ts';
import type { EventBatch } from '../../../model/batch.ts';
import type { EventSpec } from '../../../model/emits.ts';
import type { Column } from '../../../model/event.ts';
import type { CaptureClock } from '../read/capture-clock.ts';
import type { Text } from './text-cache.ts';

const FIRST_ROWS = 64;
const MOST_ROWS = 8192;
const NANOS_PER_SECOND = 1e9;

/** One attribute of the rows that are being gathered. */
export class NumberCells {
  /** `undefined`: nobody reads it. */
  values: Float64Array | undefined;

  get isRead(): boolean {
    return this.values !== undefined;
  }

  set(row: number, value: number): void {
    if (this.values !== undefined) this.values[row] = value;
  }
}

/** A text attribute with few values, all known beforehand; value 0 is none. */
export class ChoiceCells {
  codes: Uint32Array | undefined;
  readonly dictionary: readonly string[];

  constructor(choices: readonly string[]) {
    this.dictionary = ['', ...choices];
  }

  /** `choice` counts from 1. */
  set(row: number, choice: number): void {
    if (this.codes !== undefined) this.codes[row] = choice;
  }
}

/** A text attribute of any values. A `Text` belongs to one of these only: it remembers its code. */
export class TextCells {
  codes: Uint32Array | undefined;
  dictionary: string[] = [''];
  /** Which batch the codes in the texts are for. */
  #batch = 1;

  get isRead(): boolean {
    return this.codes !== undefined;
  }

  set(row: number, text: Text | undefined): void {
    if (this.codes === undefined || text === undefined) return;
    if (text.batch !== this.#batch) {
      text.batch = this.#batch;
      text.code = this.dictionary.push(text.text) - 1;
    }
    this.codes[row] = text.code;
  }

  /** For a text that comes once only. */
  setOnce(row: number, text: string): void {
    if (this.codes !== undefined) this.codes[row] = this.dictionary.push(text) - 1;
  }

  begin(): void {
    this.dictionary = [''];
    this.#batch++;
  }
}

type Cells = NumberCells | ChoiceCells | TextCells;

export interface EventTableOptions extends Pick<EventSpec, 'name' | 'attributes' | 'severityNumbers'> {
  readonly context: Pick<DecodeContext, 'resource' | 'scope' | 'attributesRead'>;
  readonly clock: CaptureClock;
}

/**
 * Gathers events of one name in columns, and gives them out as batches. Only attributes that somebody reads have a
 * column; setting another costs one comparison.
 */
export class EventTable {
  readonly #options: EventTableOptions;
  readonly #cells = new Map<string, Cells>();
  readonly #full: EventBatch[] = [];
  #capacity = FIRST_ROWS;
  #rows = 0;
  #seconds = new Float64Array(FIRST_ROWS);
  #nanoseconds = new Uint32Array(FIRST_ROWS);

  constructor(options: EventTableOptions) {
    this.#options = options;
  }

  number(name: string): NumberCells {
    return this.#add(name, new NumberCells());
  }

  choice(name: string, choices: readonly string[]): ChoiceCells {
    return this.#add(name, new ChoiceCells(choices));
  }

  text(name: string): TextCells {
    return this.#add(name, new TextCells());
  }

  /** A text that may hold secrets: where everything is read, this is not. */
  textWhenNamed(name: string): TextCells {
    const isNamed = this.#options.context.attributesRead?.has(name) ?? false;
    return isNamed ? this.text(name) : new TextCells();
  }

  /** Begins an event and returns its row. What is not set is absent. */
  begin(nanos: number): number {
    if (this.#rows === this.#capacity) this.#makeRoom();
    const row = this.#rows++;
    const seconds = Math.floor(nanos / NANOS_PER_SECOND);
    this.#seconds[row] = this.#options.clock.baseSeconds + seconds;
    this.#nanoseconds[row] = nanos - seconds * NANOS_PER_SECOND;
    return row;
  }

  /** What was gathered since the last call. */
  flush(): EventBatch[] {
    if (this.#rows > 0) this.#close();
    return this.#full.splice(0);
  }

  /** `nanos` as seconds since 1970, to some 0.2 µs. */
  unixSeconds(nanos: number): number {
    return this.#options.clock.baseSeconds + nanos / NANOS_PER_SECOND;
  }

  #add<C extends Cells>(name: string, cells: C): C {
    const { attributes, context } = this.#options;
    if (!attributes.some((attribute) => attribute.name === name)) {
      throw new Error(`${this.#options.name} declares no attribute ${name}`);
    }
    if (context.attributesRead?.has(name) ?? true) {
      this.#cells.set(name, cells);
      allocate(cells, this.#capacity);
    }
    return cells;
  }

  #makeRoom(): void {
    if (this.#capacity >= MOST_ROWS) {
      this.#close();
      return;
    }
    this.#capacity = Math.min(MOST_ROWS, this.#capacity * 2);
    this.#seconds = grown(this.#seconds, this.#capacity);
    this.#nanoseconds = grown(this.#nanoseconds, this.#capacity);
    for (const cells of this.#cells.values()) {
      const old = cells instanceof NumberCells ? cells.values! : cells.codes!;
      allocate(cells, this.#capacity);
      (cells instanceof NumberCells ? cells.values! : cells.codes!).set(old);
    }
  }

  /** Arrays that were given out are never touched again, so the next batch gets new ones. */
  #close(): void {
    const { name, severityNumbers, context } = this.#options;
    const columns = new Map<string, Column>();
    for (const [attribute, cells] of this.#cells) columns.set(attribute, columnOf(cells));
    const { resource, scope } = context;
    this.#full.push({
      kind: 'events',
      resource,
      scope,
      name,
      severityNumber: severityNumbers[0],
      length: this.#rows,
      timeSeconds: this.#seconds,
      timeNanoseconds: this.#nanoseconds,
      columns,
    });
    // As much room as was needed now is likely to be needed next.
    this.#capacity = Math.min(MOST_ROWS, Math.ceil((this.#rows * 1.1) / FIRST_ROWS) * FIRST_ROWS);
    this.#rows = 0;
    this.#seconds = new Float64Array(this.#capacity);
    this.#nanoseconds = new Uint32Array(this.#capacity);
    for (const cells of this.#cells.values()) {
      allocate(cells, this.#capacity);
      if (cells instanceof TextCells) cells.begin();
    }
  }
}

function allocate(cells: Cells, rows: number): void {
  if (cells instanceof NumberCells) cells.values = new Float64Array(rows).fill(Number.NaN);
  else cells.codes = new Uint32Array(rows);
}

function columnOf(cells: Cells): Column {
  if (cells instanceof NumberCells) return { kind: 'number', values: cells.values! };
  return { kind: 'text', codes: cells.codes!, dictionary: cells.dictionary };
}

function grown<T extends Float64Array | Uint32Array>(old: T, rows: number): T {
  const larger = new (old.constructor as new (length: number) => T)(rows);
  larger.set(old);
  return larger;
}
