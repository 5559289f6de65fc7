import type { ComponentContext } from '../../component.ts';
import type { Attributes } from '../../model/attributes.ts';
import type { MetricBatch } from '../../model/batch.ts';
import type { Metric, NumberPoint } from '../../model/metric.ts';
import { gaugeOf, type MetricName, sumOf } from '../../model/metric-of.ts';
import type { UnixTime } from '../../model/time.ts';

/** Points of many metrics as they come, and one batch of them in the end. */
export class PointList {
  readonly #context: ComponentContext;
  #gauges = new Map<MetricName, NumberPoint[]>();
  #sums = new Map<MetricName, NumberPoint[]>();

  constructor(context: ComponentContext) {
    this.#context = context;
  }

  gauge(metric: MetricName, attributes: Attributes, time: UnixTime, value: number): void {
    push(this.#gauges, metric, { attributes, time, value });
  }

  sum(metric: MetricName, point: NumberPoint): void {
    push(this.#sums, metric, point);
  }

  /** What was gathered, which begins anew. */
  take(): readonly MetricBatch[] {
    const metrics: Metric[] = [
      ...[...this.#gauges].map(([metric, points]) => gaugeOf(metric, points)),
      ...[...this.#sums].map(([metric, points]) => sumOf(metric, points)),
    ];
    this.forget();
    const { resource, scope } = this.#context;
    return metrics.length === 0 ? [] : [{ kind: 'metrics', resource, scope, metrics }];
  }

  forget(): void {
    this.#gauges = new Map();
    this.#sums = new Map();
  }
}

function push(map: Map<MetricName, NumberPoint[]>, metric: MetricName, point: NumberPoint): void {
  const points = map.get(metric);
  if (points === undefined) map.set(metric, [point]);
  else points.push(point);
}
