import type { Attributes, AttributeValue } from '../../model/attributes.ts';
import type { EventBatch } from '../../model/batch.ts';
import type { Column, TextColumn } from '../../model/event.ts';

/** The group of all that has no group of its own any more. */
export const OVERFLOW = 0;
const OVERFLOW_ATTRIBUTES: Attributes = { 'otel.metric.overflow': true };

const ROOT = 0;
/** The value that stands for "the event does not have the attribute". */
const ABSENT = 0;
const UNKNOWN = -1;
/** Number of a node times this, plus the number of a value, is one key: both stay far below it. */
const VALUES = 2 ** 26;

/**
 * Which group a record belongs to, by the values of some attributes. Values are numbered for each attribute, and a
 * group is a path through a tree of these numbers, so that a record costs one look-up per attribute and no text.
 *
 * Worked example: by method and status, GET 200, PUT 200, GET 404: methods GET 1, PUT 2; below the root are nodes 1
 * (GET) and 2 (PUT); below these the groups 1 (GET 200), 2 (PUT 200) and 3 (GET 404).
 */
export class GroupTable {
  readonly #levels: readonly Level[];
  readonly #maxGroups: number;
  readonly #attributes: Attributes[] = [OVERFLOW_ATTRIBUTES];

  constructor(groupBy: readonly string[], maxGroups: number) {
    this.#levels = groupBy.map((name) => new Level(name));
    // One of them is the overflow, as in OpenTelemetry's SDKs.
    this.#maxGroups = maxGroups - 1;
    if (groupBy.length === 0) this.#attributes.push({});
  }

  /** One more than the highest number of a group. */
  get size(): number {
    return this.#attributes.length;
  }

  attributesOf(group: number): Attributes {
    return this.#attributes[group];
  }

  /** Every event's group, in `groups`. */
  assign(batch: EventBatch, groups: Int32Array): void {
    if (this.#levels.length === 0) {
      groups.fill(1, 0, batch.length);
      return;
    }
    groups.fill(ROOT, 0, batch.length);
    this.#levels.forEach((level, depth) => {
      const isLast = depth === this.#levels.length - 1;
      const numbers = level.numbersOf(batch.columns.get(level.name), batch.length, !this.#isFull);
      this.#descend(level, isLast, numbers, groups, batch.length);
    });
    for (let row = 0; row < batch.length; row++) if (groups[row] === UNKNOWN) groups[row] = OVERFLOW;
  }

  /** The group of one record. */
  groupOf(attributes: Attributes): number {
    if (this.#levels.length === 0) return 1;
    let node = ROOT;
    for (let depth = 0; depth < this.#levels.length; depth++) {
      const level = this.#levels[depth];
      const number = level.numberOf(attributes[level.name], !this.#isFull);
      node =
        number === UNKNOWN ? UNKNOWN : this.#below(level, depth === this.#levels.length - 1, node, number);
      if (node === UNKNOWN) return OVERFLOW;
    }
    return node;
  }

  get #isFull(): boolean {
    return this.#attributes.length - 1 >= this.#maxGroups;
  }

  #descend(level: Level, isLast: boolean, numbers: Int32Array, nodes: Int32Array, length: number): void {
    let lastNode = UNKNOWN;
    let lastNumber = UNKNOWN;
    let lastResult = UNKNOWN;
    for (let row = 0; row < length; row++) {
      const node = nodes[row];
      const number = numbers[row];
      if (node === UNKNOWN || number === UNKNOWN) nodes[row] = UNKNOWN;
      else {
        // Events often come in runs of the same group.
        if (node !== lastNode || number !== lastNumber) {
          lastResult = this.#below(level, isLast, node, number);
          lastNode = node;
          lastNumber = number;
        }
        nodes[row] = lastResult;
      }
    }
  }

  /** The node or, at the last level, the group below a node; made when there is room for another group. */
  #below(level: Level, isLast: boolean, node: number, number: number): number {
    const key = node * VALUES + number;
    const known = level.nodes.get(key);
    if (known !== undefined) return known;
    if (this.#isFull) return UNKNOWN;
    const path = withValue(level.paths[node] ?? {}, level.name, level.values[number]);
    const made = isLast ? this.#attributes.push(path) - 1 : level.nodes.size + 1;
    level.nodes.set(key, made);
    if (!isLast) this.#levels[this.#levels.indexOf(level) + 1].paths[made] = path;
    return made;
  }
}

/** One attribute of the grouping. */
class Level {
  readonly name: string;
  /** By the node above times VALUES plus the value's number. */
  readonly nodes = new Map<number, number>();
  /** The attributes that lead to each node above this level. */
  readonly paths: Attributes[] = [];
  readonly values: (AttributeValue | undefined)[] = [undefined];
  readonly #numbers = new Map<AttributeValue, number>();
  #scratch = new Int32Array(0);

  constructor(name: string) {
    this.name = name;
  }

  numberOf(value: AttributeValue | undefined, mayAdd: boolean): number {
    if (value === undefined) return ABSENT;
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    if (!mayAdd) return UNKNOWN;
    const number = this.values.push(value) - 1;
    this.#numbers.set(value, number);
    return number;
  }

  /** The number of every event's value; valid until the next call. */
  numbersOf(column: Column | undefined, length: number, mayAdd: boolean): Int32Array {
    if (this.#scratch.length < length) this.#scratch = new Int32Array(length);
    const numbers = this.#scratch;
    if (column === undefined) numbers.fill(ABSENT, 0, length);
    else if (column.kind === 'text') this.#ofTexts(column, numbers, length, mayAdd);
    else {
      for (let row = 0; row < length; row++) {
        const value = column.values[row];
        numbers[row] = Number.isNaN(value) ? ABSENT : this.numberOf(value, mayAdd);
      }
    }
    return numbers;
  }

  /** Each text of the dictionary is looked up once, and only when an event has it. */
  #ofTexts({ codes, dictionary }: TextColumn, numbers: Int32Array, length: number, mayAdd: boolean): void {
    // 0 for a text that was not looked up yet, otherwise its number plus 2.
    const known = new Int32Array(dictionary.length);
    known[0] = ABSENT + 2;
    for (let row = 0; row < length; row++) {
      const code = codes[row];
      if (known[code] === 0) known[code] = this.numberOf(dictionary[code], mayAdd) + 2;
      numbers[row] = known[code] - 2;
    }
  }
}

function withValue(path: Attributes, name: string, value: AttributeValue | undefined): Attributes {
  return value === undefined ? path : { ...path, [name]: value };
}
