import type { Attributes } from '../../model/attributes.ts';
import { CounterSeries } from '../../model/counter-series.ts';
import type { NumberPoint } from '../../model/metric.ts';
import { secondsBetween, type UnixTime } from '../../model/time.ts';

/**
 * A cumulative counter of another process, which may say when it began. Its word holds unless the counter fell
 * since: then the later of the two starts is right. A start in the future is a clock that differs, and is not used.
 */
export class StartedCounter {
  readonly #series: CounterSeries;
  #previous = Number.NEGATIVE_INFINITY;
  /** When the counter last fell: its start according to what was seen. */
  #fallenSince: UnixTime | undefined;

  constructor(attributes: Attributes) {
    this.#series = new CounterSeries(attributes);
  }

  point(value: number, time: UnixTime, saidStart?: UnixTime, divisor = 1): NumberPoint {
    const point = this.#series.point(value, time, divisor);
    if (value < this.#previous) this.#fallenSince = point.startTime;
    this.#previous = value;
    if (!saidStart || secondsBetween(saidStart, time) < 0) return point;
    const isOutdated = this.#fallenSince && secondsBetween(saidStart, this.#fallenSince) > 0;
    return isOutdated ? point : { ...point, startTime: saidStart };
  }
}
