import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { retryAfterMillis } from './retry-info.ts';

const TYPE = 'type.googleapis.com/google.rpc.RetryInfo';

function field(number: number, ...parts: (readonly number[])[]): number[] {
  const bytes = parts.flat();
  return [number * 8 + 2, bytes.length, ...bytes];
}

const ascii = (text: string): number[] => [...Buffer.from(text)];
const any = (type: string, value: readonly number[]) => field(3, field(1, ascii(type)), field(2, value));
/** Code 8 and a message, as every Status has. */
const HEAD = [0x08, 0x08, ...field(2, ascii('slow down'))];

test('reads the delay of a RetryInfo, wherever it stands among the details', () => {
  const delay = field(1, [0x08, 0x02, 0x10, 0x80, 0xca, 0xb5, 0xee, 0x01]);
  const status = [...HEAD, ...any('type.googleapis.com/google.rpc.Help', [0x0a, 0x00]), ...any(TYPE, delay)];
  assert.equal(retryAfterMillis(Uint8Array.from(status)), 2_500);
});

test('takes a RetryInfo without a delay as "at once"', () => {
  assert.equal(retryAfterMillis(Uint8Array.from([...HEAD, ...any(TYPE, [])])), 0);
});

test('finds nothing where there is none', () => {
  assert.equal(retryAfterMillis(new Uint8Array()), undefined);
  assert.equal(retryAfterMillis(Uint8Array.from(HEAD)), undefined);
});

test('survives any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
      for (const bytes of [noise, Uint8Array.from([...HEAD, ...any(TYPE, [...noise])])]) {
        const millis = retryAfterMillis(bytes);
        assert.ok(millis === undefined || millis >= 0);
      }
    }),
    { numRuns: 1000 },
  );
});
