import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { makeFolder } from './make-folder.ts';

describe('makeFolder', () => {
  it('makes a folder with all that is missing above it, and is content with one that is there', async () => {
    const root = mkdtempSync(join(tmpdir(), 'lagpipe-'));
    const path = join(root, 'a/b/c');
    await makeFolder(path);
    await makeFolder(path);
    assert.ok(existsSync(path));
    rmSync(root, { recursive: true });
  });

  it('gives up where nothing can be made, instead of trying forever', async () => {
    await assert.rejects(makeFolder('/proc/no/such/folder'), { code: 'ENOENT' });
  });
});
