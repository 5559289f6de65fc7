import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineIndex } from './line-index.ts';

test('finds the line of an offset, whatever ends the lines, and leaves a byte order mark out', () => {
  const lines = new LineIndex('\uFEFFab\r\n\ncd');
  assert.deepEqual(lines.lineAt(1), { number: 1, start: 1, text: 'ab' });
  assert.deepEqual(lines.lineAt(4), { number: 1, start: 1, text: 'ab' });
  assert.deepEqual(lines.lineAt(5), { number: 2, start: 5, text: '' });
  assert.deepEqual(lines.lineAt(7), { number: 3, start: 6, text: 'cd' });
});

test('takes an offset outside of the text for the nearest one inside', () => {
  assert.equal(new LineIndex('a\nb').lineAt(-1).number, 1);
  assert.equal(new LineIndex('a\nb').lineAt(99).number, 2);
  assert.deepEqual(new LineIndex('').lineAt(0), { number: 1, start: 0, text: '' });
});

test('agrees with counting newlines', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ab\n]{0,40}$/), fc.nat(40), (text, at) => {
      const offset = Math.min(at, text.length);
      const before = text.slice(0, offset).split('\n');
      const line = new LineIndex(text).lineAt(offset);
      assert.equal(line.number, before.length);
      assert.equal(line.start, offset - before[before.length - 1].length);
      assert.equal(line.text, text.split('\n')[line.number - 1]);
    }),
    { numRuns: 300 },
  );
});
