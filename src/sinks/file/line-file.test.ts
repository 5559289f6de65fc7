import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import type { DiskError } from './disk-error.ts';
import { LineFile, type LineFileOptions } from './line-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'lagpipe-file-'));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
const newPath = () => join(folder, `${files++}`, 'x.ndjson');
const text = (path: string) => readFileSync(path, 'utf8');

/** Writes through a file that is opened and closed for it. */
async function append(lines: string, given: Partial<LineFileOptions> & { path: string }): Promise<void> {
  const file = await opened(given);
  await file.write(lines);
  await file.close();
}

async function opened(given: Partial<LineFileOptions> & { path: string }): Promise<LineFile> {
  const file = new LineFile({ append: true, createDirectory: true, onRotation: () => {}, ...given });
  await file.open();
  return file;
}

describe('a line file', () => {
  it('makes the directory, and a file that others cannot read', async () => {
    const path = newPath();
    const file = await opened({ path });
    assert.deepEqual(await file.write('a\nb\n'), { lines: 2 });
    await file.sync();
    await file.close();
    assert.equal(text(path), 'a\nb\n');
    assert.equal(statSync(path).mode & 0o027, 0, 'no write for the group, nothing for others');
  });

  it('keeps what is there, or empties it when told to', async () => {
    const path = newPath();
    await append('old\n', { path });
    await append('new\n', { path });
    assert.equal(text(path), 'old\nnew\n');
    await append('newest\n', { path, append: false });
    assert.equal(text(path), 'newest\n');
  });

  it('does not make directories when told not to', async () => {
    const file = new LineFile({
      path: newPath(),
      append: true,
      createDirectory: false,
      onRotation: () => {},
    });
    await assert.rejects(file.open(), { code: 'ENOENT' });
  });

  it('says that the disk is full, and that nothing was written', async () => {
    const file = await opened({ path: '/dev/full' });
    const { lines, error } = await file.write('a\n');
    assert.equal(lines, 0);
    assert.equal(error?.reason, 'disk_full');
    assert.equal(error?.detail, 'cannot write to /dev/full: the disk is full');
    await file.close();
  });

  it('takes a torn line back where the file reaches its limit', () => {
    const path = newPath();
    mkdirSync(join(path, '..'));
    // Lines of 100 B against a limit of 1 block of 1,024 B: ten fit, the eleventh is cut after 24 B. The process
    // gets EFBIG from write(2) as it would get ENOSPC, and needs no full disk for it.
    const script = `
      import { LineFile } from ${JSON.stringify(join(import.meta.dirname, 'line-file.ts'))};
      const file = new LineFile({ path: ${JSON.stringify(path)}, append: true, createDirectory: true, onRotation() {} });
      await file.open();
      const first = await file.write(('x'.repeat(99) + '\\n').repeat(12));
      const second = await file.write('y\\n');
      console.log(JSON.stringify([first.lines, first.error.reason, second.lines]));`;
    const limited = `trap '' XFSZ; ulimit -f 1; exec "$0" --input-type=module -e "$1"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', limited, process.execPath, script], {
      encoding: 'utf8',
    });
    assert.equal(stdout.trim(), '[10,"file_too_large",1]', stderr);
    assert.equal(text(path), `${'x'.repeat(99)}\n`.repeat(10).concat('y\n'));
  });
});

describe('rotation', () => {
  it('never splits or loses a line, and keeps every file within the limit', async () => {
    const line = fc
      .string({ unit: fc.constantFrom('a', 'ä', ' '), maxLength: 60 })
      .map((body) => `${body}\n`);
    const writes = fc.array(fc.array(line, { minLength: 1, maxLength: 8 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(writes, fc.integer({ min: 1, max: 200 }), async (texts, maxSizeBytes) => {
        const path = newPath();
        const file = await opened({ path, rotation: { maxSizeBytes, maxFiles: 1000 } });
        for (const lines of texts)
          assert.deepEqual(await file.write(lines.join('')), { lines: lines.length });
        await file.close();
        const parts = inOrder(path);
        assert.equal(parts.join(''), texts.flat().join(''));
        for (const part of parts) {
          assert.ok(part === '' || part.endsWith('\n'));
          assert.ok(Buffer.byteLength(part) <= maxSizeBytes || part.indexOf('\n') === part.length - 1);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('deletes the oldest file beyond max_files', async () => {
    const path = newPath();
    const file = await opened({ path, rotation: { maxSizeBytes: 2, maxFiles: 2 } });
    await file.write('1\n2\n3\n4\n5\n');
    await file.close();
    assert.deepEqual(inOrder(path), ['3\n', '4\n', '5\n']);
  });

  it('counts what the file held before', async () => {
    const path = newPath();
    await append('0123456\n', { path });
    const file = await opened({ path, rotation: { maxSizeBytes: 10, maxFiles: 2 } });
    await file.write('89\n');
    assert.deepEqual(inOrder(path), ['0123456\n', '89\n']);
    await file.close();
  });

  it('goes on in the same file when it cannot rename, and loses no older file over it', async () => {
    const path = newPath();
    const errors: (DiskError | undefined)[] = [];
    const rotation = { maxSizeBytes: 2, maxFiles: 2 };
    const file = await opened({ path, rotation, onRotation: (error) => errors.push(error) });
    await file.write('1\n2\n');
    // A directory that is not empty cannot be replaced by a file.
    mkdirSync(`${path}.2`);
    writeFileSync(join(`${path}.2`, 'in the way'), '');
    assert.deepEqual(await file.write('3\n4\n'), { lines: 2 });
    assert.equal(text(path), '2\n3\n4\n');
    assert.equal(text(`${path}.1`), '1\n');
    assert.equal(errors.at(-1)?.reason, 'is_directory');
    rmSync(`${path}.2`, { recursive: true });
    await file.write('5\n');
    assert.deepEqual(inOrder(path), ['1\n', '2\n3\n4\n', '5\n']);
    assert.equal(errors.at(-1), undefined);
    await file.close();
  });
});

/** The contents of the rotated files and the current one, oldest first. */
function inOrder(path: string): string[] {
  const contents = [text(path)];
  for (let number = 1; existsSync(`${path}.${number}`); number++) contents.unshift(text(`${path}.${number}`));
  return contents;
}
