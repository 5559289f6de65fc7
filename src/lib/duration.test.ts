import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DURATION_PATTERN, parseDurationMillis } from './duration.ts';

const CASES: readonly (readonly [string, number | undefined])[] = [
  ['5s', 5000],
  ['250ms', 250],
  ['1m30s', 90_000],
  ['1.5h', 5_400_000],
  ['0s', 0],
  ['100us', 0.1],
  ['100µs', 0.1],
  ['5', undefined],
  ['', undefined],
  ['5 s', undefined],
  ['-5s', undefined],
  ['5S', undefined],
  ['.5s', undefined],
  ['5s\n', undefined],
];

for (const [text, millis] of CASES) {
  test(`the duration ${JSON.stringify(text)} is ${millis} ms`, () =>
    assert.equal(parseDurationMillis(text), millis));
}

test('a duration is the sum of its parts, and reads exactly what the pattern for editors matches', () => {
  const part = fc.tuple(fc.nat(100_000), fc.constantFrom('ms', 's', 'm', 'h'));
  const millisOf = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
      const text = parts.map(([value, unit]) => `${value}${unit}`).join('');
      const sum = parts.reduce((total, [value, unit]) => total + value * millisOf[unit], 0);
      assert.equal(parseDurationMillis(text), sum);
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0159.nuµmsh -') }), (text) => {
      assert.equal(parseDurationMillis(text) !== undefined, new RegExp(DURATION_PATTERN, 'u').test(text));
    }),
    { numRuns: 1000 },
  );
});
