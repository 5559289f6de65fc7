import type { ComponentContext } from '../../component.ts';
import type { Attributes } from '../../model/attributes.ts';
import type { MetricBatch } from '../../model/batch.ts';
import { type GaugeSpec, metricOf, type SumSpec } from '../../model/emits.ts';
import type { NumberPoint } from '../../model/metric.ts';
import type { UnixTime } from '../../model/time.ts';

/** Points of many metrics as they come, and one batch of them in the end. */
export class PointList {
  readonly #context: ComponentContext;
  #points = new Map<GaugeSpec | SumSpec, NumberPoint[]>();

  constructor(context: ComponentContext) {
    this.#context = context;
  }

  gauge(metric: GaugeSpec, attributes: Attributes, time: UnixTime, value: number): void {
    this.#push(metric, { attributes, time, value });
  }

  sum(metric: SumSpec, point: NumberPoint): void {
    this.#push(metric, point);
  }

  /** What was gathered, which begins anew. */
  take(): readonly MetricBatch[] {
    const metrics = [...this.#points].map(([metric, points]) => metricOf(metric, points));
    this.forget();
    const { resource, scope } = this.#context;
    return metrics.length === 0 ? [] : [{ kind: 'metrics', resource, scope, metrics }];
  }

  forget(): void {
    this.#points = new Map();
  }

  #push(metric: GaugeSpec | SumSpec, point: NumberPoint): void {
    const points = this.#points.get(metric);
    if (points === undefined) this.#points.set(metric, [point]);
    else points.push(point);
  }
}
