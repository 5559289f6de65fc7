import type { Metric } from '../../../model/metric.ts';
import { type UnixTime, unixTimeFromMillis } from '../../../model/time.ts';
import { Families } from './families.ts';
import { type FilterOptions, metricFilter } from './metric-filter.ts';
import { Outputs } from './outputs.ts';
import { readSampleLines } from './sample-lines.ts';
import { type HistogramSeries, type Series, SeriesMaker, type Start } from './series.ts';

export interface TextTargetOptions {
  readonly filter: FilterOptions;
  readonly maxSeries: number;
  readonly maxLabelLength: number;
}

export interface Scrape {
  readonly metrics: readonly Metric[];
  /** Lines with a value. */
  readonly samples: number;
  /** Samples that are in no metric, by reason. */
  readonly dropped: ReadonlyMap<string, number>;
}

/** A series that comes back after so many scrapes without it is a new one. */
const KEPT_SCRAPES = 5;

/** One target that answers in text, over time: which series it has, what they were, and since when. */
export class TextTarget {
  readonly #options: TextTargetOptions;
  readonly #families = new Families();
  readonly #outputs: Outputs;
  readonly #maker: SeriesMaker;
  readonly #series = new Map<string, Series>();
  #scrape = 0;

  constructor(options: TextTargetOptions) {
    this.#options = options;
    this.#outputs = new Outputs(metricFilter(options.filter));
    this.#maker = new SeriesMaker(this.#families, this.#outputs, options.maxLabelLength);
  }

  /** `isOpenMetrics` says that timestamps are in seconds and not in milliseconds. */
  read(body: Buffer, isOpenMetrics: boolean, time: UnixTime): Scrape {
    this.#scrape++;
    const dropped = new Map<string, number>();
    const drop = (reason: string) => dropped.set(reason, (dropped.get(reason) ?? 0) + 1);
    const pending: Pending[] = [];
    const perSecond = isOpenMetrics ? 1 : 1000;
    let samples = 0;
    let isOutdated = false;
    readSampleLines(body, {
      comment: (line) => {
        const mayAdd = this.#families.size < this.#options.maxSeries;
        if (this.#families.read(line, mayAdd)) isOutdated = true;
      },
      sample: (key, value, timestamp) => {
        samples++;
        const said = timestamp === undefined ? undefined : timeOf(timestamp / perSecond);
        const reason = this.#add(key, value, said ?? time, pending);
        if (reason !== undefined) drop(reason);
      },
      exemplar: () => drop('exemplar'),
      malformed: () => {
        samples++;
        drop('malformed_line');
      },
    });
    // Only now is every `_created` known, which may follow what it is about.
    for (const { series, value, time: at } of pending) {
      series.output.points.push(series.counter.point(value, at, startOf(series.start)));
    }
    for (const histogram of this.#maker.histograms) this.#finish(histogram, time, drop);
    this.#forget();
    const metrics = this.#outputs.take();
    // A type that changed, or came behind its samples, holds from the next scrape on.
    if (isOutdated) this.#forgetAll();
    return { metrics, samples, dropped };
  }

  /** Why the sample is in no metric, or `undefined` when it is. */
  #add(key: string, value: number, time: UnixTime, pending: Pending[]): string | undefined {
    let series = this.#series.get(key);
    if (!series) {
      if (this.#series.size >= this.#options.maxSeries) return 'series_limit';
      series = this.#maker.make(key);
      this.#series.set(key, series);
    }
    if (series.lastScrape === this.#scrape) return 'duplicate_series';
    series.lastScrape = this.#scrape;
    if (series.kind === 'refused') return series.reason;
    if (Number.isNaN(value) && series.kind !== 'sum') return 'not_a_number';
    switch (series.kind) {
      case 'gauge':
        series.output.points.push({ attributes: series.attributes, time, value });
        return undefined;
      case 'counter':
        if (!Number.isFinite(value)) return 'not_a_number';
        pending.push({ series, value, time });
        return undefined;
      case 'created':
        series.start.seconds = value;
        return undefined;
    }
    const { histogram } = series;
    histogram.lastScrape = this.#scrape;
    if (series.kind === 'bucket') histogram.histogram.addBucket(series.bound, value);
    else if (series.kind === 'count') histogram.histogram.addCount(value);
    else histogram.histogram.addSum(value);
    return undefined;
  }

  #finish(
    { histogram, output, start, lastScrape }: HistogramSeries,
    time: UnixTime,
    drop: (reason: string) => void,
  ) {
    if (lastScrape !== this.#scrape) return;
    const point = histogram.take(time, startOf(start));
    if (point) output.points.push(point);
    else drop('malformed_histogram');
  }

  /** Series that are gone for good, so that the memory is that of the series that are there. */
  #forget(): void {
    const oldest = this.#scrape - KEPT_SCRAPES;
    for (const [key, series] of this.#series) {
      if (series.lastScrape >= oldest) continue;
      this.#series.delete(key);
      this.#maker.forget(series);
    }
    this.#maker.forgetBefore(oldest);
  }

  #forgetAll(): void {
    this.#families.forgetUntyped();
    this.#series.clear();
    this.#maker.clear();
    this.#outputs.clear();
  }
}

interface Pending {
  readonly series: Extract<Series, { kind: 'counter' }>;
  readonly value: number;
  readonly time: UnixTime;
}

function startOf({ seconds }: Start): UnixTime | undefined {
  return seconds === undefined ? undefined : timeOf(seconds);
}

/** `undefined` for what is no time of this era. */
function timeOf(seconds: number): UnixTime | undefined {
  return seconds > 0 && seconds < 1e11 ? unixTimeFromMillis(seconds * 1000) : undefined;
}
