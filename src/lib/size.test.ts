import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseSizeBytes, SIZE_PATTERN } from './size.ts';

const CASES: readonly (readonly [string, number | undefined])[] = [
  ['64MiB', 67_108_864],
  ['10kB', 10_000],
  ['1.5KiB', 1536],
  ['0B', 0],
  ['1GB', 1_000_000_000],
  ['64', undefined],
  ['64mb', undefined],
  ['64 MiB', undefined],
  ['-1B', undefined],
  ['', undefined],
];

for (const [text, bytes] of CASES) {
  test(`the size ${JSON.stringify(text)} is ${bytes} bytes`, () => assert.equal(parseSizeBytes(text), bytes));
}

test('a size grows with its unit, and reads exactly what the pattern for editors matches', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), (value) => {
      const sizes = ['B', 'kB', 'KiB', 'MB', 'MiB', 'GB', 'GiB'].map(
        (unit) => parseSizeBytes(`${value}${unit}`)!,
      );
      assert.deepEqual(
        sizes,
        [...sizes].sort((a, b) => a - b),
      );
      assert.equal(sizes[0], value);
    }),
    { numRuns: 200 },
  );
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'019.BkKMGi ') }), (text) => {
      assert.equal(parseSizeBytes(text) !== undefined, new RegExp(SIZE_PATTERN, 'u').test(text));
    }),
    { numRuns: 1000 },
  );
});
