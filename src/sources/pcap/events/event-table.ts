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

type CodeCells = ChoiceCells | TextCells;

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
  /** What somebody reads. */
  readonly #cells = new Map<string, NumberCells | CodeCells>();
  readonly #numbers: NumberCells[] = [];
  readonly #codes: CodeCells[] = [];
  readonly #full: EventBatch[] = [];
  /** Rows that there is room for; none before the first event of a batch. */
  #capacity = 0;
  #expectedRows = FIRST_ROWS;
  #rows = 0;
  #seconds = new Float64Array(0);
  #nanoseconds = new Uint32Array(0);

  constructor(options: EventTableOptions) {
    this.#options = options;
  }

  number(name: string): NumberCells {
    const cells = new NumberCells();
    if (!this.#isRead(name)) return cells;
    this.#cells.set(name, cells);
    this.#numbers.push(cells);
    cells.values = new Float64Array(0);
    return cells;
  }

  choice(name: string, choices: readonly string[]): ChoiceCells {
    return this.#addCodes(name, new ChoiceCells(choices));
  }

  text(name: string): TextCells {
    return this.#addCodes(name, new TextCells());
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

  #addCodes<C extends CodeCells>(name: string, cells: C): C {
    if (!this.#isRead(name)) return cells;
    this.#cells.set(name, cells);
    this.#codes.push(cells);
    cells.codes = new Uint32Array(0);
    return cells;
  }

  #isRead(name: string): boolean {
    const { attributes, context } = this.#options;
    if (!attributes.some((attribute) => attribute.name === name)) {
      throw new Error(`${this.#options.name} declares no attribute ${name}`);
    }
    return context.attributesRead?.has(name) ?? true;
  }

  #makeRoom(): void {
    if (this.#capacity >= MOST_ROWS) this.#close();
    this.#allocate(this.#rows > 0 ? Math.min(MOST_ROWS, this.#capacity * 2) : this.#expectedRows);
  }

  /**
   * New arrays for so many rows, with what the old ones have of this batch. All lie in one piece of memory: a piece for
   * each of them took longer than filling them.
   */
  #allocate(rows: number): void {
    const numberBytes = rows * Float64Array.BYTES_PER_ELEMENT;
    const codeBytes = rows * Uint32Array.BYTES_PER_ELEMENT;
    const numbers = 1 + this.#numbers.length;
    const memory = new ArrayBuffer(numbers * numberBytes + (1 + this.#codes.length) * codeBytes);
    new Float64Array(memory, 0, numbers * rows).fill(Number.NaN);
    let at = 0;
    const numbersFrom = (old: Float64Array) => {
      const array = new Float64Array(memory, at, rows);
      at += numberBytes;
      if (this.#rows > 0) array.set(old);
      return array;
    };
    const codesFrom = (old: Uint32Array) => {
      const array = new Uint32Array(memory, at, rows);
      at += codeBytes;
      if (this.#rows > 0) array.set(old);
      return array;
    };
    this.#seconds = numbersFrom(this.#seconds);
    for (const cells of this.#numbers) cells.values = numbersFrom(cells.values!);
    this.#nanoseconds = codesFrom(this.#nanoseconds);
    for (const cells of this.#codes) cells.codes = codesFrom(cells.codes!);
    this.#capacity = rows;
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
    this.#expectedRows = Math.min(MOST_ROWS, Math.ceil((this.#rows * 1.1) / FIRST_ROWS) * FIRST_ROWS);
    this.#rows = 0;
    this.#capacity = 0;
    for (const cells of this.#codes) if (cells instanceof TextCells) cells.begin();
  }
}

function columnOf(cells: NumberCells | CodeCells): Column {
  if (cells instanceof NumberCells) return { kind: 'number', values: cells.values! };
  return { kind: 'text', codes: cells.codes!, dictionary: cells.dictionary };
}
