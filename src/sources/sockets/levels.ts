import type { Attributes } from '../../model/attributes.ts';
import { type GaugeSpec, metricOf } from '../../model/emits.ts';
import type { Metric, NumberPoint } from '../../model/metric.ts';
import type { UnixTime } from '../../model/time.ts';

interface Series {
  readonly metric: GaugeSpec;
  readonly attributes: Attributes;
}

/**
 * Gauges of one look at the sockets after another. What a look no longer finds (a port without connections, a peer
 * that is not among the largest any more) would go on showing its last value, so it gets one zero and is forgotten.
 */
export class Levels {
  #before = new Map<string, Series>();
  #now = new Map<string, Series>();
  #points = new Map<GaugeSpec, NumberPoint[]>();

  add(metric: GaugeSpec, attributes: Attributes, time: UnixTime, value: number): void {
    this.#now.set(keyOf(metric, attributes), { metric, attributes });
    this.#push(metric, { attributes, time, value });
  }

  /** Ends the look. */
  take(time: UnixTime): Metric[] {
    for (const [key, { metric, attributes }] of this.#before) {
      if (!this.#now.has(key)) this.#push(metric, { attributes, time, value: 0 });
    }
    const metrics = [...this.#points].map(([metric, points]) => metricOf(metric, points));
    this.#before = this.#now;
    this.#now = new Map();
    this.#points = new Map();
    return metrics;
  }

  /** Breaks the look off: what it has found so far is not told. */
  forgetLook(): void {
    this.#now = new Map();
    this.#points = new Map();
  }

  #push(metric: GaugeSpec, point: NumberPoint): void {
    const points = this.#points.get(metric);
    if (points === undefined) this.#points.set(metric, [point]);
    else points.push(point);
  }
}

/** A source gives the same attributes in the same order every time. */
function keyOf({ name }: GaugeSpec, attributes: Attributes): string {
  return `${name} ${Object.values(attributes).join(' ')}`;
}
