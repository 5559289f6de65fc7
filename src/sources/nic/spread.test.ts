import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { spreadOf } from './spread.ts';

function onCpus(...counts: readonly number[]): ReadonlyMap<number, number> {
  return new Map(counts.map((count, cpu) => [cpu, count]));
}

describe('spreadOf', () => {
  for (const [what, counts, queues, cpus, score, maxShare] of [
    ['4 queues on 4 of 8 CPUs alike', [10, 10, 10, 10, 0, 0, 0, 0], 4, 8, 1, 0.25],
    [
      '16 queues on 16 of 64 CPUs alike',
      new Array(64).fill(0).map((_, i) => (i < 16 ? 7 : 0)),
      16,
      64,
      1,
      1 / 16,
    ],
    ['8 queues, all on one CPU', [0, 0, 900, 0, 0, 0, 0, 0], 8, 8, 0.125, 1],
    ['60 to 40 on two of 8 CPUs', [60, 40, 0, 0, 0, 0, 0, 0], 8, 8, 0.24, 0.6],
    ['3 to 1 on two CPUs', [3, 1], 2, 2, 0.8, 0.75],
    ['one queue, one CPU', [5, 0], 1, 2, 1, 1],
    ['16 queues that the affinity lets 2 CPUs serve', [50, 50, 0, 0], 16, 2, 1, 0.5],
  ] as const) {
    it(`${what}: ${score}`, () => {
      const spread = spreadOf(onCpus(...counts), 10, queues, cpus);
      assert.ok(spread !== undefined);
      assert.ok(Math.abs(spread.score - score) < 0.005, `${spread.score}`);
      assert.equal(spread.maxShare, maxShare);
      assert.equal(spread.expected, Math.min(queues, cpus));
    });
  }

  it('tells the busiest CPU and how many interrupts a second there were', () => {
    assert.deepEqual(
      spreadOf(
        new Map([
          [7, 30],
          [12, 90],
        ]),
        4,
        2,
        2,
      ),
      {
        score: 0.8,
        maxShare: 0.75,
        busiestCpu: 12,
        expected: 2,
        perSecond: 30,
      },
    );
  });

  it('tells nothing when there was no interrupt', () => {
    assert.equal(spreadOf(onCpus(0, 0), 10, 2, 2), undefined);
    assert.equal(spreadOf(new Map(), 10, 2, 2), undefined);
  });

  it('is between one CPU and all of them, whatever the counts', () => {
    const counts = fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 128 });
    fc.assert(
      fc.property(counts, (values) => {
        const spread = spreadOf(onCpus(...values), 1, values.length, values.length);
        if (spread === undefined) return;
        assert.ok(spread.score >= 1 / values.length - 1e-9 && spread.score <= 1 + 1e-9);
      }),
    );
  });
});
