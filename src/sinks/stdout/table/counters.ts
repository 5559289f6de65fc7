import type { Resource } from '../../../model/attributes.ts';
import type { GaugeMetric, NumberPoint, SumMetric } from '../../../model/metric.ts';
import { secondsBetween, type UnixTime } from '../../../model/time.ts';
import { beganAfter } from '../began-after.ts';
import { seriesKey, seriesLabel } from '../series.ts';
import type { SeriesBudget } from './series-budget.ts';

/** One series of a sum or a gauge. */
export interface CounterRow {
  readonly metric: string;
  readonly unit: string;
  readonly label: string;
  /** A level has a value now (a gauge, an UpDownCounter); a counter has a rate, and what it counted so far. */
  readonly isLevel: boolean;
  /** Of the newest interval; `NaN` for a level and as long as the length of the interval is unknown. */
  ratePerSecond: number;
  /** Of a level its value; of a counter what it counted since the sink opened. */
  value: number;
  /** From when on `value` counts. */
  since: UnixTime;
  newest: NumberPoint;
}

/** Every sum and gauge series seen so far, in the order of arrival. */
export class CounterState {
  readonly rows = new Map<string, CounterRow>();
  readonly #budget: SeriesBudget;
  readonly #openedAt: UnixTime;

  constructor(budget: SeriesBudget, openedAt: UnixTime) {
    this.#budget = budget;
    this.#openedAt = openedAt;
  }

  /** False when there is no room for another series. */
  take(resource: Resource, metric: SumMetric | GaugeMetric, point: NumberPoint): boolean {
    const key = seriesKey(resource, metric.name, point.attributes);
    const known = this.rows.get(key);
    if (known === undefined && !this.#budget.take()) return false;
    const row = known ?? newRow(metric, point);
    if (known === undefined) this.rows.set(key, row);
    if (row.isLevel) takeLevel(row, metric, point);
    else this.#count(row, metric, point, known?.newest);
    row.newest = point;
    return true;
  }

  #count(
    row: CounterRow,
    metric: SumMetric | GaugeMetric,
    point: NumberPoint,
    previous: NumberPoint | undefined,
  ): void {
    const isDelta = metric.kind === 'sum' && metric.temporality === 'delta';
    const from = isDelta ? (point.startTime ?? previous?.time) : (previous?.time ?? this.#startWithin(point));
    const increase = isDelta ? point.value : increaseOf(point, previous, from !== undefined);
    const seconds = from === undefined ? 0 : secondsBetween(from, point.time);
    if (previous === undefined) row.since = from ?? point.time;
    row.value += increase;
    row.ratePerSecond = seconds > 0 ? increase / seconds : Number.NaN;
  }

  /** A cumulative series that began after the sink opened has no past before this run. */
  #startWithin(point: NumberPoint): UnixTime | undefined {
    return beganAfter(point, this.#openedAt) ? point.startTime : undefined;
  }
}

/** Per second over everything that `value` counts; `NaN` for a level. */
export function averageRate({ isLevel, value, since, newest }: CounterRow): number {
  const seconds = secondsBetween(since, newest.time);
  return isLevel || seconds <= 0 ? Number.NaN : value / seconds;
}

/** What a cumulative counter gained. A value that fell says that the counter began again at zero. */
function increaseOf(point: NumberPoint, previous: NumberPoint | undefined, isWithinRun: boolean): number {
  if (previous === undefined) return isWithinRun ? point.value : 0;
  return point.value >= previous.value ? point.value - previous.value : point.value;
}

function takeLevel(row: CounterRow, metric: SumMetric | GaugeMetric, point: NumberPoint): void {
  const isChange = metric.kind === 'sum' && metric.temporality === 'delta';
  row.value = isChange ? row.value + point.value : point.value;
}

function newRow(metric: SumMetric | GaugeMetric, newest: NumberPoint): CounterRow {
  return {
    metric: metric.name,
    unit: metric.unit,
    label: seriesLabel(newest.attributes),
    isLevel: metric.kind === 'gauge' || !metric.monotonic,
    ratePerSecond: Number.NaN,
    value: 0,
    since: newest.time,
    newest,
  };
}
