import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { recordingContext } from '../../../loader/testdata/harness.ts';
import { ethernet, ipv4, pcapFile, tcp } from '../testdata/packets.ts';
import { acquireFiles } from './acquire-files.ts';
import { CAPTURE_END, CAPTURE_ENDING } from './chunk-names.ts';

const folder = mkdtempSync(join(tmpdir(), 'lagpipe-pcap-'));
after(() => rmSync(folder, { recursive: true }));

function captureAt(seconds: number, packets = 1): Uint8Array {
  const bytes = ethernet(ipv4(tcp({ payload: 'x'.repeat(1000) })));
  return pcapFile(Array.from({ length: packets }, () => ({ bytes, time: [seconds, 0] as const })));
}

/** Longer than one piece. */
const LONG = captureAt(1_700_000_000, 4000);

function write(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

/** Everything that acquiring gives, the bytes of each file together. `onChunk` may stop or pause it. */
async function acquire(
  named: readonly string[],
  onChunk: (harness: ReturnType<typeof recordingContext>, chunks: number) => void = () => {},
) {
  const harness = recordingContext();
  const names: string[] = [];
  const bytesOf = new Map<string, Buffer>();
  let chunks = 0;
  const failure = await new Promise<string | undefined>((resolve) => {
    acquireFiles(named, 1, harness.context).subscribe({
      next: ({ name, bytes }) => {
        const ended = bytes.length === 0;
        if (name === CAPTURE_ENDING) return;
        if (name === CAPTURE_END) names.push('END');
        else if (ended || !bytesOf.has(name)) names.push(`${basename(name)}${ended ? ' ends' : ''}`);
        bytesOf.set(name, Buffer.concat([bytesOf.get(name) ?? Buffer.alloc(0), bytes]));
        chunks += 1;
        onChunk(harness, chunks);
      },
      complete: () => resolve(undefined),
      error: (error: Error) => resolve(error.message),
    });
  });
  return { names, bytesOf, failure, chunks, ...harness };
}

describe('acquireFiles', () => {
  it('gives a file in pieces, its end, and the end of the capture', async () => {
    const path = write('long.pcap', LONG);
    const { names, bytesOf, chunks, reports } = await acquire([path]);
    assert.deepEqual(names, ['long.pcap', 'long.pcap ends', 'END']);
    assert.deepEqual(bytesOf.get(path), LONG);
    assert.ok(chunks > 5, `${chunks} chunks`);
    assert.deepEqual(reports, [{ part: '', state: 'live', detail: `reads ${path}` }]);
  });

  it('unpacks gzip, of several members too, and zstd', async () => {
    const half = LONG.length / 2;
    const members = Buffer.concat([gzipSync(LONG.subarray(0, half)), gzipSync(LONG.subarray(half))]);
    for (const [name, packed] of [
      ['one.pcap.gz', gzipSync(LONG)],
      ['two.pcap.gz', members],
      ['one.pcap.zst', zstdCompressSync(LONG)],
    ] as const) {
      const path = write(name, packed);
      const { bytesOf, lines } = await acquire([path]);
      assert.deepEqual(bytesOf.get(path), LONG, name);
      assert.deepEqual(lines, []);
    }
  });

  it('unpacks a file that is longer, packed, than what is read ahead of it', async () => {
    // Noise cannot be packed, and no two of its pieces are the same.
    const noise = Buffer.concat(Array.from({ length: 8 }, () => randomBytes(1 << 20)));
    const whole = Buffer.concat([captureAt(1_700_000_000), noise]);
    const path = write('noise.pcap.gz', gzipSync(whole, { level: 1 }));
    const { bytesOf, lines } = await acquire([path]);
    assert.deepEqual(lines, []);
    assert.ok(bytesOf.get(path)?.equals(whole));
  });

  it('gives what a damaged gzip file holds, says so, and goes on with the next', async () => {
    const damaged = write('damaged.gz', gzipSync(LONG, { level: 0 }).subarray(0, 3_000_000));
    const { names, bytesOf, lines, failure } = await acquire([
      damaged,
      write('fine.pcap', captureAt(1_800_000_000)),
    ]);
    assert.equal(failure, undefined);
    assert.deepEqual(names, ['damaged.gz', 'damaged.gz ends', 'fine.pcap', 'fine.pcap ends', 'END']);
    const length = bytesOf.get(damaged)?.length ?? 0;
    assert.ok(length > 2_900_000);
    assert.equal(
      lines.join(),
      `error ${damaged}: cannot be read beyond its first ${length} (unpacked) bytes: unexpected end of file`,
    );
  });

  it('reads a folder in the order of first packets, whatever the names, and says what is no capture', async () => {
    write('rotated/dump0', captureAt(1300));
    write('rotated/dump1', captureAt(1100));
    write('rotated/dump2.gz', gzipSync(captureAt(1200)));
    write('rotated/dump10', captureAt(1300));
    write('rotated/notes.txt', 'what we saw on Friday, 17:00');
    write('rotated/empty', '');
    write('rotated/deeper/dump3', captureAt(1));
    const { names, lines } = await acquire([join(folder, 'rotated')]);
    assert.deepEqual(
      names.filter((name) => !name.includes('ends')),
      ['dump1', 'dump2.gz', 'dump0', 'dump10', 'END'],
    );
    assert.deepEqual(lines, [
      `warn passed over what is no capture: ${folder}/rotated/empty is empty; ` +
        `${folder}/rotated/notes.txt is text, beginning with "what we saw on Friday, 1"`,
    ]);
  });

  for (const [what, path, message] of [
    [
      'a file that is not there',
      () => join(folder, 'none'),
      /cannot read .*none: there is no such file or folder/,
    ],
    [
      'text',
      () => write('a.txt', '{"not": "a capture"}'),
      /no capture: .*a.txt is text, beginning with "\{\\"not/,
    ],
    ['an xz file', () => write('a.xz', Buffer.from('fd377a585a00', 'hex')), /packed by xz: unpack it first/],
    ['gzip of something else', () => write('x.gz', gzipSync('hello')), /no capture: .*x.gz is text.*hello/],
    ['an empty file', () => write('empty.pcap', ''), /no capture: .*empty.pcap is empty/],
    [
      'a folder without captures',
      () => join(write('texts/b', 'text'), '..'),
      /no capture in the folder .*texts: .*b is text/,
    ],
  ] as const) {
    it(`fails on ${what}, before anything is read`, async () => {
      const { failure, chunks, reports } = await acquire([write('good.pcap', captureAt(5)), path()]);
      assert.match(failure ?? '', message);
      assert.equal(chunks, 0);
      assert.equal(reports.at(-1)?.state, 'failed');
    });
  }

  it('stops between two pieces, with the end of file and capture', async () => {
    const path = write('long.pcap', LONG);
    const { names, bytesOf, failure } = await acquire([path, path], ({ stop$ }) => stop$.next());
    assert.equal(failure, undefined);
    assert.deepEqual(names, ['long.pcap', 'long.pcap ends', 'END']);
    assert.equal(bytesOf.get(path)?.length, 1 << 19);
  });

  it('reads nothing while it is paused', async () => {
    const path = write('long.pcap', LONG);
    let chunksWhilePaused = 0;
    const { bytesOf } = await acquire([path], ({ paused$ }, chunks) => {
      if (paused$.value) chunksWhilePaused += 1;
      if (chunks !== 2) return;
      paused$.next(true);
      // Long enough for a reading that does not wait to go on.
      setImmediate(() => setImmediate(() => paused$.next(false)));
    });
    assert.equal(chunksWhilePaused, 0);
    assert.deepEqual(bytesOf.get(path), LONG);
  });

  it('reads a named pipe, and stops although nobody writes', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const piece = write('piece.pcap', captureAt(5));
    const keptOpen = openSync(pipe, 'r+');
    const writer: ChildProcess = spawn('sh', ['-c', `cat '${piece}'; exec sleep 20`], {
      stdio: ['ignore', keptOpen, 'ignore'],
    });
    const { names, bytesOf } = await acquire([pipe], ({ stop$ }) => stop$.next());
    writer.kill();
    await once(writer, 'exit');
    closeSync(keptOpen);
    assert.deepEqual(names, ['pipe', 'pipe ends', 'END']);
    assert.deepEqual(bytesOf.get(pipe), captureAt(5));
  });
});
