import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { protobufFields, readVarint } from './protobuf-fields.ts';

test('reads the examples of the protobuf encoding guide', () => {
  assert.deepEqual([...protobufFields(Uint8Array.of(0x08, 0x96, 0x01))], [{ number: 1, value: 150n }]);
  const testing = Uint8Array.of(0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67);
  assert.deepEqual([...protobufFields(testing)], [{ number: 2, value: testing.subarray(2) }]);
});

test('reads fixed-size fields, field numbers above 15 and 64-bit varints', () => {
  const bytes = Uint8Array.of(0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x15, 1, 2, 3, 4, 0x80, 0x01, 0x05);
  assert.deepEqual(
    [...protobufFields(bytes)],
    [
      { number: 1, value: bytes.subarray(1, 9) },
      { number: 2, value: bytes.subarray(10, 14) },
      { number: 16, value: 5n },
    ],
  );
  const minusOne = Uint8Array.of(...Array(9).fill(0xff), 0x01);
  assert.deepEqual(readVarint(minusOne, 0), { value: 2n ** 64n - 1n, next: 10 });
});

test('refuses what is no message with a RangeError, and nothing worse', () => {
  for (const bad of [[0x08], [0x08, 0x80], [0x12, 0x05, 0x01], [0x09, 1], [0x0b], Array(20).fill(0xff)]) {
    assert.throws(() => [...protobufFields(Uint8Array.from(bad))], RangeError);
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        for (const { value } of protobufFields(bytes)) assert.ok(value !== undefined);
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
