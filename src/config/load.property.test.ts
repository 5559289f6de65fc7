import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadConfig } from './load.ts';
import type { LoadResult } from './model.ts';
import { renderProblems } from './render.ts';
import { testRegistry } from './testdata/registry.ts';

const BASES = [
  `# A pipeline
agent: { shutdown_timeout: 5s, resource: { a: b } }
sources:
  probe: { interval: 1s, kinds: [netstat, softnet], ratio: 0.25 }
  probe/b: &anchor
    max_size: \${SIZE:-64KiB}
    filter:
      port: 80
processors:
  pick:
    share: 0.5
sinks:
  send:
    endpoint: "http://\${HOST}:4317"
    headers: { authorization: 'Bearer x' }
    queue: { size: 5, when_full: drop_newest }
  print:
pipelines:
  one: { sources: [probe, probe/b], processors: [pick], sinks: [send, print] }
  two:
    sources:
      - probe
    sinks:
      - print
`,
  'sources:\r\n  probe:\r\n    <<: &x { ratio: 1 }\r\n  probe/c: *x\r\nsinks: { print: }\r\npipelines: { p: { sources: [probe, probe/c], sinks: [print] } }\r\n',
  '\uFEFF{ "sources": { "probe": null }, "sinks": { "print": {} }, "pipelines": { "p": { "sources": ["probe"], "sinks": ["print"] } } }',
  'sources:\n  probe:\n    prefix: |\n      abc\n    comm: >-\n      a\n      b\n? sinks\n: print: !!map {}\n',
] as const;

const TOKENS = [
  ...[
    ': ',
    '- ',
    '? ',
    '{',
    '}',
    '[',
    ']',
    ', ',
    '"',
    "'",
    '|',
    '>',
    '#',
    ' #',
    '&a ',
    '*a',
    '*anchor',
    '<<: *anchor\n',
  ],
  ...[
    '${X}',
    '${HOST}',
    '${',
    '}',
    '$$',
    '${HOST:-x',
    '${1}',
    '!!str ',
    '!x ',
    '%YAML 1.1\n',
    '---\n',
    '...\n',
    '@',
    '`',
  ],
  ...[
    '\t',
    '\n',
    '\r',
    '\r\n',
    '\0',
    '\x1b[2J',
    '\uFEFF',
    '\u2028',
    '\u202e',
    '\ud800',
    '𝒳',
    'é',
    '漢字',
    '👩‍👩‍👧',
  ],
  ...[
    '__proto__: 1\n',
    'constructor: 1\n',
    'toString',
    'null',
    '~',
    '.nan',
    '.inf',
    '1e999',
    '-0',
    '0x10',
    'yes',
    '5',
    '5s',
  ],
  ...[
    '['.repeat(300),
    '{a: '.repeat(200),
    '- '.repeat(200),
    'a:\n '.repeat(50),
    'x'.repeat(3000),
    ' '.repeat(500),
  ],
];

/** One change of a text, at places given as shares of its length so that it applies to any text. */
type Mutation = (text: string) => string;

const share = fc.double({ min: 0, max: 1, noNaN: true });
const within = (text: string, part: number) => Math.floor(part * text.length);

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(share, fc.constantFrom(...TOKENS)).map(
    ([at, token]): Mutation =>
      (text) => {
        const offset = within(text, at);
        return text.slice(0, offset) + token + text.slice(offset);
      },
  ),
  fc.tuple(share, fc.nat(30)).map(
    ([at, length]): Mutation =>
      (text) => {
        const offset = within(text, at);
        return text.slice(0, offset) + text.slice(offset + length);
      },
  ),
  fc.tuple(share, fc.nat(80), share).map(
    ([from, length, to]): Mutation =>
      (text) => {
        const piece = text.slice(within(text, from), within(text, from) + length);
        const offset = within(text, to);
        return text.slice(0, offset) + piece + text.slice(offset);
      },
  ),
  fc.tuple(share, fc.integer({ min: 0, max: 255 })).map(
    ([at, byte]): Mutation =>
      (text) => {
        const bytes = Buffer.from(text);
        if (bytes.length > 0) bytes[Math.min(bytes.length - 1, Math.floor(at * bytes.length))] = byte;
        return bytes.toString('utf8');
      },
  ),
  fc.tuple(share, fc.constantFrom(...TOKENS)).map(
    ([at, token]): Mutation =>
      (text) => {
        const words = text.split(/(?<=\s)/);
        words[Math.floor(at * words.length)] = `${token} `;
        return words.join('');
      },
  ),
);

function load(text: string): LoadResult {
  return loadConfig({ path: 'm.yaml', text }, { environment: { HOST: 'h', X: '' }, registry: testRegistry });
}

function assertSound(text: string): void {
  const { config, problems } = load(text);
  assert.equal(
    config === undefined,
    problems.some(({ severity }) => severity === 'error'),
  );
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  let previous = 0;
  for (const { line, column, message, frame } of problems) {
    assert.ok(line >= 1 && line <= lines.length, `line ${line} of ${lines.length}`);
    assert.ok(column >= 1 && column <= [...lines[line - 1]].length + 1, `column ${column} of line ${line}`);
    assert.ok(line >= previous, 'in file order');
    previous = line;
    assert.match(message, /^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$/);
    assert.match(frame.text, /^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$/);
    assert.ok(frame.length >= 1 && frame.start >= 0);
  }
  renderProblems(problems, { colour: true });
}

test('every unchanged text is sound, so that the mutations start from something', () => {
  for (const base of BASES) assertSound(base);
  assert.deepEqual(load(BASES[0]).problems, []);
});

test('no mutation of a file makes loading throw, and every problem has a place in the file', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...BASES),
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      (base, mutations) => assertSound(mutations.reduce<string>((text, mutate) => mutate(text), base)),
    ),
    { numRuns: 2000 },
  );
});

test('no text at all makes loading throw', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), assertSound), { numRuns: 400 });
  const yamlish = fc.array(fc.constantFrom(...TOKENS, 'a', 'sources', 'probe', '\n  '), { maxLength: 25 });
  fc.assert(
    fc.property(yamlish, (tokens) => assertSound(tokens.join(''))),
    { numRuns: 500 },
  );
});
