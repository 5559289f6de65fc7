import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { CHUNK } from '../../loader/decode-frames.ts';
import { FRAME_TYPE } from '../../loader/frame-header.ts';
import { frameBytes } from '../../loader/testdata/frames.ts';
import { recordingContext } from '../../loader/testdata/harness.ts';
import type { Point } from '../../model/metric.ts';
import { decodeSockets } from './decode-sockets.ts';
import { RECORD_BYTES } from './records.ts';

const BYTES_OF: ReadonlyMap<number, number> = new Map([
  [FRAME_TYPE.socketListener, RECORD_BYTES.listener],
  [FRAME_TYPE.socketGroup, RECORD_BYTES.group],
  [FRAME_TYPE.socketPeer, RECORD_BYTES.peer],
  [FRAME_TYPE.socketTimes, RECORD_BYTES.times],
  [FRAME_TYPE.socketTotals, RECORD_BYTES.totals],
  [FRAME_TYPE.socketCensus, RECORD_BYTES.census],
  [FRAME_TYPE.socketTick, RECORD_BYTES.tick],
]);

it('records of any bytes become numbers or are counted, and nothing is thrown', () => {
  const frame = fc
    .constantFrom(...BYTES_OF)
    .chain(([type, bytes]) =>
      fc.record({ type: fc.constant(type), payload: fc.uint8Array({ minLength: bytes, maxLength: bytes }) }),
    );
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 20 }), (frames) => {
      const decode = decodeSockets(recordingContext().context);
      for (const { type, payload } of frames) {
        const bytes = frameBytes(type, 1, payload);
        for (const batch of decode({ time: [1, 0], name: CHUNK.frames, bytes })) {
          assert.ok(batch.kind === 'metrics');
          for (const point of batch.metrics.flatMap<Point>(({ points }) => [...points])) {
            const figures = 'value' in point ? [point.value] : [point.count, point.sum];
            assert.ok(figures.every(Number.isFinite), JSON.stringify(point));
          }
        }
      }
    }),
  );
});

it('a frame whose length does not fit its records is counted', () => {
  for (const [type, bytes] of BYTES_OF) {
    const { context, dropped } = recordingContext();
    const damaged = frameBytes(type, 2, new Uint8Array(2 * bytes - 1));
    assert.deepEqual(decodeSockets(context)({ time: [1, 0], name: CHUNK.frames, bytes: damaged }), []);
    assert.deepEqual(dropped, { bad_record: 1 });
  }
});
