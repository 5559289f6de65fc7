import { type Batch, eventBatchOf } from '../../src/model/batch.ts';

const RESOURCE = { attributes: { 'host.name': 'sample' } };
const SCOPE = { name: 'lagpipe/sample', version: '0.0.0' };
const START = [1_700_000_000, 0] as const;
const END = [1_700_000_005, 123_456_789] as const;

/** One batch of every kind of data that can flow, so that no component is tried on half of the model only. */
export function sampleBatches(): readonly Batch[] {
  return [
    { kind: 'metrics', resource: RESOURCE, scope: SCOPE, metrics: numberMetrics() },
    { kind: 'metrics', resource: RESOURCE, scope: SCOPE, metrics: histogramMetrics() },
    connects(),
  ];
}

function numberMetrics() {
  const interval = { startTime: START, time: END };
  return [
    {
      kind: 'gauge' as const,
      name: 'sample.gauge',
      unit: '1',
      description: 'A gauge.',
      points: [{ attributes: {}, time: END, value: -1.5 }],
    },
    {
      kind: 'sum' as const,
      name: 'sample.packets',
      unit: '{packet}',
      description: 'A cumulative sum of two series.',
      temporality: 'cumulative' as const,
      monotonic: true,
      points: [
        { attributes: { 'network.interface.name': 'eth0' }, ...interval, value: 12 },
        { attributes: { 'network.interface.name': 'lo' }, ...interval, value: 0 },
      ],
    },
  ];
}

function histogramMetrics() {
  const interval = { startTime: START, time: END };
  return [
    {
      kind: 'exponential_histogram' as const,
      name: 'lagpipe.stack.latency',
      unit: 's',
      description: 'An exponential histogram at scale 3, with and without samples.',
      temporality: 'delta' as const,
      points: [
        {
          attributes: { 'lagpipe.stack.stage': 'tcp-start' },
          ...interval,
          count: 7,
          sum: 0.0071,
          min: 0.00098,
          max: 0.00105,
          scale: 3,
          zeroCount: 1,
          positive: { offset: -80, bucketCounts: [6] },
        },
        {
          attributes: { 'lagpipe.stack.stage': 'udp-start' },
          ...interval,
          count: 0,
          sum: 0,
          scale: 3,
          zeroCount: 0,
          positive: { offset: 0, bucketCounts: [] },
        },
      ],
    },
    {
      kind: 'histogram' as const,
      name: 'sample.duration',
      unit: 's',
      description: 'A histogram with explicit bounds.',
      temporality: 'cumulative' as const,
      points: [
        {
          attributes: {},
          ...interval,
          count: 4,
          sum: 3.5,
          explicitBounds: [0.1, 1],
          bucketCounts: [1, 2, 1],
        },
      ],
    },
  ];
}

function connects(): Batch {
  const head = { resource: RESOURCE, scope: SCOPE, name: 'tcp.connect', severityNumber: 9 };
  return eventBatchOf(head, [
    {
      time: END,
      attributes: {
        'process.pid': 42,
        'lagpipe.tcp.outcome': 'established',
        'lagpipe.tcp.connect.duration': 0.0002,
      },
    },
    {
      time: END,
      attributes: { 'process.pid': 42, 'lagpipe.tcp.outcome': 'refused', 'error.type': 'refused' },
    },
  ]);
}
