import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzFrames, randomNumbers } from './fuzz-frames.ts';

test('damaged frames never throw, and what cannot be read is counted', () => {
  const { frames, batches, dropped } = fuzzFrames(20_000, 20_261_121);
  assert.equal(frames, 20_000);
  assert.ok(batches > 1000, 'some frames are still whole enough to be read');
  for (const reason of ['bad_frame', 'bad_record', 'unknown_frame_type', 'loader_died'])
    assert.ok(dropped[reason] > 0, `${reason} was met`);
});

test('the same seed gives the same numbers, another seed others', () => {
  const take = (seed: number) => {
    const random = randomNumbers(seed);
    return Array.from({ length: 5 }, () => random(1000));
  };
  assert.deepEqual(take(7), take(7));
  assert.notDeepEqual(take(7), take(8));
});
