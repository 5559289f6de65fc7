import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { writeInitramfs } from './initramfs.mjs';

/** The entries of a "newc" archive, read as the kernel's init/initramfs.c does. */
function entriesOf(bytes) {
  const entries = [];
  const aligned = (offset) => (offset + 3) & ~3;
  for (let at = 0; ; ) {
    const header = bytes.toString('latin1', at, at + 110);
    assert.equal(header.slice(0, 6), '070701', `at ${at}`);
    const field = (index) => Number.parseInt(header.slice(6 + 8 * index, 14 + 8 * index), 16);
    const nameEnd = at + 110 + field(11);
    const name = bytes.toString('utf8', at + 110, nameEnd - 1);
    if (name === 'TRAILER!!!') return entries;
    const start = aligned(nameEnd);
    entries.push({
      name,
      mode: field(1),
      mtime: field(5),
      content: bytes.toString('utf8', start, start + field(6)),
    });
    at = aligned(start + field(6));
  }
}

describe('an initial root file system', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lagpipe-initramfs-'));
  after(() => rmSync(folder, { recursive: true }));

  it('holds files, links and each folder once and before what is in it', () => {
    const source = join(folder, 'source');
    writeFileSync(source, 'copied');
    const tree = new Map([
      ['/lib', { target: 'usr/lib' }],
      ['/usr/lib/a.so', { from: source, mode: 0o755, mtime: 1_700_000_000 }],
      ['/usr/lib/b', { content: '12345' }],
      ['/init', { content: '', mode: 0o700 }],
    ]);
    const path = join(folder, 'initramfs');
    writeInitramfs(path, tree, ['/proc']);
    const entries = entriesOf(readFileSync(path)).map(({ name, mode, content }) => [
      name,
      mode.toString(8),
      content,
    ]);
    assert.deepEqual(entries, [
      ['proc', '40755', ''],
      ['lib', '120777', 'usr/lib'],
      ['usr', '40755', ''],
      ['usr/lib', '40755', ''],
      ['usr/lib/a.so', '100755', 'copied'],
      ['usr/lib/b', '100644', '12345'],
      ['init', '100700', ''],
    ]);
    assert.equal(entriesOf(readFileSync(path))[4].mtime, 1_700_000_000);
  });
});
