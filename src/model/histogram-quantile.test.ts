import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { exponentialRelativeError, quantilesOf } from './histogram-quantile.ts';
import type { ExponentialHistogramPoint, HistogramPoint } from './metric.ts';

const QUANTILES = [0, 0.01, 0.07, 0.25, 0.5, 0.9, 0.99, 0.999, 1];

function exponentialOf(
  values: readonly number[],
  scale: number,
  withRange: boolean,
): ExponentialHistogramPoint {
  const positive = values.filter((value) => value > 0);
  const indexes = positive.map((value) => bucketIndexOf(value, scale));
  const offset = indexes.length === 0 ? 0 : Math.min(...indexes);
  const bucketCounts = new Array<number>(indexes.length === 0 ? 0 : Math.max(...indexes) - offset + 1).fill(
    0,
  );
  for (const index of indexes) bucketCounts[index - offset]++;
  return {
    attributes: {},
    time: [1, 0],
    count: values.length,
    sum: values.reduce((sum, value) => sum + value, 0),
    ...(withRange && values.length > 0 && { min: Math.min(...values), max: Math.max(...values) }),
    scale,
    zeroCount: values.length - positive.length,
    positive: { offset, bucketCounts },
  };
}

/** The bucket by comparison with its very bounds, so that a logarithm's rounding cannot hide an error. */
function bucketIndexOf(value: number, scale: number): number {
  let index = Math.ceil(Math.log2(value) * 2 ** scale) - 1;
  while (value <= 2 ** (index * 2 ** -scale)) index--;
  while (value > 2 ** ((index + 1) * 2 ** -scale)) index++;
  return index;
}

function explicitOf(
  values: readonly number[],
  bounds: readonly number[],
  withRange: boolean,
): HistogramPoint {
  const bucketCounts = new Array<number>(bounds.length + 1).fill(0);
  for (const value of values) {
    const position = bounds.findIndex((bound) => value <= bound);
    bucketCounts[position === -1 ? bounds.length : position]++;
  }
  return {
    attributes: {},
    time: [1, 0],
    count: values.length,
    sum: values.reduce((sum, value) => sum + value, 0),
    ...(withRange && values.length > 0 && { min: Math.min(...values), max: Math.max(...values) }),
    explicitBounds: bounds,
    bucketCounts,
  };
}

function exactQuantile(values: readonly number[], quantile: number): number {
  const ascending = [...values].sort((x, y) => x - y);
  let rank = 1;
  while (rank < ascending.length && rank / ascending.length < quantile) rank++;
  return ascending[rank - 1];
}

/** Box–Muller from two uniform numbers: 1 ms in the middle, a factor e^1.5 per standard deviation. */
const logNormalSeconds = fc
  .tuple(fc.double({ min: 1e-9, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([u, v]) => 1e-3 * Math.exp(1.5 * Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v)));
const bimodalSeconds = fc.oneof(
  fc.double({ min: 8e-6, max: 16e-6, noNaN: true }),
  fc.double({ min: 0.1, max: 0.2, noNaN: true }),
);
const samples = fc.oneof(
  fc.array(logNormalSeconds, { minLength: 1, maxLength: 200, size: 'max' }),
  fc.array(bimodalSeconds, { minLength: 1, maxLength: 200, size: 'max' }),
  fc.array(fc.oneof(fc.constant(0), logNormalSeconds), { minLength: 1, maxLength: 50 }),
  fc
    .tuple(logNormalSeconds, fc.integer({ min: 1, max: 50 }))
    .map(([value, count]) => new Array<number>(count).fill(value)),
);

function assertWithinBound(
  values: readonly number[],
  point: ExponentialHistogramPoint | HistogramPoint,
  worst: number,
) {
  for (const { quantile, value, relativeError } of quantilesOf(point, QUANTILES)) {
    const exact = exactQuantile(values, quantile);
    assert.ok(relativeError <= worst, `stated error ${relativeError} > ${worst}`);
    if (relativeError === Number.POSITIVE_INFINITY) continue;
    const allowed = relativeError * Math.abs(exact) * (1 + 1e-9) + Math.abs(exact) * 1e-14;
    assert.ok(Math.abs(value - exact) <= allowed, `q${quantile}: ${value} for ${exact} ± ${relativeError}`);
  }
}

describe('quantilesOf an exponential histogram', () => {
  it('is within the stated bound, and the bound within (base−1)/(base+1)', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: -2, max: 6 }), fc.boolean(), (values, scale, withRange) => {
        const base = 2 ** (2 ** -scale);
        const worst = ((base - 1) / (base + 1)) * (1 + 1e-9);
        assertWithinBound(values, exponentialOf(values, scale, withRange), worst);
      }),
    );
  });

  it('states 4.33 % at scale 3', () => {
    const [{ value, relativeError }] = quantilesOf(exponentialOf([0.001, 0.001, 0.001], 3, false), [0.5]);
    assert.equal(relativeError.toFixed(4), '0.0433');
    assert.ok(Math.abs(relativeError - exponentialRelativeError(3)) < 1e-12);
    assert.equal(exponentialRelativeError(-20), 1);
    assert.ok(Math.abs(value - 0.001) <= 0.001 * relativeError);
  });

  it('is exact for a constant when min and max are known', () => {
    const estimates = quantilesOf(exponentialOf([0.003, 0.003], 3, true), [0, 0.5, 1]);
    assert.deepEqual(
      estimates.map(({ value, relativeError }) => [value, relativeError]),
      [
        [0.003, 0],
        [0.003, 0],
        [0.003, 0],
      ],
    );
  });

  it('counts zeros as zeros', () => {
    const estimates = quantilesOf(exponentialOf([0, 0, 0, 1], 3, false), [0.75, 0.76]);
    assert.deepEqual(estimates[0], { quantile: 0.75, value: 0, relativeError: 0 });
    assert.ok(estimates[1].value > 0.9);
  });

  it('takes the nearest rank: 0.07 of 100 values is the 7th', () => {
    const values = Array.from({ length: 100 }, (_, index) => 2 ** (index + 0.5));
    const [{ value }] = quantilesOf(exponentialOf(values, 0, false), [0.07]);
    assert.equal(bucketIndexOf(value, 0), 6);
  });

  it('does not fail where bounds underflow or overflow', () => {
    for (const offset of [-1_000_000, 1_000_000]) {
      const point = { ...exponentialOf([1], 0, false), positive: { offset, bucketCounts: [1] } };
      const [{ value }] = quantilesOf(point, [0.5]);
      assert.equal(Number.isNaN(value), false);
    }
  });
});

describe('quantilesOf an explicit histogram', () => {
  const bounds = [1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 0.1];

  it('is within the bound that it states with each result', () => {
    fc.assert(
      fc.property(samples, fc.boolean(), (values, withRange) => {
        assertWithinBound(values, explicitOf(values, bounds, withRange), Number.POSITIVE_INFINITY);
      }),
    );
  });

  it('says Infinity in the first and last bucket when min and max are unknown', () => {
    const estimates = quantilesOf(explicitOf([5e-5, 1.5e-4, 3], bounds, false), [0.3, 0.6, 1]);
    assert.deepEqual(estimates[0], { quantile: 0.3, value: 1e-4, relativeError: Number.POSITIVE_INFINITY });
    assert.ok(Math.abs(estimates[1].relativeError - 1 / 3) < 1e-12);
    assert.deepEqual(estimates[2], { quantile: 1, value: 0.1, relativeError: Number.POSITIVE_INFINITY });
  });

  it('uses min and max for these two buckets', () => {
    const estimates = quantilesOf(explicitOf([5e-5, 6e-5, 1.5e-4, 2, 3], bounds, true), [0.2, 0.4, 0.8, 1]);
    assert.deepEqual(estimates[0], { quantile: 0.2, value: 5e-5, relativeError: 0 });
    assert.ok(Math.abs(estimates[1].relativeError - 1 / 3) < 1e-12);
    assert.ok(Math.abs(estimates[2].relativeError - 2.9 / 3.1) < 1e-12);
    assert.deepEqual(estimates[3], { quantile: 1, value: 3, relativeError: 0 });
  });

  it('handles negative values and buckets around zero', () => {
    const estimates = quantilesOf(explicitOf([-3, -3, 0.5, 0.5], [-4, -2, 1], false), [0.5, 1]);
    assert.ok(Math.abs(estimates[0].value - -8 / 3) < 1e-12);
    assert.equal(estimates[1].relativeError, Number.POSITIVE_INFINITY);
  });
});

describe('quantilesOf any histogram', () => {
  it('has no quantiles without values', () => {
    assert.deepEqual(quantilesOf(exponentialOf([], 3, false), [0.5]), []);
    assert.deepEqual(quantilesOf(explicitOf([], [1, 2], false), [0.5]), []);
  });

  it('never falls when the quantile rises', () => {
    const quantiles = fc
      .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 10 })
      .map((list) => list.sort((x, y) => x - y));
    fc.assert(
      fc.property(samples, quantiles, fc.boolean(), (values, ascending, withRange) => {
        for (const point of [
          exponentialOf(values, 3, withRange),
          explicitOf(values, [1e-3, 0.1], withRange),
        ]) {
          const estimates = quantilesOf(point, ascending).map(({ value }) => value);
          assert.deepEqual(
            estimates,
            [...estimates].sort((x, y) => x - y),
          );
        }
      }),
    );
  });
});
