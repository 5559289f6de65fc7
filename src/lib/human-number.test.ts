import assert from 'node:assert/strict';
import { it } from 'node:test';
import { formatBytes, formatCount, formatQuantity, formatRate } from './human-number.ts';

for (const [shown, expected] of [
  [formatCount(0), '0'],
  [formatCount(9999), '9999'],
  [formatCount(10_000), '10k'],
  [formatCount(999_600), '1M'],
  [formatCount(4_560_000), '4.56M'],
  [formatCount(0.8564), '0.856'],
  [formatCount(Number.NaN), '–'],
  [formatBytes(512), '512 B'],
  [formatBytes(1023), '1023 B'],
  [formatBytes(1024), '1 KiB'],
  [formatBytes(25_125_550_000), '23.4 GiB'],
  [formatQuantity(0.000_121, 's'), '121µs'],
  [formatQuantity(12.5, '%'), '12.5%'],
  [formatQuantity(Number.POSITIVE_INFINITY, 's'), '–'],
  [formatQuantity(213, '{socket}'), '213'],
  [formatRate(1536, 'By'), '1.5 KiB/s'],
  [formatRate(12_345, '{packet}'), '12.3k/s'],
  [formatRate(0.031, 's'), '31ms/s'],
  [formatRate(Number.NaN, '1'), '–'],
] as const) {
  it(`writes ${expected}`, () => assert.equal(shown, expected));
}
