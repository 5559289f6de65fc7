import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NumberSeries } from './number-series.ts';

const WINDOW = 60;

describe('NumberSeries', () => {
  it('says by how much a counter grew in the window, and in how many seconds', () => {
    const series = new NumberSeries(WINDOW);
    for (let second = 0; second <= 100; second++) series.addCumulative(1000 + 3 * second, second);
    assert.deepEqual(series.growthSince(40), { increase: 180, seconds: 60 });
    assert.equal(series.latest, 1300);
  });

  it('covers what there is while the window is not full', () => {
    const series = new NumberSeries(WINDOW);
    series.addCumulative(5, 0);
    assert.deepEqual(series.growthSince(-60), { increase: 0, seconds: 0 });
    series.addCumulative(9, 10);
    assert.deepEqual(series.growthSince(-50), { increase: 4, seconds: 10 });
  });

  it('takes all of a counter that began anew', () => {
    const series = new NumberSeries(WINDOW);
    [100, 110, 3, 5].forEach((value, second) => {
      series.addCumulative(value, second);
    });
    assert.equal(series.growthSince(-60).increase, 10 + 3 + 2);
  });

  it('takes deltas, the first from its start on', () => {
    const series = new NumberSeries(WINDOW);
    series.addDelta(7, 0, 5);
    series.addDelta(1, 5, 10);
    assert.deepEqual(series.growthSince(-50), { increase: 8, seconds: 10 });
  });

  it('remembers no more than it needs, however often it is told', () => {
    const series = new NumberSeries(WINDOW);
    for (let tick = 0; tick <= 10_000; tick++) series.addCumulative(tick, tick / 100);
    const { increase, seconds } = series.growthSince(40);
    assert.ok(Math.abs(seconds - 60) <= 1, `${seconds} s`);
    assert.ok(Math.abs(increase - seconds * 100) < 1e-6);
    assert.ok(series.valuesSince(40).length <= 62);
  });

  it('forgets what came before a clock was set back', () => {
    const series = new NumberSeries(WINDOW);
    series.addCumulative(10, 1000);
    series.addCumulative(20, 1010);
    series.addCumulative(30, 5);
    assert.deepEqual(series.growthSince(-55), { increase: 0, seconds: 0 });
  });

  it('adds up to what was counted, resets or not', () => {
    const steps = fc.array(fc.tuple(fc.nat(1000), fc.boolean()), { minLength: 1, maxLength: 59 });
    fc.assert(
      fc.property(steps, (grown) => {
        const series = new NumberSeries(WINDOW);
        let value = 0;
        let counted = 0;
        series.addCumulative(0, 0);
        grown.forEach(([step, begins], index) => {
          // Only a fall can be told from growth, so the value after a reset is below the one before.
          const isReset = begins && step < value;
          value = isReset ? step : value + step;
          counted += step;
          series.addCumulative(value, index + 1);
        });
        assert.equal(series.growthSince(0).increase, counted);
      }),
    );
  });
});
