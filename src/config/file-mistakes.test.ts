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

/** Whole files and everything that is to be said about them. */
const FILE_MISTAKES: readonly (readonly [string, string, ...string[]])[] = [
  ['nothing', '', '1:1 error the file is empty; a pipeline file has at least sources, sinks and pipelines'],
  [
    'only a comment',
    '# nothing\n',
    '1:1 error the file is empty; a pipeline file has at least sources, sinks and pipelines',
  ],
  [
    'only a marker',
    '---\n',
    '1:4 error the file is empty; a pipeline file is a mapping with the keys agent, sources, processors, sinks, pipelines',
  ],
  [
    'a list',
    '- a\n',
    '1:1 error a pipeline file is a mapping with the keys agent, sources, processors, sinks, pipelines; this is a list',
  ],
  [
    'a text',
    'hello',
    '1:1 error a pipeline file is a mapping with the keys agent, sources, processors, sinks, pipelines; this is the text "hello"',
  ],
  [
    'two documents',
    `sources: { probe: }\n${SINKS}${PIPELINES}---\na: 1\n`,
    '4:1 error a second document begins here; write one pipeline file for each',
  ],
  [
    'a tab as indentation',
    `sources:\n\tprobe:\n${SINKS}${PIPELINES}`,
    '2:1 error a tab indents this line; YAML allows only spaces',
  ],
  [
    'an unquoted reference in braces',
    `sources: { probe: { ratio: \${X} } }\n${SINKS}${PIPELINES}`,
    '1:28 error inside { } and [ ] a reference must be in quotes: "${NAME}"',
  ],
  [
    'a misspelt section',
    `source: { probe: }\n${SINKS}${PIPELINES}`,
    '1:1 error "source" is not a section of a pipeline file; did you mean "sources"? sections: agent, sources, processors, sinks, pipelines',
  ],
  [
    'no sinks and no pipelines',
    'sources: { probe: }\n',
    '1:1 error the file has no sinks; sources, sinks and pipelines are needed',
    '1:1 error the file has no pipelines; sources, sinks and pipelines are needed',
  ],
  [
    'sections of a wrong type',
    'sources: [probe]\nsinks: print\npipelines: 5\n',
    '1:1 error sources takes a mapping from ids to settings (`type:` or `type/name:`), not a list',
    '2:1 error sinks takes a mapping from ids to settings (`type:` or `type/name:`), not the text "print"',
    '3:1 error pipelines takes a mapping from names to pipelines, not the number 5; write one such as "main: { sources: [proc], sinks: [stdout] }"',
  ],
  [
    'empty sections',
    'sources:\nsinks: {}\npipelines:\n',
    '1:1 error sources is empty; a pipeline file needs at least one source',
    '2:1 error sinks is empty; a pipeline file needs at least one sink',
    '3:1 error pipelines is empty; write one such as "main: { sources: [proc], sinks: [stdout] }"',
  ],
  [
    'an unknown type',
    `sources: { prob: }\n${SINKS}pipelines: { p: { sources: [prob], sinks: [print] } }\n`,
    '1:12 error there is no source "prob"; did you mean "probe"? sources: probe',
  ],
  [
    'a type of another section',
    `sources: { probe: , print: }\n${SINKS}${PIPELINES}`,
    '1:21 error "print" is a sink, not a source; move it to sinks',
  ],
  [
    'an id that is none',
    `sources: { probe/: }\n${SINKS}pipelines: { p: { sources: [probe/], sinks: [print] } }\n`,
    '1:12 error "probe/" is not an id; allowed: "probe" or "probe/name", where name has letters, digits and _ . -',
  ],
  [
    'a missing field',
    `sources: { probe: }\nprocessors:\n  pick:\n${SINKS}pipelines: { p: { sources: [probe], processors: [pick], sinks: [print] } }\n`,
    '3:3 error pick needs the field "share": How many.',
  ],
  [
    'a component that is a list',
    `sources: { probe: [] }\n${SINKS}${PIPELINES}`,
    '1:19 error probe takes a mapping of keys to values, not a list',
  ],
  [
    'an unknown id',
    `sources: { probe/slow: , probe: }\n${SINKS}pipelines: { p: { sources: [probe, probe/slw], sinks: [print] } }\n`,
    '3:36 error the file declares no source "probe/slw"; did you mean "probe/slow"? declared: probe/slow, probe',
  ],
  [
    'an id of another section',
    `sources: { probe: }\n${SINKS}pipelines: { p: { sources: [probe, print], sinks: [print] } }\n`,
    '3:36 error "print" is a sink; name it under sinks of the pipeline, not under sources',
  ],
  [
    'an id twice',
    `sources: { probe: }\n${SINKS}pipelines: { p: { sources: [probe, probe], sinks: [print] } }\n`,
    '3:36 error sources already has "probe"; each may be there once',
  ],
  [
    'a pipeline without sinks',
    `sources: { probe: }\n${SINKS}pipelines: { p: { sources: [probe], sinks: [] } }\n`,
    '3:44 error sinks has 0 entries; allowed: at least 1',
  ],
  [
    'a pipeline with nothing',
    `sources: { probe: }\n${SINKS}pipelines: { p: }\n`,
    '3:14 error p needs the field "sources": Ids of sources; a source runs once, however many pipelines name it.',
    '3:14 error p needs the field "sinks": Ids of sinks; each gets every record that leaves the processors.',
  ],
  [
    'a list that is a text',
    `sources: { probe: }\n${SINKS}pipelines: { p: { sources: probe, sinks: [print] } }\n`,
    '3:28 error sources takes a list, not the text "probe"',
  ],
  [
    'a pipeline name with a blank',
    `sources: { probe: }\n${SINKS}pipelines: { a b: { sources: [probe], sinks: [print] } }\n`,
    '3:14 error "a b" is not a name for a pipeline; allowed: letters, digits and _ . -',
  ],
  [
    'a rule between fields',
    `sources: { probe: }\nsinks:\n  send: { retry: { first: 10s } }\npipelines: { p: { sources: [probe], sinks: [send] } }\n`,
    '3:27 error retry.first: is longer than last',
  ],
  [
    'a rule about a field that is not written',
    `sources: { probe: }\nsinks:\n  send: { retry: { last: 1ms } }\npipelines: { p: { sources: [probe], sinks: [send] } }\n`,
    '3:18 error retry.first: is longer than last',
  ],
  [
    'a queue that cannot be',
    `sources: { probe: }\nsinks: { print: { queue: { size: 0, when_full: wait } } }\n${PIPELINES}`,
    '2:34 error queue.size is 0; allowed: 1 to 10000000',
    '2:48 error queue.when_full is "wait"; allowed: block, drop_newest, drop_oldest',
  ],
  [
    'an agent that stops at once',
    `agent: { shutdown_timeout: 0s }\nsources: { probe: }\n${SINKS}${PIPELINES}`,
    '1:28 error shutdown_timeout is "0s"; allowed: 100ms to 5m',
  ],
];

describe('a mistake in a file brings no other errors with it', () => {
  for (const [name, text, ...expected] of FILE_MISTAKES) {
    it(name, () => assert.deepEqual(told(text), expected));
  }
});

describe('a file made to hurt', () => {
  it('cannot stand for billions of values by aliases', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const item = level === 0 ? 'x' : `*a${level - 1}`;
      return `  k${level}: &a${level} [${Array.from({ length: 12 }, () => item).join(', ')}]`;
    });
    const { problems } = load(`sources:\n${levels.join('\n')}\n${SINKS}${PIPELINES}`);
    assert.equal(problems.filter(({ message }) => message.includes('more than 50000 values')).length, 1);
  });

  it('cannot nest without end', () => {
    for (const text of ['['.repeat(5000), '{a: '.repeat(5000), '- '.repeat(5000), '? '.repeat(2000)]) {
      assert.ok(load(text).problems.length > 0);
      assert.ok(load(`sources: ${text}`).problems.length > 0);
    }
  });

  it('cannot flood the terminal with an error in every word', () => {
    const { problems } = load(`sources:\n${'  probe: 1\n'.repeat(3000)}`);
    assert.equal(problems.length, 501);
    assert.match(problems[500].message, /^from here on \d+ more problems/);
  });

  it('cannot flood the terminal with one long line', () => {
    const { problems } = load(`sources: { probe: { ratio: ${'9'.repeat(500_000)}, prefix: 5 } }`);
    for (const { frame, message } of problems) assert.ok(frame.text.length < 200 && message.length < 300);
  });
});
