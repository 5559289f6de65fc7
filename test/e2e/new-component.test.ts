import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ROOT } from '../root.ts';

const COPIED = [
  'src',
  'scripts',
  'test',
  'docs',
  'package.json',
  'tsconfig.json',
  'biome.json',
  '.gitignore',
];
const MADE = [
  { kind: 'source', folder: 'sources', id: 'new_source', name: 'newSource', file: 'new-source' },
  { kind: 'processor', folder: 'processors', id: 'reshape', name: 'reshape', file: 'reshape' },
  { kind: 'sink', folder: 'sinks', id: 'a_b2', name: 'aB2', file: 'a-b2' },
];

describe('npm run new:…', () => {
  const copy = mkdtempSync(join(tmpdir(), 'lagpipe-new-'));

  function node(...args: string[]) {
    // Inside a test, Node's runner would report to its parent instead of printing.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: copy,
      env,
      encoding: 'utf8',
    });
    return { status, output: stdout + stderr };
  }

  const passes = (...args: string[]) => {
    const { status, output } = node(...args);
    assert.equal(status, 0, output);
  };

  before(() => {
    for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    for (const { kind, id } of MADE) passes('scripts/new.ts', kind, id);
  });

  after(() => rmSync(copy, { recursive: true }));

  for (const { kind, folder, id, name, file } of MADE) {
    it(`lists the new ${kind} and writes its reference page`, () => {
      const index = readFileSync(join(copy, 'src', folder, 'index.ts'), 'utf8');
      assert.ok(index.includes(`import { ${name} } from './${file}.ts';`), index);
      assert.match(index, new RegExp(`\\b${name},?\\s*\\];`));
      assert.ok(readFileSync(join(copy, 'docs/reference', folder, `${id}.md`), 'utf8').includes(id));
      assert.ok(node('src/main.ts', 'list', folder).output.includes(`  ${id} `));
    });

    it(`fails one test until the ${kind} is written, which says what to write`, () => {
      const { status, output } = node('--test', '--test-reporter=tap', `src/${folder}/${file}.test.ts`);
      assert.equal(status, 1);
      assert.match(output, /^# fail 1$/m);
      assert.match(output, new RegExp(`src/${folder}/${file}\\.ts is still the example\\. Write `));
      assert.ok(Number(/^# pass (\d+)$/m.exec(output)?.[1]) > 0, output);
    });

    it(`refuses to make the ${kind} a second time`, () => {
      const { status, output } = node('scripts/new.ts', kind, id);
      assert.equal(status, 2);
      assert.match(output, /is already there/);
    });
  }

  it('makes code that type-checks', () => passes('node_modules/typescript/bin/tsc', '-p', '.'));

  it('makes code that lints', () => {
    const files = MADE.flatMap(({ folder, file }) =>
      [`${file}.ts`, `${file}.test.ts`, 'index.ts'].map((f) => `src/${folder}/${f}`),
    );
    passes('node_modules/@biomejs/biome/bin/biome', 'ci', '--error-on-warnings', ...files);
  });

  it('makes components that pass the conformance suite', () => {
    passes(
      '--test',
      '--test-isolation=none',
      ...['component', 'source', 'processor', 'sink'].map((n) => `test/conformance/every-${n}.test.ts`),
    );
  });

  it('keeps the imports one way', () => passes('--test', 'test/imports.test.ts'));

  for (const [name, why] of [
    ['Wrong-Name', /no lower_snake_case name/],
    ['proc', /already/],
    ['ebpf_tcp_connect', /already a source called/],
  ] as const) {
    it(`refuses the name ${name}`, () => {
      const { status, output } = node('scripts/new.ts', 'source', name);
      assert.equal(status, 2);
      assert.match(output, why);
    });
  }

  it('says how to use it', () => {
    assert.match(node('scripts/new.ts', 'sauce', 'x').output, /^usage: npm run new:source/);
    assert.match(node('scripts/new.ts', 'sink').output, /^give it a name/);
  });
});
