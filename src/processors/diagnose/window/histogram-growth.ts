import { downscale } from '../../../model/merge-histogram.ts';
import type { ExponentialHistogramPoint, HistogramPoint } from '../../../model/metric.ts';

type AnyHistogramPoint = ExponentialHistogramPoint | HistogramPoint;

/**
 * What a cumulative histogram recorded between two readings; all of the newer one after a reset (a count below the one
 * before, or other bounds). Min and max are of the whole past, so they are left out.
 */
export function histogramGrowth(before: AnyHistogramPoint, after: AnyHistogramPoint): AnyHistogramPoint {
  if (after.count < before.count || 'scale' in after !== 'scale' in before) return withoutExtremes(after);
  if ('scale' in after && 'scale' in before) return exponentialGrowth(before, after);
  return explicitGrowth(before as HistogramPoint, after as HistogramPoint);
}

function explicitGrowth(before: HistogramPoint, after: HistogramPoint): HistogramPoint {
  const isSame = after.bucketCounts.length === before.bucketCounts.length;
  const bucketCounts = after.bucketCounts.map((count, index) => count - (before.bucketCounts[index] ?? 0));
  if (!isSame || bucketCounts.some((count) => count < 0)) return withoutExtremes(after);
  return {
    ...withoutExtremes(after),
    count: after.count - before.count,
    sum: after.sum - before.sum,
    bucketCounts,
  };
}

function exponentialGrowth(
  before: ExponentialHistogramPoint,
  after: ExponentialHistogramPoint,
): ExponentialHistogramPoint {
  const scale = Math.min(before.scale, after.scale);
  const [older, newer] = [downscale(before, scale), downscale(after, scale)];
  const shift = newer.positive.offset - older.positive.offset;
  const bucketCounts = newer.positive.bucketCounts.map(
    (count, index) => count - (older.positive.bucketCounts[index + shift] ?? 0),
  );
  if (bucketCounts.some((count) => count < 0)) return withoutExtremes(after);
  return {
    ...withoutExtremes(newer),
    count: after.count - before.count,
    sum: after.sum - before.sum,
    zeroCount: Math.max(0, newer.zeroCount - older.zeroCount),
    positive: { offset: newer.positive.offset, bucketCounts },
  };
}

function withoutExtremes<P extends AnyHistogramPoint>(point: P): P {
  const { min: _min, max: _max, ...rest } = point;
  return rest as P;
}
