import { type UnixTime, unixTimeFromMillis } from '../../../model/time.ts';
import type { NativeHistogram } from './native-histogram.ts';
import type { HistogramSeries, Series, Start } from './series.ts';

type OfKind<K extends Series['kind']> = Extract<Series, { kind: K }>;

/** What one scrape has brought so far. */
export class Scrape {
  readonly time: UnixTime;
  readonly dropped = new Map<string, number>();
  /** Every `_created` is known at the end only: it may follow what it is about. */
  readonly #counters: {
    readonly series: OfKind<'counter'>;
    readonly value: number;
    readonly time: UnixTime;
  }[] = [];
  readonly #natives: { readonly series: OfKind<'native'>; readonly histogram: OfKindHistogram }[] = [];
  samples = 0;
  isOutdated = false;

  constructor(time: UnixTime) {
    this.time = time;
  }

  drop(reason: string): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1);
  }

  /** Why the sample is in no metric, or `undefined` when it will be. */
  add(series: Series, value: number, time: UnixTime): string | undefined {
    if (series.kind === 'refused') return series.reason;
    if (Number.isNaN(value) && series.kind !== 'sum') return 'not_a_number';
    switch (series.kind) {
      case 'gauge':
        series.output.points.push({ attributes: series.attributes, time, value });
        return undefined;
      case 'counter':
        if (!Number.isFinite(value)) return 'not_a_number';
        this.#counters.push({ series, value, time });
        return undefined;
      case 'created':
        series.start.seconds = value;
        return undefined;
      case 'native':
        return 'malformed_histogram';
    }
    const { histogram } = series;
    histogram.lastScrape = series.lastScrape;
    if (series.kind === 'bucket') histogram.histogram.addBucket(series.bound, value);
    else if (series.kind === 'count') histogram.histogram.addCount(value);
    else histogram.histogram.addSum(value);
    return undefined;
  }

  addNative(series: OfKind<'native'>, histogram: OfKindHistogram): void {
    this.#natives.push({ series, histogram });
  }

  finishCounters(): void {
    for (const { series, value, time } of this.#counters) {
      series.output.points.push(series.counter.point(value, time, startOf(series.start)));
    }
    for (const { series, histogram } of this.#natives) {
      const { kind: _, ...figures } = histogram;
      const { attributes, startTime } = series.counter.point(figures.count, this.time, startOf(series.start));
      series.output.points.push({ attributes, ...(startTime && { startTime }), time: this.time, ...figures });
    }
  }

  finishHistogram({ histogram, output, start }: HistogramSeries): void {
    const point = histogram.take(this.time, startOf(start));
    if (point) output.points.push(point);
    else this.drop('malformed_histogram');
  }
}

type OfKindHistogram = Extract<NativeHistogram, { kind: 'histogram' }>;

function startOf({ seconds }: Start): UnixTime | undefined {
  return seconds === undefined ? undefined : timeOf(seconds);
}

/** `undefined` for what is no time of this era. */
export function timeOf(seconds: number): UnixTime | undefined {
  return seconds > 0 && seconds < 1e11 ? unixTimeFromMillis(seconds * 1000) : undefined;
}
