import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExponentialHistogramPoint, HistogramPoint } from '../../model/metric.ts';
import type { UnixTime } from '../../model/time.ts';
import { add, HistogramSeries } from './histogram-series.ts';

const OPENED: UnixTime = [100, 0];

function exponential(count: number, offset: number, bucketCounts: readonly number[], scale = 3) {
  const point: ExponentialHistogramPoint = {
    attributes: {},
    startTime: [50, 0],
    time: [101, 0],
    count,
    sum: count,
    scale,
    zeroCount: 0,
    positive: { offset, bucketCounts },
  };
  return point;
}

function explicit(bucketCounts: readonly number[], extremes: { min?: number; max?: number } = {}) {
  const count = bucketCounts.reduce((sum, each) => sum + each, 0);
  const point: HistogramPoint = {
    attributes: {},
    time: [101, 0],
    count,
    sum: count,
    explicitBounds: [1, 2],
    bucketCounts,
    ...extremes,
  };
  return point;
}

describe('HistogramSeries', () => {
  it('takes a delta as it is and adds it to the run', () => {
    const series = new HistogramSeries();
    const point = exponential(3, -8, [1, 2]);
    assert.equal(series.next(point, 'delta', OPENED), point);
    series.next(exponential(4, -7, [4]), 'delta', OPENED);
    assert.deepEqual((series.run as ExponentialHistogramPoint).positive, {
      offset: -8,
      bucketCounts: [1, 6],
    });
  });

  it('takes from a cumulative series only what came since the point before', () => {
    const series = new HistogramSeries();
    assert.equal(series.next(exponential(3, -8, [1, 2]), 'cumulative', OPENED).count, 0);
    const fresh = series.next(
      exponential(8, -9, [1, 1, 6]),
      'cumulative',
      OPENED,
    ) as ExponentialHistogramPoint;
    assert.equal(fresh.count, 5);
    assert.deepEqual(fresh.positive, { offset: -9, bucketCounts: [1, 0, 4] });
    assert.equal(series.run?.count, 5);
  });

  it('compares a cumulative series across a drop in scale', () => {
    const series = new HistogramSeries();
    series.next(exponential(3, -8, [1, 2]), 'cumulative', OPENED);
    const fresh = series.next(
      exponential(7, -4, [3, 4], 2),
      'cumulative',
      OPENED,
    ) as ExponentialHistogramPoint;
    assert.deepEqual(fresh.positive, { offset: -4, bucketCounts: [0, 4] });
  });

  it('counts the first point as a whole when the series began after the sink opened', () => {
    const series = new HistogramSeries();
    const young = { ...exponential(3, -8, [1, 2]), startTime: [100, 5] as const };
    assert.equal(series.next(young, 'cumulative', OPENED).count, 3);
  });

  it('counts everything in a point whose count fell: the series began again', () => {
    const series = new HistogramSeries();
    series.next(explicit([5, 5, 0]), 'cumulative', OPENED);
    assert.deepEqual(series.next(explicit([1, 0, 1]), 'cumulative', OPENED), explicit([1, 0, 1]));
  });

  it('does not claim extremes that it cannot know', () => {
    const series = new HistogramSeries();
    series.next(explicit([1, 1, 0], { min: 0.5, max: 1.5 }), 'cumulative', OPENED);
    const fresh = series.next(explicit([1, 2, 0], { min: 0.5, max: 1.5 }), 'cumulative', OPENED);
    assert.deepEqual([fresh.count, fresh.min, fresh.max], [1, undefined, undefined]);
  });
});

describe('add', () => {
  it('adds explicit histograms bucket by bucket and joins their extremes', () => {
    const sum = add(explicit([1, 0, 2], { min: 0.5, max: 9 }), explicit([0, 3, 1], { min: 1.5, max: 7 }));
    assert.deepEqual(sum, { ...explicit([1, 3, 3]), min: 0.5, max: 9 });
  });

  it('keeps the newer one of two that have different shapes', () => {
    const other = exponential(1, 0, [1]);
    assert.equal(add(explicit([1, 0, 0]), other), other);
  });
});
