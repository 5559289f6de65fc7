import { open as openDescriptor } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { addAbortSignal, pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { contentKind, KIND_BYTES, type Packer } from './content-kind.ts';
import { readAhead } from './read-ahead.ts';

export type Pieces = AsyncIterable<Uint8Array>;

export const STANDARD_INPUT = '-';

/** Smaller ones cost time, and larger ones memory: what is found in one waits until the next is asked for. */
const PIECE_BYTES = 1 << 19;

/** The bytes of a file, or of standard input for `-`, unpacked if they are packed. A piece is valid until the next one is asked for. */
export async function openPieces(
  path: string,
  signal: AbortSignal,
  pieceBytes = PIECE_BYTES,
): Promise<Pieces> {
  const pieces = path === STANDARD_INPUT ? standardInput(signal) : await fileOrPipe(path, signal, pieceBytes);
  return unpacked(pieces, signal);
}

function standardInput(signal: AbortSignal): Pieces {
  if (process.stdin.isTTY) {
    throw new Error(
      'standard input is a terminal, not a capture; pipe one in, as with `tcpdump -w - | lagpipe pcap -`',
    );
  }
  return addAbortSignal(signal, process.stdin);
}

async function fileOrPipe(path: string, signal: AbortSignal, pieceBytes: number): Promise<Pieces> {
  const status = await stat(path);
  if (status.isFile()) return readAhead(await open(path), pieceBytes);
  if (!status.isFIFO()) return inOrder(await open(path), pieceBytes);
  // A read of an empty pipe would block a thread for good; a socket's waiting can be broken off.
  const fd = await promisify(openDescriptor)(path, 'r');
  return addAbortSignal(signal, new Socket({ fd, readable: true, writable: false }));
}

/** What has no positions, such as a character device. */
async function* inOrder(handle: FileHandle, pieceBytes: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(pieceBytes);
  try {
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, pieceBytes);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** Looks at the first bytes, and passes everything on either as it is or through the unpacker. */
async function unpacked(pieces: Pieces, signal: AbortSignal): Promise<Pieces> {
  const iterator = pieces[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < KIND_BYTES) {
    const { value, done } = await iterator.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  const all = resumed(head, iterator);
  const content = contentKind(head);
  return content.kind === 'packed' ? unpack(all, content.packer, signal) : all;
}

async function* resumed(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    for (;;) {
      const { value, done } = await rest.next();
      if (done) return;
      yield value;
    }
  } finally {
    await rest.return?.();
  }
}

function unpack(pieces: Pieces, packer: Packer, signal: AbortSignal): Pieces {
  const options = { chunkSize: PIECE_BYTES / 8 };
  const unpacker = packer === 'gzip' ? createGunzip(options) : createZstdDecompress(options);
  // Its iterator tells what went wrong.
  pipeline(Readable.from(copies(pieces)), unpacker, () => {});
  return addAbortSignal(signal, unpacker);
}

/** A stream reads ahead, further than a piece is valid. A `Buffer`'s own `slice` copies nothing. */
async function* copies(pieces: Pieces): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield new Uint8Array(piece);
}
