import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { packageRoot } from './package-root.ts';

test('finds the package from its sources and from a bundle, past nested packages of other names', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'package-root-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'src', 'lib'), { recursive: true });
  mkdirSync(join(root, 'dist'));
  writeFileSync(join(root, 'package.json'), '{"name":"here"}');
  writeFileSync(join(root, 'src', 'package.json'), '{"type":"module"}');
  writeFileSync(join(root, 'src', 'lib', 'package.json'), 'not JSON');

  const from = (...path: string[]) => packageRoot('here', pathToFileURL(join(root, ...path)).href);
  assert.equal(from('src', 'lib', 'x.ts'), root);
  assert.equal(from('dist', 'main.js'), root);
  assert.equal(packageRoot('elsewhere', pathToFileURL(join(root, 'dist', 'main.js')).href), undefined);
});
