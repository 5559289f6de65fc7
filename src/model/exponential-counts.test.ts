import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bucketIndex, ExponentialCounts } from './exponential-counts.ts';

const POSITIVE = fc.double({ min: 2 ** -1022, noNaN: true, noDefaultInfinity: true });

describe('bucketIndex', () => {
  for (const [value, index] of [
    [1, -1],
    [2, 7],
    [0.5, -9],
    [2 ** (1 / 8), 0],
    [1.0000001, 0],
    [0.003, -68],
    [2 ** -1022, -8177],
    [Number.MAX_VALUE, 8191],
  ]) {
    it(`puts ${value} into bucket ${index}`, () => {
      assert.equal(bucketIndex(value), index);
    });
  }

  it('puts every value above the lower end of its bucket and not above the upper one', () => {
    fc.assert(
      fc.property(POSITIVE, (value) => {
        const index = bucketIndex(value);
        // Exact within an octave: what a bound is, is 2^(k/8) as a double.
        const octave = Math.floor(index / 8);
        const bound = (step: number) => (step === 8 ? 2 : 2 ** (step / 8));
        const scaled = value / 2 ** octave;
        assert.ok(scaled > bound(index - octave * 8) && scaled <= bound(index - octave * 8 + 1));
      }),
    );
  });
});

describe('ExponentialCounts', () => {
  it('counts each value in its bucket, in whatever order they come', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1e-9, max: 1e9, noNaN: true })), (values) => {
        const counts = new ExponentialCounts();
        for (const value of values) counts.add(value);
        const { offset, bucketCounts } = counts.buckets().positive;
        const expected = new Map<number, number>();
        for (const value of values)
          expected.set(bucketIndex(value), (expected.get(bucketIndex(value)) ?? 0) + 1);
        const counted = bucketCounts.flatMap((count, position) =>
          count === 0 ? [] : [[offset + position, count] as const],
        );
        assert.deepEqual(
          counted,
          [...expected].sort(([a], [b]) => a - b),
        );
        assert.ok(bucketCounts.length === 0 || (bucketCounts[0] > 0 && bucketCounts.at(-1)! > 0));
      }),
    );
  });

  it('counts zero apart', () => {
    const counts = new ExponentialCounts();
    counts.add(0);
    counts.add(5e-324);
    assert.deepEqual(counts.buckets(), { scale: 3, zeroCount: 2, positive: { offset: 0, bucketCounts: [] } });
  });

  it('stays bounded and loses no count, whatever the values are', () => {
    fc.assert(
      fc.property(fc.array(POSITIVE, { minLength: 1 }), (values) => {
        const counts = new ExponentialCounts();
        for (const value of values) counts.add(value);
        const { bucketCounts } = counts.buckets().positive;
        assert.ok(bucketCounts.length <= 1024);
        assert.equal(
          bucketCounts.reduce((sum, count) => sum + count, 0),
          values.length,
        );
      }),
    );
  });
});
