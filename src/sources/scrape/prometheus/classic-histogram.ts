import type { Attributes } from '../../../model/attributes.ts';
import type { HistogramPoint } from '../../../model/metric.ts';
import type { UnixTime } from '../../../model/time.ts';
import { StartedCounter } from '../started-counter.ts';

/**
 * One series of a classic histogram: cumulative buckets, a count and a sum that come as lines of their own, in any
 * order, and become one point.
 *
 * Worked example: `le="1"` 4, `le="2"` 9, `le="+Inf"` 10 are bounds [1, 2] and bucket counts [4, 5, 1].
 */
export class ClassicHistogram {
  readonly attributes: Attributes;
  readonly #count: StartedCounter;
  #buckets: { readonly bound: number; readonly cumulative: number }[] = [];
  #said: { count?: number; sum?: number } = {};

  constructor(attributes: Attributes) {
    this.attributes = attributes;
    this.#count = new StartedCounter(attributes);
  }

  addBucket(bound: number, cumulative: number): void {
    this.#buckets.push({ bound, cumulative });
  }

  addCount(value: number): void {
    this.#said.count = value;
  }

  addSum(value: number): void {
    this.#said.sum = value;
  }

  /** The point of what was added since the last time; `undefined` when it does not add up to a histogram. */
  take(time: UnixTime, saidStart: UnixTime | undefined): HistogramPoint | undefined {
    const buckets = this.#buckets;
    const { count, sum } = this.#said;
    this.#buckets = [];
    this.#said = {};
    if (!buckets.every(({ bound }, index) => index === 0 || buckets[index - 1].bound < bound)) {
      buckets.sort((a, b) => a.bound - b.bound);
    }
    const explicitBounds: number[] = [];
    const bucketCounts: number[] = [];
    let below = 0;
    let total = count;
    for (const { bound, cumulative } of buckets) {
      if (!isCount(cumulative) || cumulative < below || Number.isNaN(bound)) return undefined;
      if (bound === explicitBounds.at(-1)) return undefined;
      if (bound === Number.POSITIVE_INFINITY) {
        total = cumulative;
        continue;
      }
      explicitBounds.push(bound);
      bucketCounts.push(cumulative - below);
      below = cumulative;
    }
    // Without a bucket for everything the count has to say how many there are.
    if (total === undefined || !isCount(total) || total < below) return undefined;
    bucketCounts.push(total - below);
    const { startTime } = this.#count.point(total, time, saidStart);
    return {
      attributes: this.attributes,
      ...(startTime && { startTime }),
      time,
      count: total,
      sum: sum ?? Number.NaN,
      explicitBounds,
      bucketCounts,
    };
  }
}

/** Counts above 2^53 are inexact, and still counts. */
function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}
