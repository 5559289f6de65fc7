import { unescapeText } from './series-text.ts';

/** Of both formats; `untyped` is the older word for `unknown`. */
const TYPES = [
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
  'unknown',
  'untyped',
] as const;

export type FamilyType = (typeof TYPES)[number];

/** What comments say of a metric family. */
export interface FamilyHead {
  type: FamilyType;
  help: string;
  unit: string;
}

/** The ends of a family's sample names that mean something, by type. */
const SUFFIXES: Readonly<Partial<Record<FamilyType, readonly string[]>>> = {
  counter: ['_total', '_created'],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  gaugehistogram: ['_bucket', '_gcount', '_gsum'],
  summary: ['_count', '_sum', '_created'],
  info: ['_info'],
};

const COMMENT = /^#\s*(HELP|TYPE|UNIT)\s+("(?:[^"\\]|\\.)*"|\S+)(?:[ \t]+(.*))?$/s;

/** Which families a target has, as its comments say. */
export class Families {
  readonly #heads = new Map<string, FamilyHead>();
  /** Lines that were read before: hardly any is ever new. */
  readonly #known = new Set<string>();
  /** Names of samples that came without a type, or before it. */
  readonly #untyped = new Set<string>();

  get size(): number {
    return this.#heads.size;
  }

  /** A comment of the text format. True when samples of the family were read as those of another type. */
  read(line: Buffer, mayAdd: boolean): boolean {
    const key = line.toString('latin1');
    if (this.#known.has(key)) return false;
    const [, keyword, quotedName, text = ''] = COMMENT.exec(line.toString('utf8')) ?? [];
    if (keyword === undefined) return false;
    const name = quotedName.startsWith('"') ? unescapeText(quotedName.slice(1, -1)) : quotedName;
    // A line for each of HELP, TYPE and UNIT; a help that says something else each time must not fill the memory.
    if (this.#known.size >= 4 * this.#heads.size + 100) this.#known.clear();
    if (mayAdd || this.#heads.has(name)) this.#known.add(key);
    if (keyword === 'HELP') return this.set(name, { help: unescapeText(text) }, mayAdd);
    if (keyword === 'UNIT') return this.set(name, { unit: text.trim() }, mayAdd);
    return this.set(name, { type: TYPES.find((each) => each === text.trim()) ?? 'unknown' }, mayAdd);
  }

  /** True when samples of the family were read as those of another type, so that what is known of them is wrong. */
  set(name: string, said: Partial<FamilyHead>, mayAdd: boolean): boolean {
    let head = this.#heads.get(name);
    if (!head) {
      if (!mayAdd) return false;
      head = { type: 'unknown', help: '', unit: '' };
      this.#heads.set(name, head);
    }
    const before = head.type;
    Object.assign(head, said);
    const { type } = head;
    if (said.type === undefined || type === before) return false;
    return (
      before !== 'unknown' ||
      ['', ...(SUFFIXES[type] ?? [])].some((suffix) => this.#untyped.has(name + suffix))
    );
  }

  forgetUntyped(): void {
    this.#untyped.clear();
  }

  /** The family of a sample: `http_requests_bucket` belongs to the histogram `http_requests`. */
  of(sampleName: string): { readonly name: string; readonly head: FamilyHead; readonly suffix: string } {
    const own = this.#heads.get(sampleName);
    if (own && own.type !== 'unknown') return { name: sampleName, head: own, suffix: '' };
    const end = sampleName.lastIndexOf('_');
    const [name, suffix] = [sampleName.slice(0, end), sampleName.slice(end)];
    const head = end > 0 ? this.#heads.get(name) : undefined;
    if (head && SUFFIXES[head.type]?.includes(suffix)) return { name, head, suffix };
    if (!own) this.#untyped.add(sampleName);
    return { name: sampleName, head: own ?? { type: 'unknown', help: '', unit: '' }, suffix: '' };
  }
}

const UNITS: readonly (readonly [suffix: string, unit: string])[] = [
  ['seconds', 's'],
  ['milliseconds', 'ms'],
  ['ms', 'ms'],
  ['microseconds', 'us'],
  ['us', 'us'],
  ['nanoseconds', 'ns'],
  ['bytes', 'By'],
  ['ratio', '1'],
  ['celsius', 'Cel'],
  ['volts', 'V'],
  ['percent', '%'],
];

/** UCUM for the unit that a family says or ends in, as far as it is one of those in use; otherwise empty. */
export function unitOf(name: string, said: string): string {
  const base = name.replace(/_(total|created|bucket|count|sum)$/, '');
  const word = said === '' ? base.slice(base.lastIndexOf('_') + 1) : said;
  return UNITS.find(([suffix]) => suffix === word)?.[1] ?? '';
}
