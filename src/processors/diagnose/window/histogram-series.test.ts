import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExponentialHistogramPoint, HistogramPoint } from '../../../model/metric.ts';
import { HistogramSeries } from './histogram-series.ts';

function explicit(second: number, bucketCounts: readonly number[], bounds = [1, 2]): HistogramPoint {
  const count = bucketCounts.reduce((sum, each) => sum + each, 0);
  return { attributes: {}, time: [second, 0], count, sum: count, explicitBounds: bounds, bucketCounts };
}

function exponential(second: number, bucketCounts: readonly number[], offset = 0): ExponentialHistogramPoint {
  const count = bucketCounts.reduce((sum, each) => sum + each, 0);
  const positive = { offset, bucketCounts };
  return { attributes: {}, time: [second, 0], count, sum: count, scale: 3, zeroCount: 0, positive };
}

describe('HistogramSeries', () => {
  it('merges the deltas of the window, and no older ones', () => {
    const series = new HistogramSeries(60);
    for (let second = 0; second <= 100; second++) series.add(exponential(second, [1, 2]), 'delta');
    const merged = series.mergedSince(40) as ExponentialHistogramPoint;
    assert.equal(merged.count, 180);
    assert.deepEqual(merged.positive.bucketCounts, [60, 120]);
  });

  it('takes the growth of cumulative ones, and their first point as the past', () => {
    const series = new HistogramSeries(60);
    series.add(explicit(0, [5, 5, 0]), 'cumulative');
    assert.equal(series.mergedSince(-60), undefined);
    series.add(explicit(10, [6, 9, 1]), 'cumulative');
    series.add(explicit(20, [6, 9, 4]), 'cumulative');
    assert.deepEqual((series.mergedSince(-40) as HistogramPoint).bucketCounts, [1, 4, 4]);
  });

  it('takes the growth of cumulative exponential ones whose first bucket moved', () => {
    const series = new HistogramSeries(60);
    series.add(exponential(0, [5, 5], 2), 'cumulative');
    series.add(exponential(10, [3, 5, 6], 1), 'cumulative');
    const { positive } = series.mergedSince(-50) as ExponentialHistogramPoint;
    assert.deepEqual(positive, { offset: 1, bucketCounts: [3, 0, 1] });
  });

  it('takes all of one that began anew', () => {
    const series = new HistogramSeries(60);
    series.add(explicit(0, [50, 50, 0]), 'cumulative');
    series.add(explicit(10, [1, 2, 3]), 'cumulative');
    assert.deepEqual((series.mergedSince(-50) as HistogramPoint).bucketCounts, [1, 2, 3]);
  });

  it('goes on with the new bounds where they were changed', () => {
    const series = new HistogramSeries(60);
    series.add(explicit(0, [1, 1, 1]), 'delta');
    series.add(explicit(10, [2, 2, 2], [3, 4]), 'delta');
    assert.deepEqual((series.mergedSince(-50) as HistogramPoint).explicitBounds, [3, 4]);
  });
});
