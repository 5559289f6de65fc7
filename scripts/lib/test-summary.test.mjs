import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { closingLine, skippedBox, summaryTable } from './test-summary.mjs';

const SKIP = { name: 'a test', reason: 'needs root' };
const OUTCOMES = [
  { name: 'types', passed: 1, failed: 0, skips: [], millis: 600 },
  { name: 'kernel', passed: 10, failed: 2, skips: [SKIP, SKIP], millis: 61_250 },
];

describe('the summary of npm test', () => {
  it('ends with the sums over all stages', () => {
    assert.equal(closingLine(OUTCOMES), '11 passed, 2 failed, 2 skipped\n');
    assert.equal(closingLine([]), '0 passed, 0 failed, 0 skipped\n');
  });

  it('has a row for each stage', () => {
    assert.match(summaryTable(OUTCOMES), /^types +1 +0 +0 +0\.6 s$/m);
    assert.match(summaryTable(OUTCOMES), /^kernel +10 +2 +2 +61\.[23] s$/m);
  });

  it('joins equal reasons, and keeps every line of the box as wide as the box', () => {
    const long = { ...SKIP, reason: 'a reason that goes on '.repeat(12).trim() };
    const box = skippedBox([{ ...OUTCOMES[1], skips: [SKIP, SKIP, long] }]);
    assert.match(box, /2 × kernel: needs root/);
    const widths = new Set(
      box
        .trim()
        .split('\n')
        .map((line) => line.length),
    );
    assert.equal(widths.size, 1, box);
  });

  it('has no box when nothing was skipped', () => {
    assert.equal(skippedBox([OUTCOMES[0]]), '');
  });
});
