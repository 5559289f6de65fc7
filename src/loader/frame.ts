import { type FrameFault, FrameHeader, HEADER_BYTES } from './frame-header.ts';

export interface Frame {
  readonly type: number;
  /** Records in the payload, by the header's word; a decoder checks it against the length. */
  readonly count: number;
  /** Valid until the callback returns: the memory behind it is used again. */
  readonly payload: Uint8Array;
}

/**
 * Cuts a byte stream into the frames of loader/frame.h. Chunk boundaries fall anywhere: a frame that lies whole
 * within a chunk is passed on in place, one that straddles is gathered first.
 *
 * A stream that breaks the format once is not trusted again, and no attempt is made to find the next frame:
 * everything up to `reset` is ignored.
 */
export class FrameSplitter {
  readonly #header = new FrameHeader();
  #carry = new Uint8Array(4096);
  #carried = 0;
  #fault: FrameFault | undefined;

  /** Returns the fault when this very chunk broke the format; frames before it have been passed on. */
  push(bytes: Uint8Array, onFrame: (frame: Frame) => void): FrameFault | undefined {
    let at = 0;
    while (this.#fault === undefined && at < bytes.length) {
      const whole = this.#carried === 0 ? this.#wholeFrameAt(bytes, at, onFrame) : 0;
      at += whole > 0 ? whole : this.#gather(bytes, at, onFrame);
      if (this.#fault !== undefined) return this.#fault;
    }
    return undefined;
  }

  /** Begins anew with the next chunk. Returns how many records the unfinished frame would have held. */
  reset(): number {
    const lost = this.#carried >= HEADER_BYTES && this.#fault === undefined ? this.#header.count : 0;
    this.#carried = 0;
    this.#fault = undefined;
    return lost;
  }

  /** Bytes taken: the frame's, when all of it is there, otherwise 0. */
  #wholeFrameAt(bytes: Uint8Array, at: number, onFrame: (frame: Frame) => void): number {
    if (bytes.length - at < HEADER_BYTES) return 0;
    this.#fault = this.#header.read(bytes, at);
    const end = at + HEADER_BYTES + this.#header.length;
    if (this.#fault !== undefined || bytes.length < end) return 0;
    this.#emit(bytes.subarray(at + HEADER_BYTES, end), onFrame);
    return end - at;
  }

  /** Takes what the header, or the frame behind it, still lacks; emits the frame when it is complete. */
  #gather(bytes: Uint8Array, at: number, onFrame: (frame: Frame) => void): number {
    if (this.#fault !== undefined) return 0;
    let taken = 0;
    if (this.#carried < HEADER_BYTES) {
      taken = this.#take(bytes, at, HEADER_BYTES);
      if (this.#carried < HEADER_BYTES) return taken;
      this.#fault = this.#header.read(this.#carry, 0);
      if (this.#fault !== undefined) return taken;
    }
    const wanted = HEADER_BYTES + this.#header.length;
    taken += this.#take(bytes, at + taken, wanted);
    if (this.#carried === wanted) {
      this.#carried = 0;
      this.#emit(this.#carry.subarray(HEADER_BYTES, wanted), onFrame);
    }
    return taken;
  }

  #take(bytes: Uint8Array, at: number, wanted: number): number {
    this.#reserve(wanted);
    const length = Math.min(wanted - this.#carried, bytes.length - at);
    this.#carry.set(bytes.subarray(at, at + length), this.#carried);
    this.#carried += length;
    return length;
  }

  #reserve(bytes: number): void {
    if (this.#carry.length >= bytes) return;
    const grown = new Uint8Array(Math.max(bytes, this.#carry.length * 2));
    grown.set(this.#carry.subarray(0, this.#carried));
    this.#carry = grown;
  }

  #emit(payload: Uint8Array, onFrame: (frame: Frame) => void): void {
    onFrame({ type: this.#header.type, count: this.#header.count, payload });
  }
}
