import { open as openDescriptor } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { addAbortSignal, pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { contentKind, KIND_BYTES, type Packer } from './content-kind.ts';

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
  if (!status.isFIFO()) return filePieces(await open(path), pieceBytes);
  // A read of an empty pipe would block a thread for good; a socket's waiting can be broken off.
  const fd = await promisify(openDescriptor)(path, 'r');
  return addAbortSignal(signal, new Socket({ fd, readable: true, writable: false }));
}

/** Two buffers in turn: one is decoded while the other is filled. */
async function* filePieces(handle: FileHandle, pieceBytes: number): AsyncGenerator<Uint8Array> {
  const buffers = [Buffer.allocUnsafeSlow(pieceBytes), Buffer.allocUnsafeSlow(pieceBytes)];
  const fill = (turn: number) => {
    const reading = handle.read(buffers[turn], 0, pieceBytes);
    // It fails where it is awaited, which is later than where it is begun.
    reading.catch(() => {});
    return reading;
  };
  let filling = fill(0);
  try {
    for (let turn = 0; ; turn = 1 - turn) {
      const { bytesRead } = await filling;
      if (bytesRead === 0) return;
      filling = fill(1 - turn);
      yield buffers[turn].subarray(0, bytesRead);
    }
  } finally {
    await filling.catch(() => {});
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
