import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { downscale, mergeAllHistograms, mergeHistograms } from './merge-histogram.ts';
import type { ExponentialHistogramPoint } from './metric.ts';

const EMPTY: ExponentialHistogramPoint = {
  attributes: {},
  startTime: [1, 0],
  time: [2, 0],
  count: 0,
  sum: 0,
  scale: 3,
  zeroCount: 0,
  positive: { offset: 0, bucketCounts: [] },
};

function totalOf(point: ExponentialHistogramPoint): number {
  return point.zeroCount + point.positive.bucketCounts.reduce((sum, count) => sum + count, 0);
}

/** Sums and extremes are small integers, so that adding them is exact in any order. */
const points = fc
  .record({
    scale: fc.integer({ min: -3, max: 8 }),
    zeroCount: fc.integer({ min: 0, max: 5 }),
    offset: fc.integer({ min: -300, max: 300 }),
    bucketCounts: fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 30 }),
    range: fc.option(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 10, max: 20 }))),
    sum: fc.integer({ min: 0, max: 1000 }),
    start: fc.integer({ min: 0, max: 10 }),
    lengthNanos: fc.integer({ min: 0, max: 999_999_999 }),
  })
  .map((made): ExponentialHistogramPoint => {
    const positive = { offset: made.offset, bucketCounts: made.bucketCounts };
    const point = { ...EMPTY, scale: made.scale, zeroCount: made.zeroCount, positive };
    const count = totalOf(point);
    const range = count > 0 && made.range ? { min: made.range[0], max: made.range[1] } : {};
    const time = [made.start, made.lengthNanos] as const;
    return { ...point, ...range, count, sum: made.sum, startTime: [made.start, 0], time };
  });

describe('downscale', () => {
  it('joins neighbouring buckets, also below zero', () => {
    const point = { ...EMPTY, scale: 1, count: 7, positive: { offset: -3, bucketCounts: [1, 2, 4] } };
    assert.deepEqual(downscale(point, 0), {
      ...point,
      scale: 0,
      positive: { offset: -2, bucketCounts: [1, 6] },
    });
  });

  it('leaves a coarser point as it is', () => {
    assert.equal(downscale(EMPTY, 3), EMPTY);
    assert.equal(downscale(EMPTY, 5), EMPTY);
  });

  it('keeps every count, and takes the same way in one step as in two', () => {
    fc.assert(
      fc.property(points, fc.nat(4), fc.nat(4), (point, first, second) => {
        const once = downscale(point, point.scale - first - second);
        assert.equal(totalOf(once), totalOf(point));
        assert.deepEqual(downscale(downscale(point, point.scale - first), once.scale), once);
      }),
    );
  });

  it('keeps the counts on both sides of every bound that both grids have', () => {
    const upTo = ({ positive }: ExponentialHistogramPoint, index: number) =>
      positive.bucketCounts.reduce((sum, count, at) => sum + (positive.offset + at < index ? count : 0), 0);
    fc.assert(
      fc.property(
        points,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: -40, max: 40 }),
        (point, steps, bound) => {
          const coarse = downscale(point, point.scale - steps);
          assert.equal(upTo(coarse, bound), upTo(point, bound * 2 ** steps));
        },
      ),
    );
  });
});

describe('mergeHistograms', () => {
  it('adds bucket by bucket on the coarser scale', () => {
    const fine = {
      ...EMPTY,
      scale: 1,
      count: 3,
      sum: 3,
      min: 1,
      max: 2,
      positive: { offset: 0, bucketCounts: [1, 2] },
    };
    const coarse = {
      ...EMPTY,
      scale: 0,
      count: 6,
      sum: 9,
      min: 0,
      max: 4,
      zeroCount: 1,
      positive: { offset: 1, bucketCounts: [5] },
    };
    assert.deepEqual(mergeHistograms(fine, coarse), {
      ...EMPTY,
      scale: 0,
      count: 9,
      sum: 12,
      min: 0,
      max: 4,
      zeroCount: 1,
      positive: { offset: 0, bucketCounts: [3, 5] },
    });
  });

  it('knows no min or max when one side with values does not', () => {
    const known = { ...EMPTY, count: 1, min: 1, max: 1, positive: { offset: 0, bucketCounts: [1] } };
    const { min: _min, ...unknown } = known;
    const merged = mergeHistograms(known, unknown);
    assert.equal('min' in merged, false);
    assert.equal(merged.max, 1);
    assert.equal(mergeHistograms(known, EMPTY).min, 1);
  });

  it('loses no count', () => {
    fc.assert(
      fc.property(points, points, (a, b) => {
        const merged = mergeHistograms(a, b);
        assert.equal(totalOf(merged), totalOf(a) + totalOf(b));
        assert.equal(merged.count, a.count + b.count);
      }),
    );
  });

  it('does not depend on the order', () => {
    fc.assert(
      fc.property(points, points, points, (a, b, c) => {
        assert.deepEqual(
          withoutEmptyOffset(mergeHistograms(a, b)),
          withoutEmptyOffset(mergeHistograms(b, a)),
        );
        assert.deepEqual(
          withoutEmptyOffset(mergeHistograms(mergeHistograms(a, b), c)),
          withoutEmptyOffset(mergeHistograms(a, mergeHistograms(b, c))),
        );
      }),
    );
  });
});

/** Without buckets the offset says nothing. */
function withoutEmptyOffset(point: ExponentialHistogramPoint): ExponentialHistogramPoint {
  return point.positive.bucketCounts.length > 0
    ? point
    : { ...point, positive: { offset: 0, bucketCounts: [] } };
}

describe('mergeAllHistograms', () => {
  it('is what merging one by one is', () => {
    fc.assert(
      fc.property(fc.array(points, { minLength: 1, maxLength: 8 }), (many) => {
        const oneByOne = many.reduce(mergeHistograms);
        const all = mergeAllHistograms(many);
        assert.deepEqual({ ...all, positive: trimmed(all) }, { ...oneByOne, positive: trimmed(oneByOne) });
      }),
    );
  });
});

/** Without the empty buckets at both ends, which are no difference. */
function trimmed({ positive: { offset, bucketCounts } }: ExponentialHistogramPoint) {
  const first = bucketCounts.findIndex((count) => count > 0);
  if (first === -1) return { offset: 0, bucketCounts: [] };
  const last = bucketCounts.findLastIndex((count) => count > 0);
  return { offset: offset + first, bucketCounts: bucketCounts.slice(first, last + 1) };
}
