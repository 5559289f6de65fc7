import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { eventBatchOf, type MetricBatch } from './batch.ts';
import type { Metric } from './metric.ts';
import { otlpJson } from './otlp-json.ts';

const head = {
  resource: { attributes: { 'host.name': 'alpha' } },
  scope: { name: 'lagpipe/test', version: '0.1.0' },
};
const START = [1_795_262_400, 1] as const;
const END = [1_795_262_405, 123_456_789] as const;

function metricsIn(...metrics: Metric[]) {
  const batch: MetricBatch = { kind: 'metrics', ...head, metrics };
  const { resourceMetrics } = JSON.parse(otlpJson(batch));
  return resourceMetrics[0].scopeMetrics[0].metrics;
}

describe('OTLP JSON', () => {
  it('is one line with the keys of the specification', () => {
    const metric: Metric = {
      kind: 'exponential_histogram',
      name: 'lagpipe.stack.latency',
      unit: 's',
      description: 'd',
      temporality: 'delta',
      points: [
        {
          attributes: { stage: 'ip-start', cpu: 3, ratio: 0.5, idle: true },
          startTime: START,
          time: END,
          count: 6,
          sum: 0.25,
          max: 0.125,
          scale: 3,
          zeroCount: 1,
          positive: { offset: -80, bucketCounts: [2, 0, 3] },
        },
      ],
    };
    const text = otlpJson({ kind: 'metrics', ...head, metrics: [metric] });
    assert.ok(!text.includes('\n'));
    assert.deepEqual(JSON.parse(text), {
      resourceMetrics: [
        {
          resource: { attributes: [{ key: 'host.name', value: { stringValue: 'alpha' } }] },
          scopeMetrics: [
            {
              scope: { name: 'lagpipe/test', version: '0.1.0' },
              metrics: [
                {
                  name: 'lagpipe.stack.latency',
                  unit: 's',
                  description: 'd',
                  exponentialHistogram: {
                    aggregationTemporality: 1,
                    dataPoints: [
                      {
                        attributes: [
                          { key: 'stage', value: { stringValue: 'ip-start' } },
                          { key: 'cpu', value: { intValue: '3' } },
                          { key: 'ratio', value: { doubleValue: 0.5 } },
                          { key: 'idle', value: { boolValue: true } },
                        ],
                        startTimeUnixNano: '1795262400000000001',
                        timeUnixNano: '1795262405123456789',
                        count: '6',
                        sum: 0.25,
                        max: 0.125,
                        scale: 3,
                        zeroCount: '1',
                        positive: { offset: -80, bucketCounts: ['2', '0', '3'] },
                      },
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it('writes gauges, sums and explicit histograms', () => {
    const point = { attributes: {}, startTime: START, time: END };
    const base = { unit: '{packet}', description: '' };
    const metrics = metricsIn(
      { kind: 'gauge', name: 'g', ...base, points: [{ attributes: {}, time: END, value: 1.5 }] },
      {
        kind: 'sum',
        name: 's',
        ...base,
        temporality: 'cumulative',
        monotonic: true,
        points: [{ ...point, value: 7 }],
      },
      {
        kind: 'histogram',
        name: 'h',
        ...base,
        temporality: 'cumulative',
        points: [{ ...point, count: 3, sum: 4, explicitBounds: [0.5, 1], bucketCounts: [0, 1, 2] }],
      },
      { kind: 'gauge', name: 'without points', ...base, points: [] },
    );
    const times = { startTimeUnixNano: '1795262400000000001', timeUnixNano: '1795262405123456789' };
    assert.deepEqual(
      metrics.map(({ unit: _, description: __, ...rest }: Record<string, unknown>) => rest),
      [
        {
          name: 'g',
          gauge: { dataPoints: [{ attributes: [], timeUnixNano: times.timeUnixNano, asDouble: 1.5 }] },
        },
        {
          name: 's',
          sum: {
            aggregationTemporality: 2,
            isMonotonic: true,
            dataPoints: [{ attributes: [], ...times, asInt: '7' }],
          },
        },
        {
          name: 'h',
          histogram: {
            aggregationTemporality: 2,
            dataPoints: [
              {
                attributes: [],
                ...times,
                count: '3',
                sum: 4,
                explicitBounds: [0.5, 1],
                bucketCounts: ['0', '1', '2'],
              },
            ],
          },
        },
      ],
    );
  });

  it('writes events as log records', () => {
    const event = { time: END, attributes: { 'lagpipe.tcp.outcome': 'refused' } };
    const { resourceLogs } = JSON.parse(
      otlpJson(eventBatchOf({ ...head, name: 'tcp.connect', severityNumber: 9 }, [event])),
    );
    assert.deepEqual(resourceLogs[0].scopeLogs[0].logRecords, [
      {
        timeUnixNano: '1795262405123456789',
        observedTimeUnixNano: '1795262405123456789',
        severityNumber: 9,
        eventName: 'tcp.connect',
        attributes: [{ key: 'lagpipe.tcp.outcome', value: { stringValue: 'refused' } }],
      },
    ]);
  });

  it('gives every value, count and time back, with words for what JSON has no numbers for', () => {
    const time = fc.tuple(fc.integer({ min: 0, max: 2 ** 32 }), fc.integer({ min: 0, max: 999_999_999 }));
    const points = fc.array(
      fc.record({ time, value: fc.double(), count: fc.maxSafeInteger().map(Math.abs) }),
      {
        minLength: 1,
      },
    );
    fc.assert(
      fc.property(points, (given) => {
        const [sum, histogram] = metricsIn(
          {
            kind: 'sum',
            name: 's',
            unit: 's',
            description: '',
            temporality: 'delta',
            monotonic: false,
            points: given.map((point) => ({ attributes: {}, time: point.time, value: point.value })),
          },
          {
            kind: 'exponential_histogram',
            name: 'h',
            unit: 's',
            description: '',
            temporality: 'delta',
            points: given.map(({ time, count }) => ({
              attributes: {},
              time,
              count,
              sum: Number.NaN,
              scale: 0,
              zeroCount: 0,
              positive: { offset: 0, bucketCounts: [count] },
            })),
          },
        );
        given.forEach(({ time: [seconds, nanos], value, count }, index) => {
          const number = sum.sum.dataPoints[index];
          // JSON.stringify writes negative zero as 0.
          assert.equal(Number(number.asDouble) + 0, value + 0);
          assert.equal(BigInt(number.timeUnixNano), BigInt(seconds) * 1_000_000_000n + BigInt(nanos));
          const point = histogram.exponentialHistogram.dataPoints[index];
          assert.equal(point.sum, 'NaN');
          assert.deepEqual(point.positive.bucketCounts.map(Number), [count]);
          assert.equal(Number(point.count), count);
        });
      }),
    );
  });
});
