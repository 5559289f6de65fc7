import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InternedTexts } from './interned-texts.ts';

/** Small words, so that keys collide in all but one of them. */
const word = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 0xffff_ffff }));
const key = fc.tuple(word, word, word, word, fc.constantFrom(4, 6));

function textOf(bytes: Uint8Array, tag: number): string {
  return `${Buffer.from(bytes).toString('hex')}/${tag}`;
}

test('equal keys have one code, and every code reads back as its key', () => {
  fc.assert(
    fc.property(fc.array(key, { maxLength: 60 }), (keys) => {
      const texts = new InternedTexts(textOf);
      const codes = keys.map(([a, b, c, d, tag]) => texts.codeOf(a, b, c, d, tag));
      const dictionary = texts.dictionary();
      keys.forEach(([a, b, c, d, tag], index) => {
        const bytes = new Uint8Array(Uint32Array.of(a, b, c, d).buffer);
        assert.equal(dictionary[codes[index]], textOf(bytes, tag));
      });
      assert.equal(dictionary.length, new Set(keys.map(String)).size + 1);
      assert.equal(codes.includes(0), false);
    }),
  );
});

test('thousands of keys keep their codes while the table grows, until it starts anew', () => {
  const texts = new InternedTexts((bytes) => String(bytes[0] | (bytes[1] << 8)));
  texts.begin();
  const codes = Array.from({ length: 5000 }, (_, value) => texts.codeOf(value, 0, 0, 0, 4));
  const dictionary = texts.dictionary();
  codes.forEach((code, value) => {
    assert.equal(dictionary[code], String(value));
    assert.equal(texts.codeOf(value, 0, 0, 0, 4), code);
  });
  assert.equal(texts.dictionary(), dictionary, 'nothing new, nothing copied');
  texts.begin();
  assert.equal(texts.codeOf(4999, 0, 0, 0, 4), 1);
  assert.deepEqual(texts.dictionary(), ['', '4999']);
  assert.equal(dictionary.length, 5001);
});
