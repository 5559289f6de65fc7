import type { FileHandle } from 'node:fs/promises';

/** One is decoded while the others are filled. */
const BUFFERS = 3;

/**
 * The bytes of a file, from its beginning to its end, which may move meanwhile. Two pieces are on their way at a time: with
 * one, a read that comes late, as when its thread has to wait for a processor, stops the decoding. A piece is valid until
 * the next one is asked for. Closes the file.
 */
export async function* readAhead(handle: FileHandle, pieceBytes: number): AsyncGenerator<Uint8Array> {
  const buffers = Array.from({ length: BUFFERS }, () => Buffer.allocUnsafeSlow(pieceBytes));
  const onTheirWay: Promise<{ readonly bytesRead: number }>[] = [];
  let position = 0;
  /** The buffer to fill next; the one behind it in turn was filled first. */
  let turn = 0;
  const fill = () => {
    const reading = handle.read(buffers[turn], 0, pieceBytes, position);
    // It fails where it is awaited, which is later than where it is begun.
    reading.catch(() => {});
    onTheirWay.push(reading);
    position += pieceBytes;
    turn = (turn + 1) % BUFFERS;
  };
  try {
    for (;;) {
      while (onTheirWay.length < BUFFERS - 1) fill();
      const first = (turn + 1) % BUFFERS;
      const start = position - onTheirWay.length * pieceBytes;
      const { bytesRead } = await onTheirWay.shift()!;
      if (bytesRead === 0) return;
      if (bytesRead === pieceBytes) {
        fill();
      } else {
        // The end as it was then; what the later reads found there may not follow on.
        await Promise.allSettled(onTheirWay.splice(0));
        position = start + bytesRead;
        turn = (first + 1) % BUFFERS;
      }
      yield buffers[first].subarray(0, bytesRead);
    }
  } finally {
    await Promise.allSettled(onTheirWay);
    await handle.close();
  }
}
