import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadConfig } from './load.ts';
import { testRegistry } from './testdata/registry.ts';

const SINKS = 'sinks: { print: }\n';
const PIPELINES = 'pipelines: { main: { sources: [probe], sinks: [print] } }\n';

function load(text: string) {
  return loadConfig({ path: 'test.yaml', text }, { environment: {}, registry: testRegistry });
}

/** Everything that is said about a file: `2:12 error message`. */
function told(text: string): string[] {
  return load(text).problems.map(
    ({ line, column, severity, message }) => `${line}:${column} ${severity} ${message}`,
  );
}

/** One mistake each: the `sources:` section of a file that is otherwise right, and everything that is to be said. */
const FIELD_MISTAKES: readonly (readonly [string, string, ...string[]])[] = [
  [
    'a duration without a unit',
    'interval: 5',
    '3:15 error interval is the number 5, and durations need a unit: write 5s if that is what you mean',
  ],
  [
    'a duration that is none',
    'interval: 5 sec',
    '3:15 error interval is "5 sec", but takes a duration such as 5s, 250ms or 1m30s (100ms to 1h)',
  ],
  ['a duration too short', 'interval: 1ms', '3:15 error interval is "1ms"; allowed: 100ms to 1h'],
  ['a duration too long', 'interval: 2h', '3:15 error interval is "2h"; allowed: 100ms to 1h'],
  [
    'a duration beyond numbers',
    `interval: ${'9'.repeat(400)}h`,
    `3:15 error interval is "${'9'.repeat(60)}…"; allowed: 100ms to 1h`,
  ],
  [
    'a size without a unit',
    'max_size: 5',
    '3:15 error max_size is the number 5, and sizes need a unit: write 5MiB if that is what you mean',
  ],
  ['a size too small', 'max_size: 1B', '3:15 error max_size is "1B"; allowed: 1KiB to 1GiB'],
  ['a size too large', 'max_size: 2GiB', '3:15 error max_size is "2GiB"; allowed: 1KiB to 1GiB'],
  ['a number out of range', 'ratio: 1.5', '3:12 error ratio is 1.5; allowed: 0 to 1'],
  ['a number that is none', 'ratio: .nan', '3:12 error ratio takes a number (0 to 1), not the number NaN'],
  [
    'a number in quotes',
    'ratio: "0.5"',
    '3:12 error ratio takes a number (0 to 1), not the text "0.5"; write it without the quotes',
  ],
  ['a YAML 1.1 boolean', 'verbose: yes', '3:14 error verbose takes true or false, not the text "yes"'],
  [
    'no value',
    'interval:',
    '3:5 error interval has no value; it takes a duration such as 5s, 250ms or 1m30s (100ms to 1h)',
  ],
  [
    'an unknown choice where something else is possible',
    'form: tabel',
    '3:11 error form is "tabel"; did you mean "table"? allowed: table, json, or a line with `%words`',
  ],
  [
    'an unknown choice',
    'kinds: [netstat, softnte]',
    '3:22 error kinds[1] is "softnte"; did you mean "softnet"? allowed: netstat, sockstat, softnet',
  ],
  [
    'a choice twice',
    'kinds: [netstat, netstat]',
    '3:22 error kinds already has "netstat"; each may be there once',
  ],
  ['too few entries', 'kinds: []', '3:12 error kinds has 0 entries; allowed: 1 to 3'],
  ['a text for a list', 'kinds: netstat', '3:12 error kinds takes a list, not the text "netstat"'],
  ['a text that does not match', 'prefix: Ab', '3:13 error prefix is "Ab", which does not match ^[a-z]+$'],
  ['an empty text', 'prefix: ""', '3:13 error prefix is empty'],
  ['a number for a text', 'prefix: 5', '3:13 error prefix takes a text, not the number 5; put it in quotes'],
  ['a mapping for a text', 'prefix:\n      a: b', '3:5 error prefix takes a text, not a mapping'],
  [
    'an unknown field inside a field',
    'filter: { prot: 1 }',
    '3:15 error "prot" is not a field of probe.filter; did you mean "port"? fields: port, comm',
  ],
  [
    'a fraction for a whole number',
    'filter: { port: 1.5 }',
    '3:21 error filter.port takes a whole number (1 to 65535), not the number 1.5',
  ],
  [
    'an unknown field',
    'intervall: 5s',
    '3:5 error "intervall" is not a field of probe; did you mean "interval"? fields: interval, max_size, kinds, ratio, verbose, form, prefix, filter',
  ],
  ['a key of JavaScript', '__proto__: 5', '3:5 error "__proto__" cannot be used as a key'],
  [
    'a field twice',
    'ratio: 1\n    ratio: 2',
    '4:5 error "ratio" is already given in line 3; remove one of the two',
  ],
  ['an alias without an anchor', 'ratio: *x', '3:12 error no anchor &x stands before this alias'],
  [
    'an alias inside its anchor',
    'filter: &x { port: *x }',
    '3:24 error no anchor &x stands before this alias',
  ],
  [
    'a merge of a text',
    '<<: text',
    '3:5 error << merges a mapping, or a list of mappings, and this is neither',
  ],
  [
    'an unknown tag',
    'ratio: !half 1',
    '3:12 error this tag is not known here, or its value does not fit it; leave the tag out',
  ],
];

describe('a mistake in a field is one error, at its place', () => {
  for (const [name, fields, ...expected] of FIELD_MISTAKES) {
    it(name, () => {
      assert.deepEqual(told(`sources:\n  probe:\n    ${fields}\n${SINKS}${PIPELINES}`), expected);
    });
  }
});
