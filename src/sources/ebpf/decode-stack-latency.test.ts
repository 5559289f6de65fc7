import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Chunk, Decode } from '../../component.ts';
import { CHUNK } from '../../loader/decode-frames.ts';
import { FRAME_TYPE } from '../../loader/frame-header.ts';
import { frameBytes, jsonFrame } from '../../loader/testdata/frames.ts';
import { recordingContext } from '../../loader/testdata/harness.ts';
import type { MetricBatch } from '../../model/batch.ts';
import { decodeStackLatency } from './decode-stack-latency.ts';
import { STAGES } from './stages.ts';
import { type StackRecord, stackRecord } from './testdata/records.ts';

const START: Chunk = { time: [1_795_237_190, 0], name: CHUNK.start, bytes: new Uint8Array(0) };

function frames(...bytes: Uint8Array[]): Chunk {
  return { time: [1_795_237_200, 5], name: CHUNK.frames, bytes: Buffer.concat(bytes) };
}

function hello(...live: string[]): Uint8Array {
  const probes = live.map((part) => ({ part, state: 'live', attach: 'netfilter', covers: 'IPv4' }));
  return jsonFrame(FRAME_TYPE.hello, {
    loader_version: '1',
    kernel: '6.18',
    program: 'stack_latency',
    probes,
  });
}

function records(...list: StackRecord[]): Uint8Array {
  return frameBytes(FRAME_TYPE.stackLatency, list.length, Buffer.concat(list.map(stackRecord)));
}

function decodeOne(decode: Decode, chunk: Chunk): MetricBatch {
  const batches = decode(chunk);
  assert.equal(batches.length, 1);
  assert.equal(batches[0].kind, 'metrics');
  return batches[0] as MetricBatch;
}

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

test('stages that were denied are told with the reason, and one that is half there as degraded', () => {
  const { context, reports } = recordingContext();
  const probes = [
    { part: 'ip-start', state: 'live', attach: 'netfilter', covers: 'IPv4' },
    {
      part: 'ip-start',
      state: 'denied',
      attach: 'netfilter',
      covers: 'IPv6',
      code: 'no_such_hook',
      detail: 'ENOENT',
    },
    {
      part: 'tcp-start',
      state: 'denied',
      attach: 'netfilter',
      covers: 'IPv4',
      code: 'missing_capability',
      detail: 'EPERM',
    },
    {
      part: 'tcp-socket-read',
      state: 'live',
      attach: 'raw_tracepoint',
      covers: 'all namespaces',
      refused: { tracing: 'lockdown', kprobe: 'no_such_hook' },
    },
  ];
  decodeStackLatency(context)(frames(jsonFrame(FRAME_TYPE.hello, { probes })));
  assert.deepEqual(
    reports.map(({ part, state, detail, attributes }) => [part, state, detail, attributes]),
    [
      ['', 'live', 'the loader runs', { restarts: 0 }],
      [
        'ip-start',
        'degraded',
        'without IPv6: this kernel does not have the hook (ENOENT)',
        { attach: 'netfilter', covers: 'IPv4' },
      ],
      [
        'tcp-start',
        'failed',
        'measuring in the kernel needs rights that this user does not have (EPERM)',
        {},
      ],
      [
        'tcp-socket-read',
        'live',
        'by raw_tracepoint',
        {
          attach: 'raw_tracepoint',
          covers: 'all namespaces',
          refused: 'tracing (lockdown), kprobe (no_such_hook)',
        },
      ],
    ],
  );
  assert.match(reports[2].remedy ?? '', /^run `sudo npx lagpipe grant` once/);
});

test('nothing is told by part when nothing works for one reason: the end of the loader tells it once', () => {
  const denied = (...codes: string[]) => {
    const { context, reports } = recordingContext();
    const probes = codes.map((code, index) => ({
      part: STAGES[index],
      state: 'denied',
      code,
      detail: 'EPERM',
    }));
    decodeStackLatency(context)(frames(jsonFrame(FRAME_TYPE.hello, { probes })));
    return reports.map(({ part, state }) => `${part} ${state}`);
  };
  assert.deepEqual(denied('missing_capability', 'missing_capability'), []);
  assert.deepEqual(denied('lockdown', 'no_such_hook'), ['ip-start failed', 'tcp-start failed']);
});

test('each HELLO tells how often the loader was started anew', () => {
  const { context, reports } = recordingContext();
  const decode = decodeStackLatency(context);
  for (let life = 0; life < 3; life += 1) {
    decode(START);
    decode(frames(hello('ip-start')));
  }
  assert.deepEqual(
    reports
      .filter(({ part }) => part === '')
      .map(({ state, detail, attributes }) => [state, detail, attributes?.restarts]),
    [
      ['live', 'the loader runs', 0],
      ['live', 'the loader runs again, started anew once', 1],
      ['live', 'the loader runs again, started anew 2 times', 2],
    ],
  );
});

test('what cannot be read is counted, and what follows is read', () => {
  const { context, dropped } = recordingContext();
  const decode = decodeStackLatency(context);
  const good = records({ stage: 'ip-start', seen: 1, buckets: { 0: 1 } });
  const badStage = records({ stage: STAGES.length, seen: 1 });
  const tooShort = frameBytes(FRAME_TYPE.stackLatency, 2, new Uint8Array(10));
  const unknownType = frameBytes(99, 5, new Uint8Array(5));
  const otherProgram = frameBytes(FRAME_TYPE.tcpConnect, 1, new Uint8Array(104));
  const notJson = frameBytes(FRAME_TYPE.hello, 1, Buffer.from('{'));
  const batches = decode(frames(badStage, tooShort, unknownType, otherProgram, notJson, good));
  assert.equal(batches.length, 1);
  assert.deepEqual(dropped, { bad_record: 3, unknown_frame_type: 6 });
});

test('a broken stream counts once, and the next loader is read again', () => {
  const { context, dropped, lines } = recordingContext();
  const decode = decodeStackLatency(context);
  const good = records({ stage: 'ip-start', seen: 1, buckets: { 0: 1 } });
  decode(frames(new Uint8Array(64)));
  assert.deepEqual(decode(frames(good)), []);
  assert.deepEqual(dropped, { bad_frame: 1 });
  assert.equal(lines.length, 1);
  decode(START);
  assert.equal(decode(frames(good.subarray(0, 1000))).length, 0);
  decode(START);
  assert.deepEqual(dropped, { bad_frame: 1, loader_died: 1 });
  assert.equal(decode(frames(good)).length, 1);
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

test('any counts come through: sum of buckets, offset, times', () => {
  const bucket = fc.tuple(fc.integer({ min: -240, max: 48 }), fc.integer({ min: 1, max: 2 ** 40 }));
  fc.assert(
    fc.property(
      fc.array(bucket, { maxLength: 20 }),
      fc.integer({ min: 0, max: 6 }),
      fc.nat(),
      (buckets, stage, zeroCount) => {
        const counts = Object.fromEntries(buckets);
        const decode = decodeStackLatency(recordingContext().context);
        const batch = decodeOne(
          decode,
          frames(hello(STAGES[stage]), records({ stage, zeroCount, buckets: counts })),
        );
        const metric = batch.metrics[0];
        if (metric.kind !== 'exponential_histogram') throw new Error(metric.kind);
        const { positive, count } = metric.points[0];
        const back = positive.bucketCounts.map((value, index) => [positive.offset + index, value]);
        assert.deepEqual(Object.fromEntries(back.filter(([, value]) => value > 0)), counts);
        assert.equal(
          count,
          Object.values(counts).reduce((sum, value) => sum + value, zeroCount),
        );
      },
    ),
  );
});

test('random payloads of every frame type never throw', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 12 }),
      fc.nat(3),
      fc.uint8Array({ maxLength: 3000 }),
      (type, count, payload) => {
        const decode = decodeStackLatency(recordingContext().context);
        decode(frames(hello(...STAGES), frameBytes(type, count, payload)));
      },
    ),
    { numRuns: 300 },
  );
});
