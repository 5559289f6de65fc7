import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CounterSeries } from './counter-series.ts';

const ATTRIBUTES = { 'cpu.logical_number': 1 };

describe('CounterSeries', () => {
  it('starts when it is first seen', () => {
    const series = new CounterSeries(ATTRIBUTES);
    series.point(5, [10, 0]);
    assert.deepEqual(series.point(7, [11, 0]), {
      attributes: ATTRIBUTES,
      startTime: [10, 0],
      time: [11, 0],
      value: 7,
    });
  });

  it('starts anew, at the time of the last value, when the counter falls', () => {
    const series = new CounterSeries({});
    series.point(2 ** 32 - 1, [10, 0]);
    series.point(2 ** 32 + 5, [11, 0]);
    assert.deepEqual(series.point(3, [12, 0]), {
      attributes: {},
      startTime: [11, 0],
      time: [12, 0],
      value: 3,
    });
    assert.deepEqual(series.point(4, [13, 0]).startTime, [11, 0]);
  });

  it('carries a counter of 32 bits on when it wraps, again and again', () => {
    const series = new CounterSeries({}, 32);
    series.point(2 ** 32 - 6, [10, 0]);
    assert.deepEqual(series.point(5, [11, 0]), {
      attributes: {},
      startTime: [10, 0],
      time: [11, 0],
      value: 2 ** 32 + 5,
    });
    series.point(2 ** 32 - 1, [12, 0]);
    assert.equal(series.point(1, [13, 0]).value, 2 ** 33 + 1);
  });

  it('takes a fall from the lower half of 32 bits for a reset', () => {
    const series = new CounterSeries({}, 32);
    series.point(2 ** 32 - 6, [9, 0]);
    series.point(2 ** 31, [10, 0]);
    assert.deepEqual(series.point(5, [11, 0]), {
      attributes: {},
      startTime: [10, 0],
      time: [11, 0],
      value: 5,
    });
  });

  it('starts anew when the wall clock goes back to before the start', () => {
    const series = new CounterSeries({});
    series.point(5, [10, 0]);
    assert.deepEqual(series.point(6, [3, 0]).startTime, [3, 0]);
  });

  it('converts units without a rounding of its own', () => {
    assert.equal(new CounterSeries({}).point(11_600_069, [1, 0], 1e6).value, 11.600069);
  });
});
