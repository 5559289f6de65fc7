import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadConfig } from './load.ts';
import type { Problem } from './model.ts';
import { testRegistry } from './testdata/registry.ts';

const SINKS = 'sinks: { print: }\n';
const PIPELINES = 'pipelines: { main: { sources: [probe], sinks: [print] } }\n';

function load(text: string, environment: Readonly<Record<string, string>> = {}) {
  return loadConfig({ path: 'test.yaml', text }, { environment, registry: testRegistry });
}

/** `2:12 error message`, one line each. */
function told(problems: readonly Problem[]): string[] {
  return problems.map(({ line, column, severity, message }) => `${line}:${column} ${severity} ${message}`);
}

function probeConfig(fields: string, environment: Readonly<Record<string, string>> = {}): unknown {
  const { config, problems } = load(`sources:\n  probe:\n    ${fields}\n${SINKS}${PIPELINES}`, environment);
  assert.deepEqual(told(problems), []);
  return config?.sources.get('probe')?.config;
}

const DEFAULTS = { interval: 5000, max_size: 65_536, kinds: ['netstat'], ratio: 0.5, verbose: false };

describe('a file without mistakes', () => {
  it('gets its defaults, durations in milliseconds, sizes in bytes, and what no pipeline names left out', () => {
    const { config, problems, secrets } = load(
      [
        'agent: { shutdown_timeout: 1m, resource: { service.name: edge } }',
        'sources: { probe/a.1: { interval: 1m30s, max_size: 1.5KiB, filter: { port: 80 } }, probe/idle: }',
        'processors: { pick: { share: 1 } }',
        'sinks: { send: { token: swordtail, queue: { size: 5, when_full: drop_oldest } }, print: }',
        'pipelines: { p: { sources: [probe/a.1], processors: [pick], sinks: [send, print] } }',
      ].join('\n'),
    );
    assert.deepEqual(told(problems), [
      '2:84 warning no pipeline names the source "probe/idle", so it does not run',
    ]);
    assert.deepEqual(config?.agent, { shutdownTimeoutMillis: 60_000, resource: { 'service.name': 'edge' } });
    const { component, ...source } = config.sources.get('probe/a.1')!;
    assert.equal(component, testRegistry.sources[0]);
    assert.deepEqual(source, {
      id: 'probe/a.1',
      config: { ...DEFAULTS, interval: 90_000, max_size: 1536, filter: { port: 80 } },
    });
    assert.deepEqual([...config.sources.keys()], ['probe/a.1']);
    const send = config.sinks.get('send');
    assert.deepEqual(send?.queue, { size: 5, whenFull: 'drop_oldest' });
    assert.deepEqual(send?.config, {
      endpoint: 'http://127.0.0.1:4317',
      token: 'swordtail',
      headers: {},
      retry: { first: 1000, last: 5000 },
    });
    assert.deepEqual(config.sinks.get('print')?.queue, { size: 65_536, whenFull: 'block' });
    assert.deepEqual(config.pipelines.get('p'), {
      sources: ['probe/a.1'],
      processors: ['pick'],
      sinks: ['send', 'print'],
    });
    assert.deepEqual(secrets, ['swordtail']);
  });

  const same: readonly (readonly [string, string])[] = [
    [
      'a byte order mark and Windows line ends',
      `\uFEFFsources: { probe: }\n${SINKS}${PIPELINES}`.replaceAll('\n', '\r\n'),
    ],
    ['no processors section', `sources: { probe: }\n${SINKS}${PIPELINES}`],
    ['empty processors', `sources: { probe: {} }\nprocessors:\n${SINKS}${PIPELINES}`],
    ['tabs where YAML allows them', `sources:\t{ probe: }\t# x\n${SINKS}${PIPELINES}`],
    ['a document marker', `---\nsources: { probe: }\n${SINKS}${PIPELINES}...\n`],
  ];
  for (const [name, text] of same) {
    it(`may have ${name}`, () => {
      const { config, problems } = load(text);
      assert.deepEqual(told(problems), []);
      assert.deepEqual(config?.sources.get('probe')?.config, DEFAULTS);
      assert.deepEqual(config?.agent, { shutdownTimeoutMillis: 10_000, resource: {} });
    });
  }

  it('may use anchors, aliases and merge keys; what is written wins over what is merged', () => {
    const { config, problems } = load(
      [
        'sources:',
        '  probe: &base { interval: 1s, ratio: 0.1, filter: &filter { port: 1 } }',
        '  probe/b: { <<: *base, interval: 2s }',
        '  probe/c: { <<: [{ ratio: 0.9 }, *base], filter: *filter }',
        'sinks: { print: }',
        'pipelines: { p: { sources: [probe, probe/b, probe/c], sinks: [print] } }',
      ].join('\n'),
    );
    assert.deepEqual(told(problems), []);
    const configOf = (id: string) => config?.sources.get(id)?.config;
    assert.deepEqual(configOf('probe/b'), { ...DEFAULTS, interval: 2000, ratio: 0.1, filter: { port: 1 } });
    assert.deepEqual(configOf('probe/c'), { ...DEFAULTS, interval: 1000, ratio: 0.9, filter: { port: 1 } });
  });
});

describe('a reference to the environment', () => {
  it('takes its type after substitution when it is plain, and is text when it is quoted', () => {
    const environment = { RATIO: '0.25', ON: 'true', SIZE: '1KiB', HEX: '0x50', NAME: '12' };
    assert.deepEqual(probeConfig('ratio: ${RATIO}\n    verbose: ${ON}', environment), {
      ...DEFAULTS,
      ratio: 0.25,
      verbose: true,
    });
    assert.deepEqual(
      probeConfig('max_size: ${SIZE}\n    filter:\n      port: ${HEX}\n      comm: "${NAME}"', environment),
      { ...DEFAULTS, max_size: 1024, filter: { port: 80, comm: '12' } },
    );
  });

  it('cannot bring structure with it', () => {
    const environment = { COMM: 'x\nport: 1', LIST: '[netstat, softnet]' };
    assert.deepEqual(probeConfig('filter: { comm: "${COMM}" }', environment), {
      ...DEFAULTS,
      filter: { comm: 'x\nport: 1' },
    });
    const { problems } = load(`sources:\n  probe:\n    kinds: \${LIST}\n${SINKS}${PIPELINES}`, environment);
    assert.deepEqual(told(problems), ['3:12 error kinds takes a list, not the text "[netstat, softnet]"']);
  });

  it('is not looked for in keys', () => {
    const { problems } = load(`sources:\n  probe: { "\${X}": 1 }\n${SINKS}${PIPELINES}`, { X: 'ratio' });
    assert.match(told(problems).join('\n'), /^2:12 error "\$\{X\}" is not a field of probe/);
  });

  it('is reported where it stands, once, and nothing else is said about its field', () => {
    const text = `sources:\n  probe:\n    interval: \${A}\n    prefix: "\t é ab\${B}c\${C}"\n    ratio: \${1D}\n${SINKS}${PIPELINES}`;
    assert.deepEqual(told(load(text, { C: 'c' }).problems), [
      '3:15 error the environment variable A is not set; set it, or give a default: ${A:-value}',
      '4:20 error the environment variable B is not set; set it, or give a default: ${B:-value}',
      '5:12 error "${1D}" is not a reference to an environment variable; allowed: ${NAME}, ${env:NAME} and ${NAME:-default}; write $$ for a literal $',
    ]);
  });
});

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
    '3:5 error "intervall" is not a field of probe; did you mean "interval"? fields: interval, max_size, kinds, ratio, verbose, prefix, filter',
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
      const { problems, config } = load(`sources:\n  probe:\n    ${fields}\n${SINKS}${PIPELINES}`);
      assert.deepEqual(told(problems), expected);
      assert.equal(config, undefined);
    });
  }
});

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
    it(name, () => assert.deepEqual(told(load(text).problems), expected));
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

  it('cannot flood the terminal with one long line', () => {
    const { problems } = load(`sources: { probe: { ratio: ${'9'.repeat(500_000)}, prefix: 5 } }`);
    for (const { frame, message } of problems) assert.ok(frame.text.length < 200 && message.length < 300);
  });
});
