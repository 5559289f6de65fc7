import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExponentialHistogramPoint } from '../../model/metric.ts';
import { HistogramView } from './histogram-view.ts';
import {
  connects,
  metricsOf,
  NOON_SECONDS,
  secondAfterNoon,
  stackLatency,
  sumOf,
} from './testdata/batches.ts';
import { matchesGolden } from './testdata/golden.ts';

process.env.TZ = 'UTC';

const OPTIONS = {
  bucketsPerOctave: 1,
  accumulate: false,
  maxSeries: 10,
  openedAt: [NOON_SECONDS, 0],
} as const;

/** Reads of 2 to 4 ms and some of 16 ms, on the grid of scale 3: 2^−9 s is 1.95 ms. */
function reads(at: number): ExponentialHistogramPoint {
  const bucketCounts = new Array<number>(26).fill(0);
  bucketCounts[0] = 4;
  bucketCounts[5] = 16;
  bucketCounts[25] = 1;
  return {
    ...secondAfterNoon(at),
    attributes: { 'lagpipe.stack.stage': 'tcp-socket-read', 'lagpipe.cgroup.path': '/system.slice' },
    count: 23,
    sum: 0.0702,
    scale: 3,
    zeroCount: 2,
    positive: { offset: -72, bucketCounts },
  };
}

const idle: ExponentialHistogramPoint = {
  ...secondAfterNoon(1),
  attributes: { 'lagpipe.stack.stage': 'udp-start' },
  count: 0,
  sum: 0,
  scale: 3,
  zeroCount: 0,
  positive: { offset: 0, bucketCounts: [] },
};

describe('HistogramView', () => {
  it('prints bars in powers of two of a second', () => {
    const { text, delivered } = new HistogramView(OPTIONS).take(metricsOf(stackLatency([reads(1), idle])));
    assert.equal(delivered, 2);
    matchesGolden('histogram.txt', text);
  });

  it('prints finer bars on request', () => {
    const view = new HistogramView({ ...OPTIONS, bucketsPerOctave: 4 });
    matchesGolden('histogram-4-per-octave.txt', view.take(metricsOf(stackLatency([reads(1)]))).text);
  });

  it('prints an explicit histogram by its own bounds', () => {
    const metric = {
      kind: 'histogram',
      name: 'http.client.request.duration',
      unit: 's',
      description: '',
      temporality: 'delta',
      points: [
        {
          ...secondAfterNoon(1),
          attributes: { 'server.port': 443 },
          count: 6,
          sum: 9,
          explicitBounds: [0.005, 0.01, 0.1],
          bucketCounts: [2, 0, 0, 4],
        },
      ],
    } as const;
    matchesGolden('histogram-explicit.txt', new HistogramView(OPTIONS).take(metricsOf(metric)).text);
  });

  it('shows the interval, or on request everything so far, of deltas and of totals alike', () => {
    const lastCounts = (accumulate: boolean, temporality: 'delta' | 'cumulative'): string | undefined => {
      const view = new HistogramView({ ...OPTIONS, accumulate });
      view.take(metricsOf(stackLatency([reads(1)], temporality)));
      return /count: \d+/.exec(view.take(metricsOf(stackLatency([reads(2)], temporality))).text)?.[0];
    };
    assert.equal(lastCounts(false, 'delta'), 'count: 23');
    assert.equal(lastCounts(true, 'delta'), 'count: 46');
    assert.equal(lastCounts(false, 'cumulative'), 'count: 0');
    assert.equal(lastCounts(true, 'cumulative'), 'count: 23');
  });

  it('rejects what it cannot show, by reason', () => {
    const view = new HistogramView({ ...OPTIONS, accumulate: true, maxSeries: 1 });
    const numbers = metricsOf(sumOf('n', '1', 'delta', [{ at: 1, value: 1 }]));
    assert.deepEqual(view.take(connects(['refused', 'reset'])).rejected, { format_shows_no_events: 2 });
    assert.deepEqual(view.take(numbers), {
      text: '',
      delivered: 0,
      rejected: { format_shows_no_numbers: 1 },
    });
    const { delivered, rejected } = view.take(metricsOf(stackLatency([reads(1), idle])));
    assert.deepEqual([delivered, rejected], [1, { series_limit: 1 }]);
  });
});
