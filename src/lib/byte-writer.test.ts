import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteWriter, phraseOf } from './byte-writer.ts';

/** What is written, from a buffer that is at first too small. */
function written(write: (out: ByteWriter) => void, encoding: BufferEncoding = 'utf8'): string {
  const out = new ByteWriter(1);
  write(out);
  return Buffer.from(out.view()).toString(encoding);
}

describe('ByteWriter', () => {
  for (const [value, expected] of [
    [0, '0'],
    [7, '7'],
    [42, '42'],
    [100, '100'],
    [1001, '1001'],
    [65535, '65535'],
    [1_000_000, '1000000'],
    [1_700_000_000, '1700000000'],
    [-5, '-5'],
    [0.25, '0.25'],
    [1e21, '1e+21'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
  ] as const) {
    it(`writes the number ${expected}`, () => {
      assert.equal(
        written((out) => out.number(value)),
        expected,
      );
    });
  }

  for (const [seconds, expected] of [
    [0, '0.000000'],
    [0.000027, '0.000027'],
    [0.0000274, '0.000027'],
    [0.9999996, '1.000000'],
    [7.151756, '7.151756'],
    [86_400.5, '86400.500000'],
    [-0.000027, '-0.000027'],
    [1_402_321_033.750859, '1402321033.750859'],
  ] as const) {
    it(`writes ${seconds} seconds as ${expected}`, () => {
      assert.equal(
        written((out) => out.secondsWithMicros(seconds)),
        expected,
      );
    });
  }

  it('fills a fraction up with zeros on the left', () => {
    assert.equal(
      written((out) => out.fraction(74)),
      '.000074',
    );
  });

  it('writes any whole number as JavaScript does', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        assert.equal(
          written((out) => out.number(value)),
          String(value),
        );
      }),
    );
  });

  it('writes any number as JavaScript does, microseconds and others', () => {
    const micros = fc.tuple(fc.nat(2 ** 32 - 1), fc.nat(999_999)).map(([whole, part]) => whole + part / 1e6);
    const nanos = fc.nat(2 ** 31).map((value) => value / 1e9);
    fc.assert(
      fc.property(fc.oneof(micros, nanos, fc.double(), fc.constantFrom(-0, 1e-6, 5e-7, 1e-7)), (value) => {
        assert.equal(
          written((out) => out.number(value)),
          String(value),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('writes any text as JSON', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
        assert.equal(
          written((out) => out.json(text)),
          JSON.stringify(text),
        );
      }),
    );
  });

  it('writes nine digits', () => {
    for (const value of [0, 7, 123_456_789, 999_999_999]) {
      assert.equal(
        written((out) => out.nineDigits(value)),
        String(value).padStart(9, '0'),
      );
    }
  });

  it('writes a byte for each character, and no text that cannot be bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 255 })), (codes) => {
        const text = String.fromCharCode(...codes);
        assert.equal(
          written((out) => out.latin1(text), 'latin1'),
          text,
        );
      }),
    );
    assert.equal(
      written((out) => assert.equal(out.latin1('a→b'), false)),
      '',
    );
  });

  it('keeps what was written when it grows, and starts anew when cleared', () => {
    const out = new ByteWriter(1);
    for (let index = 0; index < 100; index++) {
      out.phrase(phraseOf(`${'x'.repeat(index)} `));
      out.utf8('→');
    }
    const expected = Array.from({ length: 100 }, (_, index) => `${'x'.repeat(index)} →`).join('');
    assert.equal(Buffer.from(out.view()).toString(), expected);
    out.clear();
    out.number(1);
    assert.equal(Buffer.from(out.view()).toString(), '1');
  });

  it('writes again what was written, of any length and at any place', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary-ascii' })), (texts) => {
        const out = new ByteWriter(1);
        for (const text of texts) {
          const from = out.length;
          out.phrase(phraseOf(text));
          out.again(from, out.length - from);
        }
        assert.equal(Buffer.from(out.view()).toString(), texts.map((text) => text + text).join(''));
      }),
    );
  });
});
