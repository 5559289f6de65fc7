import type { ExponentialHistogramPoint, HistogramPoint } from './metric.ts';

/** One quantile of a histogram, with how far it can be from the truth. */
export interface QuantileEstimate {
  readonly quantile: number;
  /** In the unit of the histogram. */
  readonly value: number;
  /**
   * |value − true value| / |true value| is at most this. `0`: exact. `Infinity`: the histogram sets no limit, as
   * in the last bucket of an explicit histogram without `max`, where `value` is then the bucket's known end.
   */
  readonly relativeError: number;
}

/** `(lower, upper]`, or the exact value where both are equal. Ends may be infinite. */
export interface Bucket {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

/**
 * The quantiles (each 0 to 1, in any order) by the nearest-rank definition: the smallest recorded value that has
 * at least `quantile · count` values at or below it, so that quantile 0.5 of 10 values is the 5th smallest.
 *
 * Which bucket holds that value is certain; where in the bucket is not, so the estimate is the point whose
 * relative error is the same to both ends: 2ab/(a+b) for the bucket (a, b], off by at most (b−a)/(b+a). In an
 * exponential histogram that is (base−1)/(base+1): 4.33 % at scale 3, 2.17 % at scale 4. `min` and `max` narrow
 * the first and the last occupied bucket. A histogram without values has no quantiles: the list is empty.
 */
export function quantilesOf(
  point: ExponentialHistogramPoint | HistogramPoint,
  quantiles: readonly number[],
): readonly QuantileEstimate[] {
  const occupied = bucketsOf(point);
  if (occupied.length === 0) return [];
  const buckets = narrowed(occupied, point.min, point.max);
  const count = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  return quantiles.map((quantile) => {
    const rank = nearestRank(quantile, count);
    const [value, relativeError] = estimate(buckets, rank, count, point);
    return { quantile, value, relativeError };
  });
}

/** The buckets that hold something, in ascending order. */
export function bucketsOf(point: ExponentialHistogramPoint | HistogramPoint): Bucket[] {
  return 'scale' in point ? exponentialBuckets(point) : explicitBuckets(point);
}

/** The largest error of any quantile of an exponential histogram: (base−1)/(base+1) with base = 2^(2^−scale). */
export function exponentialRelativeError(scale: number): number {
  // tanh(ln(base)/2) is the same, and does not overflow where base does.
  return Math.tanh((Math.LN2 * 2 ** -scale) / 2);
}

/** 1 to `count`. The tolerance keeps rounding from adding a rank: 0.07 · 100 is 7.000000000000001 in doubles. */
function nearestRank(quantile: number, count: number): number {
  const rank = Math.ceil(quantile * count * (1 - 2 * Number.EPSILON));
  return Math.min(Math.max(rank, 1), count);
}

function estimate(
  buckets: readonly Bucket[],
  rank: number,
  count: number,
  { min, max }: { readonly min?: number; readonly max?: number },
): readonly [value: number, relativeError: number] {
  if (rank === 1 && min !== undefined) return [buckets[0].lower, 0];
  if (rank === count && max !== undefined) return [buckets[buckets.length - 1].upper, 0];
  let seen = 0;
  for (const bucket of buckets) {
    seen += bucket.count;
    if (seen >= rank) return middleOf(bucket);
  }
  return middleOf(buckets[buckets.length - 1]);
}

function middleOf({ lower, upper }: Bucket): readonly [value: number, relativeError: number] {
  if (lower === upper) return [lower, 0];
  if (upper === Number.POSITIVE_INFINITY) return [lower, Number.POSITIVE_INFINITY];
  // Around zero no point is within a fixed factor of all others.
  if (lower <= 0 && upper >= 0) return [upper, Number.POSITIVE_INFINITY];
  if (lower === Number.NEGATIVE_INFINITY) return [upper, Number.POSITIVE_INFINITY];
  return [(2 * lower) / (1 + lower / upper), (upper - lower) / Math.abs(upper + lower)];
}

/**
 * The smallest value is in the first occupied bucket and the largest in the last, so `min` and `max` are ends of
 * those. Rounding can put them a hair outside their bucket, hence the clamp.
 */
function narrowed(buckets: readonly Bucket[], min: number | undefined, max: number | undefined): Bucket[] {
  const result = [...buckets];
  const first = result[0];
  if (min !== undefined) result[0] = { ...first, lower: clamp(min, first) };
  const last = result[result.length - 1];
  if (max !== undefined) result[result.length - 1] = { ...last, upper: clamp(max, last) };
  return result;
}

function clamp(value: number, { lower, upper }: Bucket): number {
  return Math.min(Math.max(value, lower), upper);
}

function exponentialBuckets(point: ExponentialHistogramPoint): Bucket[] {
  const { offset, bucketCounts } = point.positive;
  const octavesPerBucket = 2 ** -point.scale;
  const buckets: Bucket[] = [];
  if (point.zeroCount > 0) buckets.push({ lower: 0, upper: 0, count: point.zeroCount });
  bucketCounts.forEach((count, position) => {
    if (count === 0) return;
    const index = offset + position;
    buckets.push({
      lower: 2 ** (index * octavesPerBucket),
      upper: 2 ** ((index + 1) * octavesPerBucket),
      count,
    });
  });
  return buckets;
}

function explicitBuckets({ explicitBounds, bucketCounts }: HistogramPoint): Bucket[] {
  const buckets: Bucket[] = [];
  bucketCounts.forEach((count, position) => {
    if (count === 0) return;
    const lower = explicitBounds[position - 1] ?? Number.NEGATIVE_INFINITY;
    const upper = explicitBounds[position] ?? Number.POSITIVE_INFINITY;
    buckets.push({ lower, upper, count });
  });
  return buckets;
}
