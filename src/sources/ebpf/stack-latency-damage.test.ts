import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FRAME_TYPE } from '../../loader/frame-header.ts';
import { frameBytes } from '../../loader/testdata/frames.ts';
import { recordingContext } from '../../loader/testdata/harness.ts';
import { decodeStackLatency } from './decode-stack-latency.ts';
import { STAGES } from './stages.ts';
import { decodeOne, frames, hello, records, START } from './testdata/stack-frames.ts';

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
