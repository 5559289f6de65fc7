import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { pipelineJsonSchema } from './json-schema.ts';
import { loadConfig } from './load.ts';
import { testRegistry } from './testdata/registry.ts';

/** As an editor would: the keywords of the standard and nothing else. */
const validate = new Ajv2020({ strict: false }).compile(pipelineJsonSchema(testRegistry));

function oneLine(text: string): string {
  return text.replaceAll('\n', ' ').slice(0, 70);
}

function withProbe(fields: string): string {
  return `sources: { probe: ${fields} }\nsinks: { print: }\npipelines: { p: { sources: [probe], sinks: [print] } }\n`;
}

describe('the published schema', () => {
  const right: readonly string[] = [
    withProbe(''),
    withProbe('{ interval: 1m30s, max_size: 1.5KiB, kinds: [softnet], ratio: 1, verbose: true, prefix: a }'),
    withProbe('{ filter: { port: 80, comm: x } }'),
    withProbe('{ form: json }'),
    withProbe('{ form: "a %word" }'),
    'agent: { shutdown_timeout: 1s, resource: { a: b } }\n' +
      'sources: { probe/a: , probe/b: {} }\nprocessors: { pick: { share: 1 } }\n' +
      'sinks: { send: { token: abcdefgh, headers: { a: b }, queue: { size: 1, when_full: block } } }\n' +
      'pipelines: { p: { sources: [probe/a, probe/b], processors: [pick], sinks: [send] } }\n',
  ];
  for (const text of right) {
    it(`accepts what loads: ${oneLine(text)}…`, () => {
      assert.deepEqual(
        loadConfig({ path: 'x', text }, { environment: {}, registry: testRegistry }).problems,
        [],
      );
      assert.ok(validate(parse(text)), JSON.stringify(validate.errors));
    });
  }

  for (const field of ['interval', 'max_size', 'ratio', 'verbose', 'prefix']) {
    it(`accepts a reference to the environment for ${field}`, () => {
      assert.ok(validate(parse(withProbe(`{ ${field}: "\${X:-1}" }`))));
    });
  }

  const wrong: readonly string[] = [
    '[]',
    '{}',
    withProbe('{ nope: 1 }'),
    withProbe('{ interval: 5 }'),
    withProbe('{ interval: 5 sec }'),
    withProbe('{ ratio: 2 }'),
    withProbe('{ kinds: [nope] }'),
    withProbe('{ form: nope }'),
    withProbe('{ kinds: [netstat, netstat] }'),
    withProbe('5'),
    withProbe('').replace('probe:', 'prob:'),
    withProbe('').replace('probe:', 'probe/:'),
    withProbe('').replace('sinks: [print]', 'sinks: []'),
    withProbe('').replace('pipelines', 'pipeline'),
    `processors: { pick: }\n${withProbe('')}`,
  ];
  for (const text of wrong) {
    it(`refuses ${oneLine(text)}`, () => assert.ok(!validate(parse(text))));
  }

  it('marks secrets, states bounds and keeps defaults, for the editor', () => {
    const text = JSON.stringify(pipelineJsonSchema(testRegistry));
    assert.match(text, /"description":"Shown to the receiver\.","minLength":8,"writeOnly":true/);
    assert.match(text, /"description":"How often\. \(100ms to 1h\)","default":"5s"/);
    assert.doesNotMatch(text, /minDuration|maxSize|"secret"/);
  });
});
