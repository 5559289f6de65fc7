import { FLAG, FRAME, FRAME_HEADER_BYTES, frameLength, PREFACE, plausibleHeader, u32 } from './frame.ts';

/** A payload that is kept until it is whole; a larger one is counted and passed over. */
const KEPT_PAYLOAD_BYTES = 65_536;

/** The frame that was just completed. One object for all frames of a reader: valid during the call. */
export interface Frame {
  type: number;
  flags: number;
  streamId: number;
  /** Of the payload, padding included. */
  length: number;
  /** Capture times of the header's first byte and of the payload's last. */
  beganNanos: number;
  nanos: number;
  /** Payload; empty for DATA and for what was not kept. */
  bytes: Uint8Array;
  start: number;
  end: number;
  /** DATA: bytes of padding, its length field included. */
  padding: number;
  /** Some of it is missing: lost by the capture, or too large to keep. */
  damaged: boolean;
}

export interface OnFrames {
  frame(frame: Frame): void;
  /** A piece of a DATA frame, as it came. */
  piece(streamId: number, bytes: number, nanos: number): void;
  /** `bytes` of this stream's DATA are missing. */
  hole(streamId: number, bytes: number): void;
  /** Frames may be missing: as many bytes were lost, or 0 where what came was no frame. */
  lost(bytes: number): void;
  /** Whether a stream of this number is open, to recognise its frames behind a hole. */
  knows(streamId: number): boolean;
}

const NOTHING = new Uint8Array(0);

/** Frames of one direction. DATA is counted as it comes and never kept; any other payload is put together. */
export class FrameReader {
  readonly #on: OnFrames;
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES);
  #headerBytes = 0;
  /** Of the preface or of the payload: bytes still to come. */
  #missing = 0;
  #state: 'preface' | 'header' | 'payload' | 'search' = 'header';
  #kept: Uint8Array = NOTHING;
  #keptBytes = 0;
  readonly #frame: Frame = {
    type: 0,
    flags: 0,
    streamId: 0,
    length: 0,
    beganNanos: 0,
    nanos: 0,
    bytes: NOTHING,
    start: 0,
    end: 0,
    padding: 0,
    damaged: false,
  };

  /** `begin`: what the first byte belongs to. */
  constructor(on: OnFrames, begin: 'preface' | 'header' | 'search') {
    this.#on = on;
    this.#state = begin;
    if (begin === 'preface') this.#missing = PREFACE.length;
  }

  data(bytes: Uint8Array, start: number, end: number, nanos: number): void {
    let at = start;
    if (this.#state === 'search') at = this.#search(bytes, start, end);
    while (at < end) at = this.#step(bytes, at, end, nanos);
  }

  /** `length` bytes are missing. A hole within one payload leaves the frames around it known. */
  gap(length: number, nanos: number): void {
    if (this.#state === 'search') return;
    if ((this.#state === 'preface' || this.#state === 'payload') && length <= this.#missing) {
      this.#pass(length, nanos);
      return;
    }
    if (this.#state === 'payload') {
      this.#frame.damaged = true;
      this.#finish(nanos);
    }
    this.#loseTrack(length);
  }

  #pass(length: number, nanos: number): void {
    if (this.#state === 'payload') {
      this.#frame.damaged = true;
      if (this.#frame.type === FRAME.data) this.#on.hole(this.#frame.streamId, length);
    }
    this.#missing -= length;
    if (this.#missing > 0) return;
    if (this.#state === 'payload') this.#finish(nanos);
    this.#state = 'header';
  }

  #step(bytes: Uint8Array, at: number, end: number, nanos: number): number {
    if (this.#state === 'payload') return this.#payload(bytes, at, end, nanos);
    if (this.#state === 'search') return end;
    if (this.#state === 'preface') {
      const taken = Math.min(this.#missing, end - at);
      this.#missing -= taken;
      if (this.#missing === 0) this.#state = 'header';
      return at + taken;
    }
    return this.#collectHeader(bytes, at, end, nanos);
  }

  #collectHeader(bytes: Uint8Array, at: number, end: number, nanos: number): number {
    if (this.#headerBytes === 0) this.#frame.beganNanos = nanos;
    const taken = Math.min(FRAME_HEADER_BYTES - this.#headerBytes, end - at);
    for (let index = 0; index < taken; index += 1)
      this.#header[this.#headerBytes + index] = bytes[at + index];
    this.#headerBytes += taken;
    if (this.#headerBytes < FRAME_HEADER_BYTES) return at + taken;
    this.#headerBytes = 0;
    this.#beginFrame(nanos);
    return at + taken;
  }

  #beginFrame(nanos: number): void {
    const header = this.#header;
    const frame = this.#frame;
    frame.length = frameLength(header, 0);
    frame.type = header[3];
    frame.flags = header[4];
    frame.streamId = u32(header, 5) & 0x7fff_ffff;
    frame.padding = 0;
    frame.damaged = false;
    this.#keptBytes = 0;
    this.#missing = frame.length;
    if (frame.type === FRAME.data && frame.streamId === 0) {
      this.#loseTrack(0);
      return;
    }
    this.#state = 'payload';
    if (frame.type === FRAME.data) this.#on.piece(frame.streamId, 0, nanos);
    if (frame.length === 0) this.#finish(nanos);
  }

  #payload(bytes: Uint8Array, at: number, end: number, nanos: number): number {
    const frame = this.#frame;
    const taken = Math.min(this.#missing, end - at);
    if (frame.type === FRAME.data) {
      if (this.#missing === frame.length && frame.flags & FLAG.padded) frame.padding = bytes[at] + 1;
      this.#on.piece(frame.streamId, taken, nanos);
    } else if (taken === frame.length) {
      frame.bytes = bytes;
      frame.start = at;
      frame.end = at + taken;
    } else {
      this.#keep(bytes, at, taken);
    }
    this.#missing -= taken;
    if (this.#missing === 0) this.#finish(nanos);
    return at + taken;
  }

  #keep(bytes: Uint8Array, at: number, taken: number): void {
    const frame = this.#frame;
    if (frame.length > KEPT_PAYLOAD_BYTES) frame.damaged = true;
    if (frame.damaged || frame.type > FRAME.continuation) return;
    if (this.#kept.length < frame.length) this.#kept = new Uint8Array(Math.max(256, frame.length));
    this.#kept.set(bytes.subarray(at, at + taken), this.#keptBytes);
    this.#keptBytes += taken;
    frame.bytes = this.#kept;
    frame.start = 0;
    frame.end = this.#keptBytes;
  }

  #finish(nanos: number): void {
    const frame = this.#frame;
    frame.nanos = nanos;
    if (frame.damaged || frame.type === FRAME.data || frame.length === 0) frame.end = frame.start;
    this.#state = 'header';
    this.#on.frame(frame);
    frame.bytes = NOTHING;
    frame.start = 0;
    frame.end = 0;
    if (this.#kept.length > 4096) this.#kept = NOTHING;
  }

  #loseTrack(bytes: number): void {
    this.#state = 'search';
    this.#headerBytes = 0;
    this.#on.lost(bytes);
  }

  /**
   * Where a frame begins behind a hole: at a header that another one follows, whose frame ends where these bytes end,
   * or that is the first here and of an open stream. `end` when there is none.
   */
  #search(bytes: Uint8Array, start: number, end: number): number {
    for (let at = start; at + FRAME_HEADER_BYTES <= end; at += 1) {
      if (bytes[at + 3] <= FRAME.continuation && this.#begins(bytes, at, end, at === start)) {
        this.#state = 'header';
        return at;
      }
    }
    return end;
  }

  #begins(bytes: Uint8Array, at: number, end: number, first: boolean): boolean {
    if (!plausibleHeader(bytes, at)) return false;
    const next = at + FRAME_HEADER_BYTES + frameLength(bytes, at);
    if (next === end) return true;
    if (next + FRAME_HEADER_BYTES <= end) return plausibleHeader(bytes, next);
    return first && this.#on.knows(u32(bytes, at + 5));
  }
}
