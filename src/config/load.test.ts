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
