import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FRAME_TYPE } from '../../loader/frame-header.ts';
import { jsonFrame } from '../../loader/testdata/frames.ts';
import { recordingContext } from '../../loader/testdata/harness.ts';
import { decodeStackLatency } from './decode-stack-latency.ts';
import { decodeOne, frames, hello, records, START } from './testdata/stack-frames.ts';

test('a record becomes a point with the buckets that the kernel filled', () => {
  const { context } = recordingContext();
  const decode = decodeStackLatency(context);
  decode(START);
  const batch = decodeOne(
    decode,
    frames(
      hello('ip-start'),
      records({
        stage: 'ip-start',
        seen: 16,
        skipped: { no_stamp: 2, other: 1 },
        zeroCount: 1,
        sumNanos: 12_500_000,
        minNanos: 0,
        maxNanos: 1_060_000,
        buckets: { '-80': 9, '-79': 0, '-78': 3 },
      }),
    ),
  );
  assert.equal(batch.resource, context.resource);
  const [latency, skipped] = batch.metrics;
  assert.deepEqual(latency, {
    kind: 'exponential_histogram',
    name: 'lagpipe.stack.latency',
    unit: 's',
    description: latency.description,
    temporality: 'delta',
    points: [
      {
        attributes: { 'lagpipe.stack.stage': 'ip-start' },
        startTime: [1_795_237_195, 1],
        time: [1_795_237_200, 123_456_789],
        count: 13,
        sum: 0.0125,
        min: 0,
        max: 0.00106,
        scale: 3,
        zeroCount: 1,
        positive: { offset: -80, bucketCounts: [9, 0, 3] },
      },
    ],
  });
  assert.deepEqual(
    skipped.points.map(({ attributes, ...point }) => [
      attributes['lagpipe.stack.skip_reason'],
      'value' in point && point.value,
    ]),
    [
      ['no_stamp', 2],
      ['future_stamp', 0],
      ['too_long', 0],
      ['already_read', 0],
      ['recursion', 0],
      ['other', 1],
      ['filtered', 0],
      ['sampled_out', 0],
      ['transmit_stamp', 0],
      ['reordered', 0],
      ['map_full', 0],
    ],
  );
});

test('after the first interval only what was skipped is told', () => {
  const decode = decodeStackLatency(recordingContext().context);
  decode(START);
  decode(frames(hello('udp-start'), records({ stage: 'udp-start' })));
  const batch = decodeOne(decode, frames(records({ stage: 'udp-start', seen: 4, skipped: { too_long: 4 } })));
  assert.deepEqual(
    batch.metrics[1].points.map((point) => point.attributes),
    [{ 'lagpipe.stack.stage': 'udp-start', 'lagpipe.stack.skip_reason': 'too_long' }],
  );
  assert.equal(decodeOne(decode, frames(records({ stage: 'udp-start' }))).metrics.length, 1);
});

test('a live stage without a sample sends a zero, one that is not attached sends nothing', () => {
  const decode = decodeStackLatency(recordingContext().context);
  decode(START);
  const batch = decodeOne(
    decode,
    frames(hello('tcp-start'), records({ stage: 'ip-start' }, { stage: 'tcp-start' })),
  );
  assert.equal(batch.metrics[0].points.length, 1);
  assert.deepEqual(batch.metrics[0].points[0], {
    attributes: { 'lagpipe.stack.stage': 'tcp-start' },
    startTime: [1_795_237_195, 1],
    time: [1_795_237_200, 123_456_789],
    count: 0,
    sum: 0,
    scale: 3,
    zeroCount: 0,
    positive: { offset: 0, bucketCounts: [] },
  });
});

test("counting by groups, a stage's own record tells only what was skipped", () => {
  const decode = decodeStackLatency(recordingContext().context, true);
  decode(START);
  const batch = decodeOne(
    decode,
    frames(hello('ip-start'), records({ stage: 'ip-start', seen: 7, skipped: { filtered: 7 } })),
  );
  assert.deepEqual(
    batch.metrics.map(({ name }) => name),
    ['lagpipe.stack.skipped'],
  );
  assert.deepEqual(decode(frames(records({ stage: 'ip-start' }))), []);
});

test('the lowest and the highest bucket keep their index', () => {
  const decode = decodeStackLatency(recordingContext().context);
  const batch = decodeOne(
    decode,
    frames(hello('ip-start'), records({ stage: 0, seen: 2, buckets: { '-240': 1, 48: 1 } })),
  );
  const metric = batch.metrics[0];
  assert.equal(metric.kind, 'exponential_histogram');
  const [point] = metric.kind === 'exponential_histogram' ? metric.points : [];
  assert.deepEqual([point.positive.offset, point.positive.bucketCounts.length, point.count], [-240, 289, 2]);
});

test("the probes' cost is the kernel's count since the loader started", () => {
  const decode = decodeStackLatency(recordingContext().context);
  decode(START);
  const programs = [
    { name: 'ip_start', part: 'ip-start', run_count: 1000, run_time_ns: 42_000, recursion_misses: 2 },
  ];
  const batch = decodeOne(decode, frames(jsonFrame(FRAME_TYPE.runStats, { programs })));
  assert.deepEqual(
    batch.metrics.map(({ name, points }) => [name, points]),
    [
      ['lagpipe.bpf.runs', 1000],
      ['lagpipe.bpf.run_time', 42e-6],
      ['lagpipe.bpf.recursion_misses', 2],
    ].map(([name, value]) => {
      const attributes = { 'lagpipe.bpf.program': 'ip_start', 'lagpipe.bpf.part': 'ip-start' };
      return [name, [{ attributes, startTime: START.time, time: [1_795_237_200, 5], value }]];
    }),
  );
});
