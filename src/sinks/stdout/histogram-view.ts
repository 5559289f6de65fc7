import type { Batch, MetricBatch } from '../../model/batch.ts';
import type { Point } from '../../model/metric.ts';
import type { UnixTime } from '../../model/time.ts';
import { formatDateLine } from './clock-text.ts';
import { type AnyHistogramMetric, type AnyHistogramPoint, HistogramSeries } from './histogram-series.ts';
import { histogramText } from './histogram-text.ts';
import { seriesKey, seriesTitle } from './series.ts';

export interface HistogramViewOptions {
  readonly bucketsPerOctave: number;
  readonly accumulate: boolean;
  readonly maxSeries: number;
  readonly openedAt: UnixTime;
}

export interface HistogramReport {
  /** Empty when there was nothing to show. */
  readonly text: string;
  readonly delivered: number;
  readonly rejected: Readonly<Record<string, number>>;
}

/** One report for each batch with histograms: a line with its date, then every series with its bars. */
export class HistogramView {
  readonly #options: HistogramViewOptions;
  readonly #series = new Map<string, HistogramSeries>();

  constructor(options: HistogramViewOptions) {
    this.#options = options;
  }

  take(batch: Batch): HistogramReport {
    if (batch.kind === 'events') {
      return { text: '', delivered: 0, rejected: { format_shows_no_events: batch.length } };
    }
    const rejected: Record<string, number> = {};
    const reject = (reason: string, points: number): void => {
      rejected[reason] = (rejected[reason] ?? 0) + points;
    };
    const blocks: string[] = [];
    for (const metric of batch.metrics) {
      if (metric.kind === 'gauge' || metric.kind === 'sum') {
        if (metric.points.length > 0) reject('format_shows_no_numbers', metric.points.length);
        continue;
      }
      for (const point of metric.points) {
        const shown = this.#shown(batch, metric, point);
        if (shown === undefined) reject('series_limit', 1);
        else blocks.push(this.#block(metric, shown));
      }
    }
    const text = blocks.length === 0 ? '' : `${dateLine(batch)}\n${blocks.join('\n')}\n`;
    return { text, delivered: blocks.length, rejected };
  }

  #block({ name, unit }: AnyHistogramMetric, point: AnyHistogramPoint): string {
    const title = seriesTitle(name, point.attributes);
    return histogramText(title, point, unit, this.#options.bucketsPerOctave);
  }

  /** The interval or everything so far; `undefined` when that needs a memory for which there is no room. */
  #shown(
    { resource }: MetricBatch,
    { name, temporality }: AnyHistogramMetric,
    point: AnyHistogramPoint,
  ): AnyHistogramPoint | undefined {
    const { accumulate, maxSeries, openedAt } = this.#options;
    if (temporality === 'delta' && !accumulate) return point;
    const key = seriesKey(resource, name, point.attributes);
    let series = this.#series.get(key);
    if (series === undefined) {
      if (this.#series.size >= maxSeries) return undefined;
      series = new HistogramSeries();
      this.#series.set(key, series);
    }
    const fresh = series.next(point, temporality, openedAt);
    return accumulate ? series.run : fresh;
  }
}

function dateLine({ metrics }: MetricBatch): string {
  const [seconds, nanoseconds] = metrics.flatMap((metric): readonly Point[] => metric.points)[0].time;
  return formatDateLine(seconds * 1000 + nanoseconds / 1e6);
}
