import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import type { AnyComponent } from '../../src/component.ts';
import { pipelineJsonSchema } from '../../src/config/json-schema.ts';
import { loadConfig } from '../../src/config/load.ts';
import { registry } from '../../src/registry.ts';
import { ROOT } from '../root.ts';

const FOLDER = join(ROOT, 'pipelines');
const validate = new Ajv2020({ strict: false }).compile(pipelineJsonSchema(registry));

describe('every ready-made pipeline', () => {
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'))) {
    const text = readFileSync(join(FOLDER, file), 'utf8');
    it(`${file} loads without a problem and fits the published schema`, () => {
      assert.deepEqual(loadConfig({ path: file, text }, { environment: {}, registry }).problems, []);
      assert.ok(validate(parse(text)), JSON.stringify(validate.errors));
    });
  }
});

describe('the published schema', () => {
  const components: readonly AnyComponent[] = [
    ...registry.sources,
    ...registry.processors,
    ...registry.sinks,
  ];
  for (const { kind, id, example } of components) {
    it(`accepts the example of the ${kind} ${id}`, () => {
      const file: Record<string, object> = {
        sources: { proc: null },
        sinks: { stdout: null },
        pipelines: { p: { sources: ['proc'], sinks: ['stdout'] } },
      };
      file[`${kind}s`] = { ...file[`${kind}s`], [id]: example };
      assert.ok(validate(file), JSON.stringify(validate.errors));
    });
  }
});
