import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameSplitter } from './frame.ts';
import { type FrameFault, HEADER_BYTES, MAX_PAYLOAD_BYTES, watchFrames } from './frame-header.ts';
import { frameBytes } from './testdata/frames.ts';

interface Seen {
  readonly type: number;
  readonly count: number;
  readonly payload: readonly number[];
}

const anyFrame: fc.Arbitrary<Seen> = fc.record(
  {
    type: fc.integer({ min: 0, max: 0xffff }),
    count: fc.integer({ min: 0, max: 0xffff_ffff }),
    payload: fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 100 }),
  },
  { noNullPrototype: true },
);

function bytesOf(frames: readonly Seen[]): Uint8Array {
  return Buffer.concat(
    frames.map(({ type, count, payload }) => frameBytes(type, count, Uint8Array.from(payload))),
  );
}

/** Cuts at the given positions (taken modulo the length), so some pieces are empty and some hold many frames. */
function cut(bytes: Uint8Array, positions: readonly number[]): Uint8Array[] {
  const at = [...positions.map((position) => position % (bytes.length + 1)), bytes.length].sort(
    (a, b) => a - b,
  );
  return at.map((end, index) => bytes.subarray(index === 0 ? 0 : at[index - 1], end));
}

function split(pieces: readonly Uint8Array[]): { seen: Seen[]; faults: FrameFault[]; lost: number } {
  const splitter = new FrameSplitter();
  const seen: Seen[] = [];
  const faults: FrameFault[] = [];
  for (const piece of pieces) {
    const fault = splitter.push(piece, ({ type, count, payload }) => {
      seen.push({ type, count, payload: [...payload] });
    });
    if (fault !== undefined) faults.push(fault);
  }
  return { seen, faults, lost: splitter.reset() };
}

test('any split of any frames gives the same frames', () => {
  fc.assert(
    fc.property(
      fc.array(anyFrame, { maxLength: 12 }),
      fc.array(fc.nat(), { maxLength: 20 }),
      (frames, positions) => {
        const pieces = cut(bytesOf(frames), positions);
        assert.deepEqual(split(pieces), { seen: frames, faults: [], lost: 0 });
        const watch = watchFrames();
        for (const piece of pieces) assert.equal(watch(piece), undefined);
      },
    ),
    { numRuns: 500 },
  );
});

test('byte by byte gives the same frames', () => {
  const frames = [
    { type: 1, count: 1, payload: [7] },
    { type: 2, count: 0, payload: [] },
    { type: 3, count: 2, payload: [1, 2, 3] },
  ];
  const bytes = bytesOf(frames);
  assert.deepEqual(split([...bytes].map((byte) => Uint8Array.of(byte))).seen, frames);
});

test('random bytes end in one fault and never throw', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 400 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      fc.array(anyFrame, { maxLength: 3 }),
      (noise, positions, before) => {
        const pieces = cut(Buffer.concat([bytesOf(before), noise]), positions);
        const { seen, faults } = split(pieces);
        assert.deepEqual(seen.slice(0, before.length), before);
        const watch = watchFrames();
        assert.deepEqual(
          pieces.map(watch).filter((fault) => fault !== undefined),
          faults,
        );
        if (noise.length >= HEADER_BYTES) assert.equal(faults.length, 1);
      },
    ),
    { numRuns: 500 },
  );
});

test('a frame as long as allowed passes, a longer one is a fault', () => {
  const long = frameBytes(3, 1, new Uint8Array(MAX_PAYLOAD_BYTES));
  assert.equal(split(cut(long, [5, 70_000])).seen[0].payload.length, MAX_PAYLOAD_BYTES);
  assert.equal(split([frameBytes(3, 1, new Uint8Array(MAX_PAYLOAD_BYTES + 1))]).faults[0].kind, 'bad_frame');
});

test('another version is told apart from garbage, and frames before it count', () => {
  const newer = frameBytes(2, 1, Uint8Array.of(1));
  newer[4] = 9;
  const { seen, faults } = split([Buffer.concat([frameBytes(2, 1, Uint8Array.of(1)), newer])]);
  assert.equal(seen.length, 1);
  assert.deepEqual(faults, [{ kind: 'unknown_version', detail: 'version 9 where 1 is known' }]);
});

test('nothing is read after a fault until a reset, which tells what an unfinished frame held', () => {
  const splitter = new FrameSplitter();
  const types: number[] = [];
  const push = (bytes: Uint8Array) => splitter.push(bytes, (frame) => types.push(frame.type));
  assert.equal(push(new Uint8Array(HEADER_BYTES))?.kind, 'bad_frame');
  assert.equal(push(frameBytes(1, 1, Uint8Array.of(1))), undefined);
  assert.equal(splitter.reset(), 0);
  push(frameBytes(3, 41, new Uint8Array(8)).subarray(0, 20));
  assert.equal(splitter.reset(), 41);
  push(frameBytes(5, 1, Uint8Array.of(1)));
  assert.deepEqual(types, [5]);
});
