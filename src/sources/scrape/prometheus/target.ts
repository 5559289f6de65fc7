import type { Metric } from '../../../model/metric.ts';
import type { UnixTime } from '../../../model/time.ts';
import type { BodyFormat } from './content-type.ts';
import { Families } from './families.ts';
import { type FilterOptions, metricFilter } from './metric-filter.ts';
import type { NativeHistogram } from './native-histogram.ts';
import { Outputs } from './outputs.ts';
import { readProtobufBody } from './protobuf-body.ts';
import { readSampleLines } from './sample-lines.ts';
import { Scrape, timeOf } from './scrape.ts';
import { type Series, SeriesMaker } from './series.ts';

export interface TargetOptions {
  readonly filter: FilterOptions;
  readonly maxSeries: number;
  readonly maxLabelLength: number;
}

export interface ScrapeResult {
  readonly metrics: readonly Metric[];
  /** Values that the body had. */
  readonly samples: number;
  /** What of them is in no metric, by reason. */
  readonly dropped: ReadonlyMap<string, number>;
}

/** A series that comes back after so many scrapes without it is a new one. */
const KEPT_SCRAPES = 5;

/** One target over time: which series it has, what they were, and since when. */
export class Target {
  readonly #options: TargetOptions;
  readonly #families = new Families();
  readonly #outputs: Outputs;
  readonly #maker: SeriesMaker;
  readonly #series = new Map<string, Series>();
  #scrape = 0;

  constructor(options: TargetOptions) {
    this.#options = options;
    this.#outputs = new Outputs(metricFilter(options.filter));
    this.#maker = new SeriesMaker(this.#families, this.#outputs, options.maxLabelLength);
  }

  read(body: Buffer, format: BodyFormat, time: UnixTime): ScrapeResult {
    this.#scrape++;
    const scrape = new Scrape(time);
    if (format === 'protobuf') this.#readProtobuf(body, scrape);
    else this.#readText(body, format, scrape);
    scrape.finishCounters();
    for (const histogram of this.#maker.histograms) {
      if (histogram.lastScrape === this.#scrape) scrape.finishHistogram(histogram);
    }
    this.#forget();
    const metrics = this.#outputs.take();
    // A type that changed, or came behind its samples, holds from the next scrape on.
    if (scrape.isOutdated) this.#forgetAll();
    return { metrics, samples: scrape.samples, dropped: scrape.dropped };
  }

  #readText(body: Buffer, format: BodyFormat, scrape: Scrape): void {
    const perSecond = format === 'openmetrics' ? 1 : 1000;
    readSampleLines(body, {
      comment: (line) => {
        if (this.#families.read(line, this.#mayAddFamily())) scrape.isOutdated = true;
      },
      sample: (key, value, timestamp) => this.#add(scrape, key, value, timestamp, perSecond),
      exemplar: () => scrape.drop('exemplar'),
      malformed: () => {
        scrape.samples++;
        scrape.drop('malformed_line');
      },
    });
  }

  #readProtobuf(body: Buffer, scrape: Scrape): void {
    try {
      readProtobufBody(body, {
        family: (name, type, help, unit) => {
          if (this.#families.set(name, { type, help, unit }, this.#mayAddFamily())) scrape.isOutdated = true;
        },
        sample: (key, value, timestamp) => this.#add(scrape, key, value, timestamp, 1000),
        nativeHistogram: (key, histogram) => this.#addNative(scrape, key, histogram),
        exemplar: () => scrape.drop('exemplar'),
      });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      scrape.drop('malformed_body');
    }
  }

  #mayAddFamily(): boolean {
    return this.#families.size < this.#options.maxSeries;
  }

  #add(scrape: Scrape, key: string, value: number, timestamp: number | undefined, perSecond: number): void {
    scrape.samples++;
    const series = this.#seriesOf(key, () => this.#maker.make(key));
    const said = timestamp === undefined ? undefined : timeOf(timestamp / perSecond);
    const reason = typeof series === 'string' ? series : scrape.add(series, value, said ?? scrape.time);
    if (reason !== undefined) scrape.drop(reason);
  }

  #addNative(scrape: Scrape, key: string, histogram: NativeHistogram): void {
    scrape.samples++;
    const series = this.#seriesOf(`native ${key}`, () => this.#maker.makeNative(key));
    if (typeof series === 'string') scrape.drop(series);
    else if (series.kind === 'refused') scrape.drop(series.reason);
    else if (histogram.kind === 'unsupported') scrape.drop('unsupported_histogram');
    else if (series.kind === 'native') scrape.addNative(series, histogram);
  }

  /** The series, marked as seen, or why it cannot be had. */
  #seriesOf(key: string, make: () => Series): Series | 'series_limit' | 'duplicate_series' {
    let series = this.#series.get(key);
    if (!series) {
      if (this.#series.size >= this.#options.maxSeries) return 'series_limit';
      series = make();
      this.#series.set(key, series);
    }
    if (series.lastScrape === this.#scrape) return 'duplicate_series';
    series.lastScrape = this.#scrape;
    return series;
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
