import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readAhead } from './read-ahead.ts';

const folder = mkdtempSync(join(tmpdir(), 'lagpipe-read-ahead-'));
after(() => rmSync(folder, { recursive: true }));
const PIECE = 1000;

function fileOf(bytes: Uint8Array): string {
  const path = join(folder, randomBytes(8).toString('hex'));
  writeFileSync(path, bytes);
  return path;
}

/** A piece is looked at late, when reads that were begun meanwhile have ended: none may have written into it. */
async function contentOf(handle: FileHandle, onPiece: (pieces: number) => void = () => {}): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of readAhead(handle, PIECE)) {
    onPiece(pieces.length);
    await sleep(2);
    pieces.push(Buffer.from(piece));
  }
  return Buffer.concat(pieces);
}

describe('reading ahead', () => {
  for (const length of [0, 1, 999, 1000, 1001, 1999, 2000, 3000, 3001, 5999, 6000, 12_345]) {
    it(`gives all ${length} bytes, in order`, async () => {
      const bytes = randomBytes(length);
      const handle = await open(fileOf(bytes));
      assert.deepEqual(await contentOf(handle), bytes);
      assert.equal(handle.fd, -1, 'it is closed');
    });
  }

  for (const [length, grownAt] of [
    [500, 0],
    [1500, 1],
    [2500, 0],
    [2500, 2],
    [4700, 3],
  ] as const) {
    it(`goes on where a file of ${length} bytes grows at its piece ${grownAt}`, async () => {
      const bytes = randomBytes(length);
      const more = randomBytes(3333);
      const path = fileOf(bytes);
      const content = await contentOf(await open(path), (piece) => {
        if (piece === grownAt) appendFileSync(path, more);
      });
      assert.deepEqual(content, Buffer.concat([bytes, more]));
    });
  }

  it('closes the file when nobody wants more of it', async () => {
    const handle = await open(fileOf(randomBytes(10_000)));
    for await (const piece of readAhead(handle, PIECE)) {
      assert.equal(piece.length, PIECE);
      break;
    }
    assert.equal(handle.fd, -1);
  });

  it('fails where reading fails, and closes', async () => {
    const handle = await open(folder);
    await assert.rejects(contentOf(handle), { code: 'EISDIR' });
    assert.equal(handle.fd, -1);
  });
});
