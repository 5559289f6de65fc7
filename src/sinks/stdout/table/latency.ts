import type { Attributes, Resource } from '../../../model/attributes.ts';
import type { Metric, NumberPoint, Point } from '../../../model/metric.ts';
import { secondsBetween, type UnixTime } from '../../../model/time.ts';
import { type AnyHistogramMetric, type AnyHistogramPoint, HistogramSeries } from '../histogram-series.ts';
import { seriesKey, seriesLabel } from '../series.ts';
import type { SeriesBudget } from './series-budget.ts';

const QUANTILE_SUFFIX = '.quantile';
const QUANTILE = 'lagpipe.quantile';
const QUANTILE_ERROR = 'lagpipe.quantile.error';
/** More columns than this fit no terminal. */
const MAX_QUANTILES = 6;

/** One histogram series and the quantiles that the `percentile` processor sent beside it. */
export interface LatencyRow {
  readonly metric: string;
  readonly unit: string;
  readonly label: string;
  readonly histogram: HistogramSeries;
  /** Of the newest interval; `NaN` as long as its length is unknown. */
  ratePerSecond: number;
  /** The newest interval that had values: an idle one says nothing about latency. */
  newest: AnyHistogramPoint | undefined;
  readonly quantiles: Map<number, Quantile>;
}

export interface Quantile {
  readonly value: number;
  /** Relative: 0.0434 says that the true value is within ±4.34 %. */
  readonly error: number;
}

/** Every latency series seen so far, in the order of arrival, which is the order of the stages. */
export class LatencyState {
  readonly rows = new Map<string, LatencyRow>();
  readonly #quantiles = new Set<number>();
  readonly #budget: SeriesBudget;
  readonly #openedAt: UnixTime;

  constructor(budget: SeriesBudget, openedAt: UnixTime) {
    this.#budget = budget;
    this.#openedAt = openedAt;
  }

  /** The quantiles that any series has, ascending: the columns of the table. */
  get quantiles(): readonly number[] {
    return [...this.#quantiles].sort((a, b) => a - b);
  }

  static isQuantile(metric: Metric, point: Point): boolean {
    return metric.name.endsWith(QUANTILE_SUFFIX) && typeof point.attributes[QUANTILE] === 'number';
  }

  /** False when there is no room for another series. */
  takeHistogram(resource: Resource, metric: AnyHistogramMetric, point: AnyHistogramPoint): boolean {
    const row = this.#row(resource, metric.name, metric.unit, point.attributes);
    if (row === undefined) return false;
    const fresh = row.histogram.next(point, metric.temporality, this.#openedAt);
    const seconds = fresh.startTime ? secondsBetween(fresh.startTime, fresh.time) : 0;
    row.ratePerSecond = seconds > 0 ? fresh.count / seconds : Number.NaN;
    if (fresh.count > 0) row.newest = fresh;
    return true;
  }

  /** A point for which `isQuantile` holds. False when there is no room for another series or another column. */
  takeQuantile(resource: Resource, metric: Metric, point: NumberPoint): boolean {
    const { [QUANTILE]: quantile, [QUANTILE_ERROR]: error, ...attributes } = point.attributes;
    const column = Number(quantile);
    if (!this.#quantiles.has(column) && this.#quantiles.size >= MAX_QUANTILES) return false;
    const name = metric.name.slice(0, -QUANTILE_SUFFIX.length);
    const row = this.#row(resource, name, metric.unit, attributes);
    if (row === undefined) return false;
    this.#quantiles.add(column);
    row.quantiles.set(column, { value: point.value, error: typeof error === 'number' ? error : 0 });
    return true;
  }

  #row(resource: Resource, metric: string, unit: string, attributes: Attributes): LatencyRow | undefined {
    const key = seriesKey(resource, metric, attributes);
    const known = this.rows.get(key);
    if (known !== undefined) return known;
    if (!this.#budget.take()) return undefined;
    const row: LatencyRow = {
      metric,
      unit,
      label: seriesLabel(attributes),
      histogram: new HistogramSeries(),
      ratePerSecond: Number.NaN,
      newest: undefined,
      quantiles: new Map(),
    };
    this.rows.set(key, row);
    return row;
  }
}
