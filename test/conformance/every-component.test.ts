import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { stringify } from 'yaml';
import type { AnyComponent } from '../../src/component.ts';
import { loadConfig } from '../../src/config/load.ts';
import { registry } from '../../src/registry.ts';
import type { Schema } from '../../src/schema.ts';
import { ROOT } from '../root.ts';

const SECTION = { source: 'sources', processor: 'processors', sink: 'sinks' } as const;
const components: readonly AnyComponent[] = [...registry.sources, ...registry.processors, ...registry.sinks];

/** The problems of a pipeline file that uses the component with this config, besides the smallest that is needed. */
function problemsWith(component: AnyComponent, config: unknown): readonly { readonly message: string }[] {
  const file = {
    sources: { proc: null } as Record<string, unknown>,
    processors: {} as Record<string, unknown>,
    sinks: { stdout: null } as Record<string, unknown>,
    pipelines: { all: {} as Record<string, unknown> },
  };
  file[SECTION[component.kind]] = { [component.id]: config };
  file.pipelines.all = {
    sources: Object.keys(file.sources),
    processors: Object.keys(file.processors),
    sinks: Object.keys(file.sinks),
  };
  return loadConfig({ path: 'example.yaml', text: stringify(file) }, { environment: {}, registry }).problems;
}

function fieldsOf(schema: Schema, path = ''): { readonly path: string; readonly schema: Schema }[] {
  const own = [{ path, schema }];
  if (schema.type === 'array') return [...own, ...fieldsOf(schema.items, `${path}[]`)];
  if (schema.type !== 'object') return own;
  if (schema.properties === undefined) return [...own, ...fieldsOf(schema.additionalProperties, `${path}.*`)];
  return [
    ...own,
    ...Object.entries(schema.properties).flatMap(([name, field]) => fieldsOf(field, `${path}.${name}`)),
  ];
}

describe('the lists of components', () => {
  it('hold no id twice within a kind', () => {
    for (const list of [registry.sources, registry.processors, registry.sinks]) {
      const ids = list.map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length, ids.join(', '));
    }
  });

  it('name every component that is defined below their folder', async () => {
    for (const [folder, list] of Object.entries(registry)) {
      const path = join(ROOT, 'src', folder);
      const files = readdirSync(path, { recursive: true, encoding: 'utf8' });
      const modules = files.filter(
        (file) => file.endsWith('.ts') && !/\.test\.ts$|testdata\/|^index\.ts$/.test(file),
      );
      for (const file of modules) {
        const exports: Record<string, unknown> = await import(join(path, file));
        for (const value of Object.values(exports)) {
          if (!isComponent(value)) continue;
          assert.ok(
            list.some((listed: AnyComponent) => listed.id === value.id),
            `${value.id} is defined in src/${folder}/${file} but not listed in src/${folder}/index.ts`,
          );
        }
      }
    }
  });
});

function isComponent(value: unknown): value is AnyComponent {
  return (
    typeof value === 'object' && value !== null && 'kind' in value && 'schema' in value && 'example' in value
  );
}

for (const component of components) {
  describe(`${component.kind} ${component.id}`, () => {
    it('has an id in lower snake case', () => {
      assert.match(component.id, /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    });

    it('says what it is for in one sentence that fits a line of the list', () => {
      assert.match(component.summary, /^[A-Z].*[.?]$/);
      assert.ok(component.summary.length <= 120, `${component.summary.length} characters`);
      assert.ok(component.description.length > 100, 'the reference page needs more than a sentence');
    });

    it('describes every field, and gives it a default unless it may be absent or must be given', () => {
      for (const { path, schema } of fieldsOf(component.schema).slice(1)) {
        assert.match(schema.description, /^[A-Z`].{10,}[.)]$/s, `${path}: "${schema.description}"`);
      }
    });

    it('has a schema that is one', () => {
      const ajv = new Ajv2020({ strict: false });
      assert.ok(ajv.validateSchema(component.schema), ajv.errorsText());
    });

    it('takes its own example', () => {
      assert.deepEqual(problemsWith(component, component.example), []);
    });

    it('works without any config, or says which fields it needs', () => {
      const needed = component.schema.required ?? [];
      const problems = problemsWith(component, null);
      // Of fields that stand for each other none is required alone: its own rule says which they are.
      const [choice] = needed.length === 0 ? problems : [];
      if (choice !== undefined) {
        assert.equal(problems.length, 1);
        const named = Object.keys(component.schema.properties).filter((name) =>
          choice.message.includes(`${name}:`),
        );
        assert.ok(named.length > 1, choice.message);
        return;
      }
      assert.equal(problems.length, needed.length, problems.map(({ message }) => message).join('\n'));
      for (const name of needed) {
        assert.ok(problems.some(({ message }) => message.includes(name)));
      }
    });

    it('refuses a field that it does not have', () => {
      const problems = problemsWith(component, { ...component.example, no_such_field: 1 });
      assert.equal(problems.length, 1);
      assert.match(problems[0].message, /no_such_field/);
    });

    it('has a reference page', () => {
      const page = join(ROOT, 'docs/reference', SECTION[component.kind], `${component.id}.md`);
      assert.ok(existsSync(page), `run npm run generate: ${page} is missing`);
    });
  });
}
