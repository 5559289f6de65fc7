import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRecord, numberOf, parseJsonBytes, textOf } from './json-shape.ts';

test('JSON from outside is looked at before it is believed', () => {
  assert.deepEqual([{}, [], null, 'text', 1].map(isRecord), [true, false, false, false, false]);
  assert.deepEqual(['a', 1, null, undefined].map(textOf), ['a', '', '', '']);
  assert.deepEqual([2.5, '2.5', Number.NaN, Number.POSITIVE_INFINITY, null].map(numberOf), [2.5, 0, 0, 0, 0]);
});

test('bytes are parsed from where they lie, and what is no JSON is undefined', () => {
  assert.deepEqual(parseJsonBytes(Buffer.from('xx{"a":"é"}yy').subarray(2, 12)), { a: 'é' });
  assert.equal(parseJsonBytes(Buffer.from('{"a":')), undefined);
});
