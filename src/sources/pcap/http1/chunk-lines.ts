import { CR, LF } from './line-ends.ts';

/** Enough for more bytes than there are; what follows is taken for an extension. */
const MOST_DIGITS = 13;

/** The lines of a chunked body (RFC 9112 §7.1): sizes, the ends of chunks and trailers, all of which may come in pieces. */
export class ChunkLines {
  /** Of the chunk whose line was read. */
  size = 0;
  /** The line that was read has a size. */
  hasSize = false;
  /** The line that was read has nothing in it. */
  isEmpty = true;
  #digits = 0;

  begin(): void {
    this.size = 0;
    this.hasSize = false;
    this.isEmpty = true;
    this.#digits = 0;
  }

  /** `1a;extension=x` and a line end, or `0` for the last. Returns what lies behind it, or -1: it goes on. */
  readSize(bytes: Uint8Array, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const byte = bytes[at];
      if (byte === LF) return at + 1;
      const digit = hexDigit(byte);
      if (this.isEmpty && digit >= 0 && this.#digits < MOST_DIGITS) {
        this.size = this.size * 16 + digit;
        this.#digits++;
        this.hasSize = true;
      } else {
        // An extension or the line's end: what follows is no digit any more.
        this.isEmpty = false;
      }
    }
    return -1;
  }

  /** Any line. Returns what lies behind it, or -1: it goes on. */
  readLine(bytes: Uint8Array, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      if (bytes[at] === LF) return at + 1;
      if (bytes[at] !== CR) this.isEmpty = false;
    }
    return -1;
  }
}

/** -1: it is none. */
function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
