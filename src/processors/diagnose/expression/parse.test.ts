import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseCondition } from './parse.ts';
import { ExpressionError } from './tokens.ts';

const VALUES: Readonly<Record<string, number>> = { a: 1, b: 2, waiting: 12, zero: 0 };

function holds(text: string): boolean {
  return parseCondition(text).holds((name) => VALUES[name] ?? Number.NaN);
}

describe('parseCondition', () => {
  for (const [text, expected] of [
    ['a < b', true],
    ['waiting > 10 and not b == 3', true],
    ['a + b * 3 == 7', true],
    ['(a + b) * 3 == 9', true],
    ['b - a - a == 0', true],
    ['8 / b / b == 2', true],
    ['-a < 0 and - -a > 0', true],
    ['a > b or b > a', true],
    ['a > b or a > b and b > a', false],
    ['not a > b and b >= 2', true],
    ['max(a, b, 7) == 7 and min(a, b) == 1 and abs(-3.5e0) == 3.5', true],
    ['waiting != 12', false],
    // Nothing divided by nothing is no number, and no comparison holds for it.
    ['zero / zero >= 0', false],
    ['a / zero > 1e9', true],
  ] as const) {
    it(`computes ${text}`, () => assert.equal(holds(text), expected));
  }

  for (const [text, message, at] of [
    ['a + b', /a number, and a condition is needed/, 0],
    ['a >', /it ends where a number/, 3],
    ['a > 1 )', /"\)" is one too many/, 6],
    ['(a > 1', /closing bracket is missing/, 6],
    ['a > 1 and b', /"and" needs a comparison/, 10],
    ['a > (b > 1)', /a comparison stands where a number/, 4],
    ['a ? b', /"\?" means nothing here/, 2],
    ['sqrt(a) > 1', /no function "sqrt"; functions: min, max, abs/, 0],
    ['max > 1', /max needs its values in brackets/, 0],
    ['constructor(a) > 1', /no function "constructor"/, 0],
    ['a > 1 > 0', /">" is one too many/, 6],
    [`${'('.repeat(2000)}a`, /2001 characters; allowed: at most 1000/, 1000],
  ] as const) {
    it(`says what is wrong with ${text.slice(0, 20)}`, () => {
      assert.throws(
        () => parseCondition(text),
        (error) => error instanceof ExpressionError && message.test(error.message) && error.at === at,
      );
    });
  }

  it('knows its names and where they stand', () => {
    assert.deepEqual(
      [...parseCondition('  a > 1 and b < a').names],
      [
        ['a', 2],
        ['b', 12],
      ],
    );
  });

  it('takes names of JavaScript for what they are: names', () => {
    assert.deepEqual(
      [...parseCondition('constructor > 1 or __proto__ > 2').names.keys()],
      ['constructor', '__proto__'],
    );
  });

  it('either parses any text or says why not, and computes a truth value', () => {
    const words = [
      'a',
      'b',
      '1',
      '2.5',
      '(',
      ')',
      '<',
      '>=',
      '+',
      '-',
      '*',
      '/',
      'and',
      'or',
      'not',
      'min',
      ',',
      ' ',
      'é',
    ];
    const texts = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((parts) => parts.join(' ')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          assert.equal(typeof holds(text), 'boolean');
        } catch (error) {
          assert.ok(error instanceof ExpressionError, String(error));
          assert.ok(error.at >= 0 && error.at <= text.length);
        }
      }),
    );
  });
});
