import { FLAG, FRAME } from './frame.ts';
import type { Frame } from './frame-reader.ts';
import { HpackDecoder } from './hpack.ts';

/** A header block that is longer is passed over, and its fields are unknown. Servers allow 8 to 64 KiB. */
const LARGEST_BLOCK_BYTES = 262_144;
const NO_BYTES = new Uint8Array(0);

/** A HEADERS or PUSH_PROMISE frame with its continuations. One object for all blocks: valid until the next. */
export interface HeaderBlock {
  streamId: number;
  /** A PUSH_PROMISE, and the stream that the server will open; 0 where it is missing. */
  isPromise: boolean;
  promisedId: number;
  endStream: boolean;
  beganNanos: number;
  nanos: number;
  /** Frames' payloads with their headers. */
  frameBytes: number;
  /** Name and value in turns, in order; without those that nobody reads or the capture cannot tell. */
  fields: string[];
  /** Every field is there. */
  whole: boolean;
}

/** Puts header blocks of one direction together and decodes them, in the order in which HPACK needs them. */
export class HeaderBlocks {
  readonly #hpack: HpackDecoder;
  readonly #names: ReadonlySet<string> | undefined;
  readonly #block: HeaderBlock = {
    streamId: 0,
    isPromise: false,
    promisedId: 0,
    endStream: false,
    beganNanos: 0,
    nanos: 0,
    frameBytes: 0,
    fields: [],
    whole: true,
  };
  #open = false;
  #parts: Uint8Array = NO_BYTES;
  #partBytes = 0;

  /** `names`: the fields that are kept; `undefined`: all. */
  constructor(complete: boolean, names: ReadonlySet<string> | undefined) {
    this.#names = names;
    this.#hpack = new HpackDecoder(complete);
  }

  /** Frames are missing: what was begun can no longer be finished, and what the missing ones said is unknown. */
  lose(): void {
    this.#open = false;
    this.#partBytes = 0;
    this.#hpack.lose();
  }

  /** The block that a HEADERS, PUSH_PROMISE or CONTINUATION frame completes. */
  add(frame: Frame, headerBytes: number): HeaderBlock | undefined {
    const block = this.#block;
    const continues = frame.type === FRAME.continuation;
    if (continues && (!this.#open || frame.streamId !== block.streamId)) {
      this.#hpack.lose();
      return undefined;
    }
    if (!continues) this.#begin(frame);
    block.nanos = frame.nanos;
    block.frameBytes += frame.length + headerBytes;
    if (frame.damaged) block.whole = false;
    const start = continues ? frame.start : this.#fragmentStart(frame);
    const end = continues ? frame.end : frame.end - paddingOf(frame);
    if (end < start) block.whole = false;
    if ((frame.flags & FLAG.endHeaders) === 0) {
      this.#collect(frame.bytes, start, end);
      return undefined;
    }
    this.#open = false;
    if (this.#partBytes === 0) return this.#decode(frame.bytes, start, end);
    this.#collect(frame.bytes, start, end);
    const length = this.#partBytes;
    this.#partBytes = 0;
    return this.#decode(this.#parts, 0, length);
  }

  #begin(frame: Frame): void {
    const block = this.#block;
    // RFC 9113 §4.3: nothing comes between the frames of a block, so one that is still open lost its end.
    if (this.#open) this.#hpack.lose();
    this.#open = true;
    this.#partBytes = 0;
    block.streamId = frame.streamId;
    block.isPromise = frame.type === FRAME.pushPromise;
    block.promisedId = 0;
    block.endStream = frame.type === FRAME.headers && (frame.flags & FLAG.endStream) !== 0;
    block.beganNanos = frame.beganNanos;
    block.frameBytes = 0;
    block.whole = true;
  }

  /** Behind the length of the padding, the priority and the number of the promised stream. */
  #fragmentStart(frame: Frame): number {
    let at = frame.start;
    if (frame.flags & FLAG.padded) at += 1;
    if (frame.type === FRAME.headers) return frame.flags & FLAG.priority ? at + 5 : at;
    if (at + 4 > frame.end) return frame.end + 1;
    const { bytes } = frame;
    this.#block.promisedId =
      ((bytes[at] & 0x7f) << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    return at + 4;
  }

  #collect(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (!this.#block.whole || length <= 0) return;
    const needed = this.#partBytes + length;
    if (needed > LARGEST_BLOCK_BYTES) {
      this.#block.whole = false;
      return;
    }
    if (this.#parts.length < needed) {
      const larger = new Uint8Array(needed * 2);
      larger.set(this.#parts.subarray(0, this.#partBytes));
      this.#parts = larger;
    }
    this.#parts.set(bytes.subarray(start, end), this.#partBytes);
    this.#partBytes = needed;
  }

  #decode(bytes: Uint8Array, start: number, end: number): HeaderBlock {
    const block = this.#block;
    const fields: string[] = [];
    block.fields = fields;
    if (!block.whole) {
      this.#hpack.lose();
      return block;
    }
    const sound = this.#hpack.decode(bytes, start, end, (name, value) => {
      if (name === undefined || value === undefined) block.whole = false;
      else if (this.#names?.has(name) ?? true) fields.push(name, value);
    });
    if (!sound) block.whole = false;
    return block;
  }
}

function paddingOf(frame: Frame): number {
  return frame.flags & FLAG.padded && frame.end > frame.start ? frame.bytes[frame.start] : 0;
}
