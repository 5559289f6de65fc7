import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fetchedKernel } from './kernels.mjs';

const RELEASE = '6.1.0-cloud-amd64';

describe("an image of somebody's own", () => {
  const folder = mkdtempSync(join(tmpdir(), 'lagpipe-kernels-'));
  after(() => rmSync(folder, { recursive: true }));

  /** A package's files, unpacked below a folder of its own; returns its path. */
  const unpacked = (name, ...paths) => {
    for (const path of paths) {
      mkdirSync(dirname(join(folder, name, path)), { recursive: true });
      writeFileSync(join(folder, name, path), '');
    }
    return join(folder, name);
  };

  for (const [what, image, modules] of [
    ['in /boot, with modules in /lib, as in Debian 12', `boot/vmlinuz-${RELEASE}`, 'lib/modules'],
    ['in /boot, with modules in /usr/lib, as in Debian 13', `boot/vmlinuz-${RELEASE}`, 'usr/lib/modules'],
    ['among its modules, as in Debian since 6.19', `usr/lib/modules/${RELEASE}/vmlinuz`, 'usr/lib/modules'],
  ]) {
    it(`has its modules found, ${what}`, () => {
      const root = unpacked(what, image, join(modules, RELEASE, 'modules.order'));
      assert.deepEqual(fetchedKernel({ version: 'own', image: join(root, image) }), {
        image: join(root, image),
        release: RELEASE,
        modules: join(root, modules, RELEASE),
      });
    });
  }

  it('has no modules where none lie beside it', () => {
    const image = join(unpacked('alone', 'boot/bzImage'), 'boot/bzImage');
    assert.deepEqual(fetchedKernel({ version: 'own', image }), { image });
  });
});
