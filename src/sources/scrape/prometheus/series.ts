import type { Attributes } from '../../../model/attributes.ts';
import { StartedCounter } from '../started-counter.ts';
import { ClassicHistogram } from './classic-histogram.ts';
import type { Families } from './families.ts';
import type { Output, Outputs } from './outputs.ts';
import { parseNumber } from './sample-lines.ts';
import { parseSeries, type SeriesText } from './series-text.ts';

/** What is done with the value of a series, found out once and then looked up by the text of the series. */
export type Series = { lastScrape: number } & SeriesPlan;

type SeriesPlan =
  | { readonly kind: 'gauge'; readonly output: Output; readonly attributes: Attributes }
  | {
      readonly kind: 'counter';
      readonly output: Output;
      readonly counter: StartedCounter;
      readonly start: Start;
    }
  | { readonly kind: 'bucket'; readonly histogram: HistogramSeries; readonly bound: number }
  | { readonly kind: 'count' | 'sum'; readonly histogram: HistogramSeries }
  | {
      readonly kind: 'native';
      readonly output: Output;
      readonly counter: StartedCounter;
      readonly start: Start;
    }
  | { readonly kind: 'created'; readonly start: Start }
  | { readonly kind: 'refused'; readonly reason: RefusedReason };

/** `filtered`: the config says so. */
export type RefusedReason = 'filtered' | 'malformed_line' | 'label_too_long';

/** When a series began, where `_created` says it; shared by all lines of one histogram or counter. */
export interface Start {
  readonly key: string;
  /** Series that share it; without any it is forgotten. */
  users: number;
  seconds: number | undefined;
}

/** A classic histogram and where it goes. */
export interface HistogramSeries {
  readonly histogram: ClassicHistogram;
  readonly output: Output;
  readonly start: Start;
  lastScrape: number;
}

/** Makes series of their texts. What belongs together, such as the lines of a histogram, finds itself by its labels. */
export class SeriesMaker {
  readonly #families: Families;
  readonly #outputs: Outputs;
  readonly #maxLabelLength: number;
  readonly #starts = new Map<string, Start>();
  readonly #histograms = new Map<string, HistogramSeries>();

  constructor(families: Families, outputs: Outputs, maxLabelLength: number) {
    this.#families = families;
    this.#outputs = outputs;
    this.#maxLabelLength = maxLabelLength;
  }

  /** `key` holds the bytes of the text, each as one character. */
  make(key: string): Series {
    return { lastScrape: 0, ...this.#plan(textOf(key)) };
  }

  /** The same for a native histogram, which is one value. */
  makeNative(key: string): Series {
    return { lastScrape: 0, ...this.#nativePlan(textOf(key)) };
  }

  /** All classic histograms; their series come and go together. */
  get histograms(): Iterable<HistogramSeries> {
    return this.#histograms.values();
  }

  /** Forgets the histograms that were last there before that scrape. */
  forgetBefore(scrape: number): void {
    for (const [key, { lastScrape, start }] of this.#histograms) {
      if (lastScrape >= scrape) continue;
      this.#histograms.delete(key);
      this.#release(start);
    }
  }

  /** To be told of every series that is forgotten. */
  forget(series: Series): void {
    if ('start' in series) this.#release(series.start);
  }

  clear(): void {
    this.#starts.clear();
    this.#histograms.clear();
  }

  #plan(text: SeriesText | undefined): SeriesPlan {
    if (!text) return { kind: 'refused', reason: 'malformed_line' };
    if (this.#isTooLong(text)) return { kind: 'refused', reason: 'label_too_long' };
    const { name, head, suffix } = this.#families.of(text.name);
    if (suffix === '_created') return { kind: 'created', start: this.#startOf(name, text.labels) };
    if (head.type === 'histogram' && suffix !== '') return this.#histogramPlan(name, suffix, text);
    const isCounter = head.type === 'counter' || (head.type === 'summary' && suffix !== '');
    const output = this.#outputs.of(isCounter ? 'sum' : 'gauge', text.name, name, head);
    if (!output) return { kind: 'refused', reason: 'filtered' };
    const attributes = attributesOf(text, head.type === 'summary' ? 'quantile' : undefined);
    if (!isCounter) return { kind: 'gauge', output, attributes };
    const start = this.#startOf(name, text.labels);
    return { kind: 'counter', output, counter: new StartedCounter(attributes), start };
  }

  #nativePlan(text: SeriesText | undefined): SeriesPlan {
    if (!text) return { kind: 'refused', reason: 'malformed_line' };
    if (this.#isTooLong(text)) return { kind: 'refused', reason: 'label_too_long' };
    const { name, head } = this.#families.of(text.name);
    const output = this.#outputs.of('exponential_histogram', name, name, head);
    if (!output) return { kind: 'refused', reason: 'filtered' };
    const counter = new StartedCounter(attributesOf(text));
    return { kind: 'native', output, counter, start: this.#startOf(name, text.labels) };
  }

  #isTooLong({ name, labels }: SeriesText): boolean {
    const isTooLong = (word: string) => word.length > this.#maxLabelLength;
    return isTooLong(name) || labels.some((label) => label.some(isTooLong));
  }

  #histogramPlan(name: string, suffix: string, text: SeriesText): SeriesPlan {
    const labels = text.labels.filter(([label]) => label !== 'le');
    const key = keyOf(name, labels);
    let histogram = this.#histograms.get(key);
    if (!histogram) {
      const output = this.#outputs.of('histogram', name, name, this.#families.of(name).head);
      if (!output) return { kind: 'refused', reason: 'filtered' };
      const attributes = attributesOf({ name, labels });
      const start = this.#startOf(name, labels);
      histogram = { histogram: new ClassicHistogram(attributes), output, start, lastScrape: 0 };
      this.#histograms.set(key, histogram);
    }
    if (suffix !== '_bucket') return { kind: suffix === '_count' ? 'count' : 'sum', histogram };
    const bound = parseNumber(text.labels.find(([label]) => label === 'le')?.[1] ?? '');
    return bound === undefined
      ? { kind: 'refused', reason: 'malformed_line' }
      : { kind: 'bucket', histogram, bound };
  }

  #startOf(name: string, labels: SeriesText['labels']): Start {
    const key = keyOf(
      name,
      labels.filter(([label]) => label !== 'quantile'),
    );
    let start = this.#starts.get(key);
    if (!start) {
      start = { key, users: 0, seconds: undefined };
      this.#starts.set(key, start);
    }
    start.users++;
    return start;
  }

  #release(start: Start): void {
    start.users--;
    if (start.users === 0) this.#starts.delete(start.key);
  }
}

function textOf(key: string): SeriesText | undefined {
  return parseSeries(Buffer.from(key, 'latin1').toString('utf8'));
}

function keyOf(name: string, labels: SeriesText['labels']): string {
  const sorted = [...labels].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([name, sorted]);
}

/** Labels as they are; a quantile is a number. */
function attributesOf({ labels }: SeriesText, numeric?: string): Attributes {
  return Object.fromEntries(
    labels.map(([name, value]) => [name, (name === numeric ? parseNumber(value) : undefined) ?? value]),
  );
}
