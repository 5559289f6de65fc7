import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomNumbers } from '../test/random-numbers.ts';
import { fuzzCaptures } from './fuzz-captures.ts';
import { fuzzFrames } from './fuzz-frames.ts';

test('damaged frames never throw, and what cannot be read is counted', () => {
  const { frames, batches, dropped } = fuzzFrames(20_000, 20_261_121);
  assert.equal(frames, 20_000);
  assert.ok(batches > 1000, 'some frames are still whole enough to be read');
  for (const reason of ['bad_frame', 'bad_record', 'unknown_frame_type', 'loader_died'])
    assert.ok(dropped[reason] > 0, `${reason} was met`);
});

test('damaged captures never throw, and many of their exchanges are still read', () => {
  const { records, events, longestMillis } = fuzzCaptures(20_000, 20_261_127);
  assert.ok(records >= 20_000);
  assert.ok(events > 100, `${events} events`);
  assert.ok(longestMillis > 0);
});

test('the same seed gives the same numbers, another seed others', () => {
  const take = (seed: number) => {
    const random = randomNumbers(seed);
    return Array.from({ length: 5 }, () => random(1000));
  };
  assert.deepEqual(take(7), take(7));
  assert.notDeepEqual(take(7), take(8));
});
