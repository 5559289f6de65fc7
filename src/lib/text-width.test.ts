import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cutToWidth, displayWidth, printable } from './text-width.ts';

describe('displayWidth', () => {
  for (const [text, width] of [
    ['', 0],
    ['121µs', 5],
    ['– …', 3],
    ['\x1b[33mrefused\x1b[0m', 7],
    ['日本', 4],
    ['e\u0301', 1],
    ['🚀', 2],
  ] as const) {
    it(`${JSON.stringify(text)} takes ${width} columns`, () => assert.equal(displayWidth(text), width));
  }
});

describe('cutToWidth', () => {
  it('keeps what fits and marks what was cut', () => {
    assert.equal(cutToWidth('established', 11), 'established');
    assert.equal(cutToWidth('established', 10), 'establish…');
  });

  it('switches colours off behind a cut', () => {
    assert.equal(cutToWidth('\x1b[33mrefused\x1b[39m', 4), '\x1b[33mref…\x1b[0m');
  });

  it('never exceeds the width, whatever the text', () => {
    const text = fc.string({ unit: fc.oneof(fc.constantFrom('\x1b[1m', '日', 'a', '\u0301'), fc.string()) });
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 30 }), (any, columns) => {
        assert.ok(displayWidth(cutToWidth(any, columns)) <= columns);
      }),
    );
  });
});

describe('printable', () => {
  it('leaves a terminal nothing to obey', () => {
    assert.equal(printable('evil\x1b[2J\r\n\x9b31m\u202e'), 'evil?[2J???31m?');
    assert.equal(printable('naïve 日本'), 'naïve 日本');
  });
});
