import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stringify } from 'yaml';
import { loadConfig } from '../../config/load.ts';
import { registry } from '../../registry.ts';

/** What is wrong with a pipeline file whose source has this config. */
function problemsOf(source: Record<string, unknown>): readonly string[] {
  const text = stringify({
    sources: source,
    sinks: { stdout: null },
    pipelines: { all: { sources: Object.keys(source), sinks: ['stdout'] } },
  });
  return loadConfig({ path: 'x.yaml', text }, { environment: {}, registry }).problems.map(
    ({ message }) => message,
  );
}

describe('scraping sources: what a config may not say', () => {
  for (const [config, expected] of [
    [{ targets: ['ftp://x'] }, /targets\[0\].*no address; write http:\/\/HOST:PORT\/PATH/],
    [{ targets: ['http://'] }, /no address/],
    [{ targets: ['127.0.0.1:99999'] }, /no address/],
    [
      { targets: ['http://u:p@host/metrics'] },
      /must not hold a user or password; use headers or bearer_token/,
    ],
    [{ targets: ['127.0.0.1:1', 'http://127.0.0.1:1/metrics'] }, /the same target as one above/],
    [{ targets: [] }, /targets/],
    [{ targets: ['a:1'], tls: { ca_file: '/x' } }, /no effect on an address that begins with http/],
    [{ targets: ['https://a:1'], tls: { key_file: '/x' } }, /belong together: add cert_file/],
    [{ targets: ['a:1'], bearer_token: 'two words' }, /no blanks/],
    [
      { targets: ['a:1'], bearer_token: 'abcdefgh', headers: { authorization: 'x' } },
      /leave one of them out/,
    ],
    [{ targets: ['a:1'], headers: { 'a b': 'x' } }, /a header name has only/],
    [{ targets: ['a:1'], headers: { a: 'ü' } }, /printable ASCII/],
  ] as const) {
    it(`prometheus: ${JSON.stringify(config)}`, () => {
      const problems = problemsOf({ prometheus: config });
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.match(problems[0], expected);
    });
  }

  it('linkerd: an address that is none', () => {
    assert.match(problemsOf({ linkerd: { address: '127.0.0.1:x' } })[0], /address.*no address/);
  });

  it('proc: a namespace that can be neither a name nor a path', () => {
    assert.match(problemsOf({ proc: { netns: 'a/b' } })[0], /netns.*"a\/b"; write a process id/);
  });

  for (const target of ['localhost', '[::1]:9100', 'https://host/', 'http://host/federate?match[]=up']) {
    it(`takes the target ${target}`, () => {
      assert.deepEqual(problemsOf({ prometheus: { targets: [target] } }), []);
    });
  }
});
