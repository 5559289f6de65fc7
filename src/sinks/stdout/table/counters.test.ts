import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { GaugeMetric, NumberPoint, SumMetric } from '../../../model/metric.ts';
import { averageRate, type CounterRow, CounterState } from './counters.ts';
import { SeriesBudget } from './series-budget.ts';

const resource = { attributes: {} };
type Figures = Pick<NumberPoint, 'value' | 'time' | 'startTime'>;

/** The only row, after these points have come, the sink having opened at second 100. */
function rowAfter(
  metric: Omit<SumMetric, 'points'> | Omit<GaugeMetric, 'points'>,
  points: readonly Figures[],
) {
  const state = new CounterState(new SeriesBudget(10), [100, 0]);
  const whole = { ...metric, points: [] };
  for (const point of points) assert.ok(state.take(resource, whole, { attributes: {}, ...point }));
  return [...state.rows.values()][0] as CounterRow;
}

const sum = { kind: 'sum', name: 'n', unit: '1', description: '', monotonic: true } as const;

describe('CounterState', () => {
  it('divides a delta by its own interval', () => {
    const row = rowAfter({ ...sum, temporality: 'delta' }, [
      { value: 10, startTime: [100, 0], time: [102, 0] },
      { value: 30, startTime: [102, 0], time: [104, 0] },
    ]);
    assert.deepEqual([row.ratePerSecond, row.value, averageRate(row)], [15, 40, 10]);
  });

  it('counts a cumulative series from its first point on', () => {
    const row = rowAfter({ ...sum, temporality: 'cumulative' }, [
      { value: 1000, startTime: [1, 0], time: [101, 0] },
      { value: 1010, startTime: [1, 0], time: [103, 0] },
      { value: 1030, startTime: [1, 0], time: [105, 0] },
    ]);
    assert.deepEqual([row.ratePerSecond, row.value, averageRate(row)], [10, 30, 7.5]);
  });

  it('knows no rate after the first point of a cumulative series with a past', () => {
    const row = rowAfter({ ...sum, temporality: 'cumulative' }, [{ value: 1000, time: [101, 0] }]);
    assert.deepEqual([row.ratePerSecond, row.value], [Number.NaN, 0]);
  });

  it('counts a cumulative series that began within the run from its start', () => {
    const row = rowAfter({ ...sum, temporality: 'cumulative' }, [
      { value: 8, startTime: [101, 0], time: [103, 0] },
    ]);
    assert.deepEqual([row.ratePerSecond, row.value], [4, 8]);
  });

  it('does not count the past of a series whose start is unknown', () => {
    const row = rowAfter({ ...sum, temporality: 'cumulative' }, [
      { value: 1000, startTime: [101, 0], time: [101, 0] },
      { value: 1010, startTime: [101, 0], time: [103, 0] },
    ]);
    assert.deepEqual([row.ratePerSecond, row.value], [5, 10]);
  });

  it('takes a value that fell as a counter that began again', () => {
    const row = rowAfter({ ...sum, temporality: 'cumulative' }, [
      { value: 1000, time: [101, 0] },
      { value: 6, time: [103, 0] },
    ]);
    assert.deepEqual([row.ratePerSecond, row.value], [3, 6]);
  });

  it('shows levels as they are: gauges, and sums that may fall', () => {
    const gauge = rowAfter({ kind: 'gauge', name: 'g', unit: '1', description: '' }, [
      { value: 7, time: [101, 0] },
      { value: 5, time: [102, 0] },
    ]);
    const upDown = rowAfter({ ...sum, monotonic: false, temporality: 'delta' }, [
      { value: 7, time: [101, 0] },
      { value: -5, time: [102, 0] },
    ]);
    assert.deepEqual([gauge.isLevel, gauge.value], [true, 5]);
    assert.deepEqual([upDown.isLevel, upDown.value], [true, 2]);
  });
});
