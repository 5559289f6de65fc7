import type { Attributes } from '../../../model/attributes.ts';
import { QUANTILE } from '../../../model/common-attributes.ts';
import type { GaugeSpec, SumSpec } from '../../../model/emits.ts';
import type { NumberPoint } from '../../../model/metric.ts';
import { secondsBetween, type UnixTime, unixTimeFromMillis } from '../../../model/time.ts';
import type { Stat } from './document.ts';
import type { Figure } from './figures.ts';

type HistogramFigure = Extract<Figure, { readonly kind: 'histogram' }>;

/** `p9990` is the 99.90th percentile. */
const QUANTILES = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p95', 0.95],
  ['p99', 0.99],
  ['p9990', 0.999],
  ['p9999', 0.9999],
] as const;

/** Count and sum of a histogram over all windows that were read: the windows themselves begin at 0 each minute. */
export class WindowSums {
  readonly #windowSeconds: number;
  #startTime: UnixTime | undefined;
  count = 0;
  sum = 0;

  constructor(windowSeconds: number) {
    this.#windowSeconds = windowSeconds;
  }

  add({ count, sum }: Stat): void {
    this.count += count;
    this.sum += sum ?? 0;
  }

  /** What the first window recorded, it recorded within one window's length before it was read. */
  startTime(time: UnixTime): UnixTime {
    const isSetBack = this.#startTime && secondsBetween(this.#startTime, time) < 0;
    if (!this.#startTime || isSetBack) {
      this.#startTime = unixTimeFromMillis(Math.max(0, (time[0] - this.#windowSeconds) * 1000));
    }
    return this.#startTime;
  }
}

interface WindowMetric {
  readonly metric: GaugeSpec | SumSpec;
  readonly point: NumberPoint;
}

/** One window of one histogram. One in which nothing was recorded has a count only. */
export function windowMetrics(
  { metrics: of, divisor }: HistogramFigure,
  stat: Stat,
  attributes: Attributes,
  sums: WindowSums,
  time: UnixTime,
): readonly WindowMetric[] {
  sums.add(stat);
  const startTime = sums.startTime(time);
  const metrics: WindowMetric[] = [
    { metric: of.count, point: { attributes, startTime, time, value: sums.count } },
    { metric: of.sum, point: { attributes, startTime, time, value: sums.sum / divisor } },
  ];
  const addGauge = (metric: GaugeSpec, value: number | undefined, more: Attributes = {}) => {
    if (value === undefined) return;
    metrics.push({ metric, point: { attributes: { ...attributes, ...more }, time, value: value / divisor } });
  };
  for (const [key, quantile] of QUANTILES) addGauge(of.quantile, stat[key], { [QUANTILE.name]: quantile });
  addGauge(of.min, stat.min);
  addGauge(of.max, stat.max);
  addGauge(of.mean, stat.avg);
  return metrics;
}
