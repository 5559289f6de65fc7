import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { setVariable } from '../../test/set-variable.ts';
import { packageRoot } from '../lib/package-root.ts';
import { BUILD_PACKAGES, explainUnusable, loaderPath } from './loader-path.ts';

const ROOT = packageRoot('lagpipe', import.meta.url) ?? '';

test('the loader is the one of this package, unless the environment names another', (t) => {
  t.after(setVariable('LAGPIPE_LOADER', undefined));
  for (const unset of [undefined, '']) {
    if (unset === undefined) delete process.env.LAGPIPE_LOADER;
    else process.env.LAGPIPE_LOADER = unset;
    assert.equal(loaderPath(), join(ROOT, 'build', 'lagpipe-loader'));
  }
  process.env.LAGPIPE_LOADER = '/usr/libexec/lagpipe-loader';
  assert.equal(loaderPath(), '/usr/libexec/lagpipe-loader');
});

test('a file that may not be executed is told apart from one that is not there', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'loader-path-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'loader');
  assert.match(explainUnusable(path)?.detail ?? '', /is not built/);
  writeFileSync(path, '', { mode: 0o644 });
  assert.match(explainUnusable(path)?.detail ?? '', /may not be executed/);
  assert.equal(explainUnusable(process.execPath), undefined);
});

test('names the packages that the set-up installs', async () => {
  const url = pathToFileURL(join(ROOT, 'scripts', 'lib', 'system-packages.mjs')).href;
  const { BUILD_PARTS } = (await import(url)) as { BUILD_PARTS: readonly Record<string, string>[] };
  for (const [manager, packages] of Object.entries(BUILD_PACKAGES)) {
    assert.deepEqual(
      packages,
      BUILD_PARTS.map((part) => part[manager]),
    );
  }
});
