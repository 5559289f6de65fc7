import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nanosAfter, wholeSeconds } from './split-nanos.ts';

function split(nanos: bigint): [number, number] {
  const low = Number(nanos & 0xffff_ffffn);
  const seconds = wholeSeconds(low, Number(nanos >> 32n));
  return [seconds, nanosAfter(low, seconds)];
}

test('keeps every nanosecond of an epoch time', () => {
  assert.deepEqual(split(1_795_237_200_000_000_001n), [1_795_237_200, 1]);
  assert.deepEqual(split(1_795_237_199_999_999_999n), [1_795_237_199, 999_999_999]);
  assert.deepEqual(split(0n), [0, 0]);
});

test('agrees with 64-bit division for every count', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n }), (nanos) => {
      assert.deepEqual(split(nanos), [Number(nanos / 1_000_000_000n), Number(nanos % 1_000_000_000n)]);
    }),
    { numRuns: 2000 },
  );
});

test('agrees within 300 ns of a whole second, where a double guesses wrong', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 9_000_000_000n }),
      fc.bigInt({ min: -300n, max: 300n }),
      (s, off) => {
        const nanos = s * 1_000_000_000n + off;
        assert.deepEqual(split(nanos), [Number(nanos / 1_000_000_000n), Number(nanos % 1_000_000_000n)]);
      },
    ),
    { numRuns: 2000 },
  );
});
