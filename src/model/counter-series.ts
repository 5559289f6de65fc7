import type { Attributes } from './attributes.ts';
import type { NumberPoint } from './metric.ts';
import { secondsBetween, type UnixTime } from './time.ts';

const U32_RANGE = 2 ** 32;

/**
 * One cumulative counter of the kernel over time. Nobody says when the kernel's counter began, so its start time is
 * the first time it was seen (OpenTelemetry metrics data model, "cumulative streams: handling unknown start time").
 *
 * A value below the previous one is a reset, and the new start is the time of the previous value, because all of
 * the new value came after it. The exception is a counter of 32 bits that was in the upper half of its range:
 * it has wrapped. Worked example: 4294967290 then 5 is 11 more, so the point says 4294967301.
 */
export class CounterSeries {
  readonly #attributes: Attributes;
  readonly #wraps: boolean;
  #startTime: UnixTime | undefined;
  #previous = 0;
  #previousTime: UnixTime = [0, 0];
  #wrapped = 0;

  constructor(attributes: Attributes, bits: 32 | 64 = 64) {
    this.#attributes = attributes;
    this.#wraps = bits === 32;
  }

  /** `divisor` turns the kernel's unit into the metric's: 1e6 for microseconds in a metric of seconds. */
  point(raw: number, time: UnixTime, divisor = 1): NumberPoint {
    if (!this.#startTime || secondsBetween(this.#startTime, time) < 0) {
      // First seen, or the wall clock was set back to before the start.
      this.#startTime = time;
    } else if (raw < this.#previous) {
      if (this.#wraps && this.#previous > U32_RANGE / 2) {
        this.#wrapped += U32_RANGE;
      } else {
        this.#startTime = this.#previousTime;
        this.#wrapped = 0;
      }
    }
    this.#previous = raw;
    this.#previousTime = time;
    const value = (raw + this.#wrapped) / divisor;
    return { attributes: this.#attributes, startTime: this.#startTime, time, value };
  }
}
