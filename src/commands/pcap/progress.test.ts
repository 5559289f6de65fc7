import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { progressLine } from './progress.ts';

const MEBIBYTE = 1 << 20;

describe('progressLine', () => {
  it('shows how much is done and how long it will take', () => {
    assert.equal(
      progressLine('a.pcap', 25 * MEBIBYTE, 100 * MEBIBYTE, 2),
      'a.pcap  ██████░░░░░░░░░░░░░░░░░░  25 %  25 MiB of 100 MiB, 12.5 MiB/s, 6s left',
    );
  });

  for (const [what, total] of [
    ['it is not known', undefined],
    ['there is more than was said', 3],
  ] as const) {
    it(`shows what was read alone, where ${what}`, () => {
      assert.equal(progressLine('-', 5 * MEBIBYTE, total, 1), '-  5 MiB, 5 MiB/s');
    });
  }

  it('stands at its ends without dividing by nothing', () => {
    assert.match(progressLine('a', 0, 10, 1), /^a {2}░{24} {3}0 % {2}0 B of 10 B, 0 B\/s$/);
    assert.match(progressLine('a', 10, 10, 1), /^a {2}█{24} 100 % {2}10 B of 10 B, 10 B\/s, 0/);
  });
});
