import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ROOT } from './root.ts';

/** Which part of src/ may import which, besides itself. Everything else is refused. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  main: ['commands', 'pipeline', 'lib'],
  commands: ['registry', 'config', 'pipeline', 'component', 'model', 'lib'],
  registry: ['config', 'list'],
  list: ['component', 'one component'],
  pipeline: ['config', 'component', 'schema', 'model', 'lib'],
  config: ['component', 'schema', 'model', 'lib'],
  'one component': ['loader', 'component', 'schema', 'model', 'lib'],
  loader: ['component', 'schema', 'model', 'lib'],
  component: ['schema', 'model'],
  schema: [],
  model: ['lib'],
  lib: [],
};

const COMPONENT = /^(sources|processors|sinks)\/([^/]+)/;

/** The part that a file belongs to: `sources/ebpf/stages.ts` to `one component`, `model/time.ts` to `model`. */
function partOf(path: string): string {
  if (/^(sources|processors|sinks)\/index\.ts$/.test(path)) return 'list';
  if (COMPONENT.test(path)) return 'one component';
  return path.split('/')[0].replace(/\.ts$/, '');
}

/** `sources/ebpf` for all files of that folder, `processors/percentile` for that file and its test. */
function componentOf(path: string): string | undefined {
  return COMPONENT.exec(path)?.[0].replace(/(\.test|\.testdata)?\.ts$/, '');
}

/** Why `from` must not import `to`, both relative to src/; undefined when it may. */
function objectionTo(from: string, to: string): string | undefined {
  const [importer, imported] = [partOf(from), partOf(to)];
  if (importer === 'one component' && imported === 'one component') {
    return componentOf(from) === componentOf(to) ? undefined : 'a component never imports another one';
  }
  if (importer === imported || MAY_IMPORT[importer]?.includes(imported)) return undefined;
  return `${importer} may import ${MAY_IMPORT[importer]?.join(', ') || 'nothing else'}`;
}

/** Every relative import of a module, also those for types only and on demand, as paths relative to src/. */
function importsOf(path: string, text: string): string[] {
  const specifiers = text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g);
  return [...specifiers].map(([, specifier]) => join('/src', path, '..', specifier).replace(/^\/src\//, ''));
}

function modulesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !path.includes('testdata'),
  );
}

describe('imports', () => {
  for (const [from, to] of [
    ['model/time.ts', 'component.ts'],
    ['lib/duration.ts', 'model/time.ts'],
    ['component.ts', 'pipeline/agent.ts'],
    ['config/load.ts', 'pipeline/agent.ts'],
    ['pipeline/agent.ts', 'commands/run.ts'],
    ['pipeline/graph.ts', 'sources/proc/index.ts'],
    ['processors/percentile.ts', 'processors/aggregate.ts'],
    ['processors/percentile.ts', 'processors/index.ts'],
    ['sinks/file/index.ts', 'sinks/stdout/index.ts'],
    ['sources/ebpf/stages.ts', 'sources/proc/index.ts'],
    ['sources/ebpf/stages.ts', 'config/model.ts'],
    ['loader/frame.ts', 'sources/ebpf/stages.ts'],
    ['new-folder/x.ts', 'lib/duration.ts'],
  ]) {
    it(`would be refused from ${from} to ${to}`, () => {
      assert.ok(objectionTo(from, to));
    });
  }

  for (const [from, to] of [
    ['sources/ebpf/tcp-life.ts', 'sources/ebpf/stages.ts'],
    ['sources/ebpf/tcp-life.ts', 'loader/hello.ts'],
    ['sinks/stdout/table/columns.ts', 'sinks/stdout/series.ts'],
    ['processors/percentile.ts', 'model/metric.ts'],
    ['processors/index.ts', 'processors/percentile.ts'],
    ['model/time.ts', 'lib/duration.ts'],
  ]) {
    it(`would be allowed from ${from} to ${to}`, () => {
      assert.equal(objectionTo(from, to), undefined);
    });
  }

  it('are found in every form', () => {
    const text = `import a from './a.ts';\nimport type { B } from '../model/b.ts';\nimport './c.ts';
export { d } from "./d/d.ts";\nconst e = await import('../lib/e.ts');\nimport {\n  f,\n} from './f.ts';`;
    const found = ['config/a.ts', 'model/b.ts', 'config/c.ts', 'config/d/d.ts', 'lib/e.ts', 'config/f.ts'];
    assert.deepEqual(importsOf('config/x.ts', text), found);
  });

  it('go one way in all of src/', () => {
    const modules = modulesBelow('src').filter((path) => !path.endsWith('.test.ts'));
    assert.ok(modules.length > 50, `only ${modules.length} modules found`);
    const objections = modules.flatMap((from) =>
      importsOf(from, readFileSync(join(ROOT, 'src', from), 'utf8')).flatMap((to) => {
        if (to === '/package.json') return [];
        const objection = to.startsWith('/')
          ? 'src/ imports nothing else outside itself'
          : objectionTo(from, to);
        return objection === undefined ? [] : [`src/${from} imports ${to}: ${objection}`];
      }),
    );
    assert.deepEqual(objections, []);
  });

  it('of a test beside its component reach no other component', () => {
    const tests = modulesBelow('src').filter((path) => path.endsWith('.test.ts') && COMPONENT.test(path));
    assert.ok(tests.length > 5, `only ${tests.length} tests found`);
    const strays = tests.flatMap((from) =>
      importsOf(from, readFileSync(join(ROOT, 'src', from), 'utf8'))
        .filter((to) => partOf(to) === 'one component' && componentOf(to) !== componentOf(from))
        .map((to) => `src/${from} imports ${to}`),
    );
    assert.deepEqual(strays, []);
  });
});
