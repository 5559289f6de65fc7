import { downscale, mergeHistograms } from '../../model/merge-histogram.ts';
import type {
  ExponentialHistogramMetric,
  ExponentialHistogramPoint,
  HistogramMetric,
  HistogramPoint,
  Temporality,
} from '../../model/metric.ts';
import type { UnixTime } from '../../model/time.ts';
import { beganAfter } from './began-after.ts';

export type AnyHistogramMetric = HistogramMetric | ExponentialHistogramMetric;
export type AnyHistogramPoint = HistogramPoint | ExponentialHistogramPoint;

/** What one histogram series has said, whether it speaks in deltas or in totals. */
export class HistogramSeries {
  /** Everything since the sink opened; of a cumulative series, since its first point. */
  run: AnyHistogramPoint | undefined;
  #previous: AnyHistogramPoint | undefined;

  /**
   * Takes the next point and returns what is new in it. `openedAt` says whether the first point of a cumulative
   * series began after the sink opened and so is new as a whole, or has a past that is none of this run.
   */
  next(point: AnyHistogramPoint, temporality: Temporality, openedAt: UnixTime): AnyHistogramPoint {
    const fresh = temporality === 'delta' ? point : this.#sincePrevious(point, openedAt);
    this.run = this.run === undefined ? fresh : add(this.run, fresh);
    return fresh;
  }

  #sincePrevious(point: AnyHistogramPoint, openedAt: UnixTime): AnyHistogramPoint {
    const previous = this.#previous;
    this.#previous = point;
    if (previous !== undefined) return subtract(point, previous);
    return beganAfter(point, openedAt) ? point : subtract(point, point);
  }
}

/** Both counted together. Histograms of different shape cannot be, then the newer one stands for itself. */
export function add(before: AnyHistogramPoint, after: AnyHistogramPoint): AnyHistogramPoint {
  if ('scale' in before) return 'scale' in after ? mergeHistograms(before, after) : after;
  if ('scale' in after || !haveSameBounds(before, after)) return after;
  if (before.count === 0) return after;
  if (after.count === 0) return before;
  const { min, max, ...rest } = after;
  return {
    ...rest,
    ...(before.startTime && { startTime: before.startTime }),
    count: before.count + after.count,
    sum: before.sum + after.sum,
    ...(min !== undefined && before.min !== undefined && { min: Math.min(min, before.min) }),
    ...(max !== undefined && before.max !== undefined && { max: Math.max(max, before.max) }),
    bucketCounts: after.bucketCounts.map((count, index) => count + before.bucketCounts[index]),
  };
}

/**
 * What a cumulative series counted between two points. A count that fell says that the series began again, so
 * everything in the newer point is new. Extremes of the stretch between are unknown, hence no `min` and `max`.
 */
function subtract(after: AnyHistogramPoint, before: AnyHistogramPoint): AnyHistogramPoint {
  if (after.count < before.count) return after;
  const { min: _min, max: _max, ...rest } = after;
  const head = { startTime: before.time, count: after.count - before.count, sum: after.sum - before.sum };
  if ('scale' in rest)
    return 'scale' in before ? { ...rest, ...head, ...exponentialPart(rest, before) } : after;
  if ('scale' in before || !haveSameBounds(rest, before)) return after;
  const bucketCounts = rest.bucketCounts.map((count, index) => count - before.bucketCounts[index]);
  return { ...rest, ...head, bucketCounts };
}

/** A cumulative series lowers its scale when its range grows, so the older point may be the finer one. */
function exponentialPart(
  after: ExponentialHistogramPoint,
  before: ExponentialHistogramPoint,
): Pick<ExponentialHistogramPoint, 'zeroCount' | 'positive'> {
  const earlier = downscale(before, after.scale).positive;
  const { offset, bucketCounts } = after.positive;
  const shift = offset - earlier.offset;
  return {
    zeroCount: after.zeroCount - before.zeroCount,
    positive: {
      offset,
      bucketCounts: bucketCounts.map((count, index) => count - (earlier.bucketCounts[index + shift] ?? 0)),
    },
  };
}

function haveSameBounds(a: HistogramPoint, b: HistogramPoint): boolean {
  return (
    a.explicitBounds.length === b.explicitBounds.length &&
    a.explicitBounds.every((bound, index) => bound === b.explicitBounds[index])
  );
}
