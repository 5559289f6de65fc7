import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wrapText } from './wrap-text.ts';

describe('wrapText', () => {
  for (const [text, columns, lines] of [
    ['', 10, []],
    ['one two  three', 8, ['one two', 'three']],
    ['one two three', 13, ['one two three']],
    ['incomprehensibilities a b', 6, ['incomprehensibilities', 'a b']],
    ['日本 語', 4, ['日本', '語']],
  ] as const) {
    it(`breaks "${text}" at ${columns}`, () => assert.deepEqual(wrapText(text, columns), lines));
  }
});
