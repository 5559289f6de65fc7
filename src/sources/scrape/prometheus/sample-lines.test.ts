import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseNumber, readSampleLines } from './sample-lines.ts';
import { parseSeries } from './series-text.ts';

type Seen = readonly [kind: string, ...unknown[]];

function read(text: string): readonly Seen[] {
  const seen: Seen[] = [];
  readSampleLines(Buffer.from(text), {
    comment: (line) => seen.push(['comment', line.toString()]),
    sample: (key, value, timestamp) =>
      seen.push(timestamp === undefined ? ['sample', key, value] : ['sample', key, value, timestamp]),
    exemplar: () => seen.push(['exemplar']),
    malformed: () => seen.push(['malformed']),
  });
  return seen;
}

describe('readSampleLines', () => {
  for (const [line, expected] of [
    ['a 1', [['sample', 'a', 1]]],
    ['  a\t1  ', [['sample', 'a', 1]]],
    ['a{} 1', [['sample', 'a{}', 1]]],
    ['a {b="c"} 1', [['sample', 'a {b="c"}', 1]]],
    ['a{b="}"} 1', [['sample', 'a{b="}"}', 1]]],
    ['a{b="\\"} 2"} 1', [['sample', 'a{b="\\"} 2"}', 1]]],
    ['{"a.b",c="d"} 1', [['sample', '{"a.b",c="d"}', 1]]],
    ['a 1 1700000000123', [['sample', 'a', 1, 1_700_000_000_123]]],
    ['a 1 -5', [['sample', 'a', 1, -5]]],
    ['a_total 5 1.5 # {trace_id="x"} 3 1.4', [['exemplar'], ['sample', 'a_total', 5, 1.5]]],
    ['a_total 5 # {trace_id="x"} 3', [['exemplar'], ['sample', 'a_total', 5]]],
    ['a 123456789012345678', [['sample', 'a', 123_456_789_012_345_680]]],
    ['a +Inf', [['sample', 'a', Number.POSITIVE_INFINITY]]],
    ['a NaN', [['sample', 'a', Number.NaN]]],
    ['a 1\r', [['sample', 'a', 1]]],
    ['# TYPE a counter', [['comment', '# TYPE a counter']]],
    ['a', [['malformed']]],
    ['a{b="c" 1', [['malformed']]],
    ['a{b="c} 1', [['malformed']]],
    ['a one', [['malformed']]],
    ['a 1 2 3', [['malformed']]],
    ['a 1 x', [['malformed']]],
    ['', []],
    ['   ', []],
  ] as const) {
    it(`reads ${JSON.stringify(line)}`, () => {
      assert.deepEqual(read(line), expected);
      assert.deepEqual(read(`x 0\n${line}\ny 0`), [['sample', 'x', 0], ...expected, ['sample', 'y', 0]]);
    });
  }

  it('calls back once for every line, whatever is in it', () => {
    const piece = fc.constantFrom(
      'a',
      '{',
      '}',
      '"',
      '\\',
      ' ',
      '1',
      '#',
      '=',
      ',',
      '.',
      'é',
      '\t',
      'Inf',
      '-',
    );
    fc.assert(
      fc.property(fc.array(fc.array(piece, { maxLength: 12 }), { maxLength: 6 }), (lines) => {
        const texts = lines.map((pieces) => pieces.join(''));
        const seen = read(texts.join('\n')).filter(([kind]) => kind !== 'exemplar');
        assert.equal(seen.length, texts.filter((text) => /[^ \t]/.test(text)).length);
      }),
    );
  });
});

describe('parseNumber', () => {
  for (const [text, expected] of [
    ['0', 0],
    ['-1.5e3', -1500],
    ['1.', 1],
    ['.5', 0.5],
    ['1e+10', 1e10],
    ['+inf', Number.POSITIVE_INFINITY],
    ['-Inf', Number.NEGATIVE_INFINITY],
    ['nan', Number.NaN],
    ['', undefined],
    ['0x10', undefined],
    ['1_000', undefined],
    ['e5', undefined],
    ['Info', undefined],
  ] as const) {
    it(`${JSON.stringify(text)} is ${expected}`, () => {
      assert.equal(parseNumber(text), expected);
    });
  }
});

describe('parseSeries', () => {
  for (const [text, name, labels] of [
    ['a', 'a', []],
    ['a:b_c', 'a:b_c', []],
    ['a{}', 'a', []],
    [
      'a{b="c",d="e",}',
      'a',
      [
        ['b', 'c'],
        ['d', 'e'],
      ],
    ],
    [
      'a { b = "c" , d = "e" }',
      'a',
      [
        ['b', 'c'],
        ['d', 'e'],
      ],
    ],
    ['a{b="x\\\\y\\"z\\n\\q"}', 'a', [['b', 'x\\y"z\n\\q']]],
    ['a{b="é,}="}', 'a', [['b', 'é,}=']]],
    ['a{b=""}', 'a', []],
    ['{"a.b"}', 'a.b', []],
    ['{"a.b","c.d"="e"}', 'a.b', [['c.d', 'e']]],
    ['a{__proto__="x"}', 'a', [['__proto__', 'x']]],
  ] as const) {
    it(`reads ${text}`, () => {
      assert.deepEqual(parseSeries(text), { name, labels });
    });
  }

  for (const text of [
    '',
    '1a',
    'a{b}',
    'a{b=c}',
    'a{b="c"',
    'a{="c"}',
    'a{b="c" d="e"}',
    'a{b="c",b="d"}',
    'a b',
    '{b="c"}',
    '{"a","b"}',
    'a{"b"}',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(parseSeries(text), undefined);
    });
  }

  it('reads back what was written', () => {
    const escaped = (text: string) => text.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`));
    const label = fc.tuple(
      fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/),
      fc.string({ minLength: 1, unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(label, { selector: ([name]) => name, maxLength: 5 }), (labels) => {
        const text = `m{${labels.map(([name, value]) => `${name}="${escaped(value)}"`).join(',')}}`;
        assert.deepEqual(parseSeries(text), { name: 'm', labels });
      }),
    );
  });
});
