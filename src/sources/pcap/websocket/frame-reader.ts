/** RFC 6455 §5.2. */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** §5.5: the payload of a control frame. */
const CONTROL_PAYLOAD_BYTES = 125;
const LONGEST_HEADER_BYTES = 14;
const FIN = 0x80;
/** A bit for each opcode that means nothing. */
const RESERVED_OPCODES = 0xf8f8;
/** A frame longer than this is damage: no endpoint takes messages of 4 GiB in one frame. */
const LARGEST_PAYLOAD_BYTES = 0xffff_ffff;

/** The frame that was just completed. One object for all frames of a reader: valid during the call. */
export interface WebSocketFrame {
  opcode: number;
  /** Last frame of its message. */
  final: boolean;
  /** RSV1: compressed, where permessage-deflate was agreed on (RFC 7692). */
  compressed: boolean;
  payloadBytes: number;
  /** Header and masking key. */
  headerBytes: number;
  beganNanos: number;
  nanos: number;
  /** Unmasked payload of a control frame; empty for data, which is counted and not kept. */
  control: Uint8Array;
  /** Some of it is missing in the capture. */
  damaged: boolean;
}

export interface OnWebSocketFrames {
  frame(frame: WebSocketFrame): void;
  /** Bytes between two frames could not be told; frames may be missing. */
  lost(): void;
}

const NOTHING = new Uint8Array(0);

/** Frames of one direction. */
export class WebSocketFrameReader {
  readonly #on: OnWebSocketFrames;
  readonly #masks: boolean;
  readonly #header = new Uint8Array(LONGEST_HEADER_BYTES);
  #headerBytes = 0;
  readonly #control = new Uint8Array(CONTROL_PAYLOAD_BYTES);
  #state: 'header' | 'payload' | 'search' = 'header';
  #missing = 0;
  readonly #frame: WebSocketFrame = {
    opcode: 0,
    final: false,
    compressed: false,
    payloadBytes: 0,
    headerBytes: 0,
    beganNanos: 0,
    nanos: 0,
    control: NOTHING,
    damaged: false,
  };

  /** `masks`: this is the client, whose frames are masked (§5.3); tells frames from noise behind a hole. */
  constructor(masks: boolean, on: OnWebSocketFrames) {
    this.#masks = masks;
    this.#on = on;
  }

  data(bytes: Uint8Array, start: number, end: number, nanos: number): void {
    let at = this.#state === 'search' ? this.#search(bytes, start, end) : start;
    while (at < end && this.#state !== 'search') {
      at =
        this.#state === 'header'
          ? this.#collectHeader(bytes, at, end, nanos)
          : this.#collectPayload(bytes, at, end, nanos);
    }
  }

  /** `length` bytes are missing. A hole within one payload leaves the frames around it known. */
  gap(length: number, nanos: number): void {
    if (this.#state === 'search') return;
    if (this.#state === 'payload') {
      this.#frame.damaged = true;
      const within = length <= this.#missing;
      this.#missing -= Math.min(length, this.#missing);
      if (this.#missing === 0 || !within) this.#finish(nanos);
      if (within) return;
    }
    this.#loseTrack();
  }

  #collectHeader(bytes: Uint8Array, start: number, end: number, nanos: number): number {
    let at = start;
    if (this.#headerBytes === 0) this.#frame.beganNanos = nanos;
    while (at < end && this.#headerBytes < headerLength(this.#header, this.#headerBytes)) {
      this.#header[this.#headerBytes] = bytes[at];
      this.#headerBytes += 1;
      at += 1;
    }
    if (this.#headerBytes >= headerLength(this.#header, this.#headerBytes)) this.#beginFrame(nanos);
    return at;
  }

  #beginFrame(nanos: number): void {
    const header = this.#header;
    const frame = this.#frame;
    const length = payloadLength(header, 0);
    if (!wellFormed(header, 0) || length > LARGEST_PAYLOAD_BYTES) {
      this.#loseTrack();
      return;
    }
    frame.opcode = header[0] & 15;
    frame.final = (header[0] & FIN) !== 0;
    frame.compressed = (header[0] & 0x40) !== 0;
    frame.payloadBytes = length;
    frame.headerBytes = this.#headerBytes;
    frame.damaged = false;
    this.#missing = length;
    this.#state = 'payload';
    if (length === 0) this.#finish(nanos);
  }

  #collectPayload(bytes: Uint8Array, start: number, end: number, nanos: number): number {
    const taken = Math.min(this.#missing, end - start);
    if (this.#frame.opcode >= OPCODE.close) {
      const done = this.#frame.payloadBytes - this.#missing;
      for (let index = 0; index < taken; index += 1)
        this.#control[done + index] = bytes[start + index] ^ this.#mask(done + index);
    }
    this.#missing -= taken;
    if (this.#missing === 0) this.#finish(nanos);
    return start + taken;
  }

  #mask(index: number): number {
    return this.#header[1] & 0x80 ? this.#header[this.#headerBytes - 4 + (index & 3)] : 0;
  }

  #finish(nanos: number): void {
    const frame = this.#frame;
    const keeps = frame.opcode >= OPCODE.close && !frame.damaged;
    frame.control = keeps ? this.#control.subarray(0, frame.payloadBytes) : NOTHING;
    frame.nanos = nanos;
    this.#state = 'header';
    this.#headerBytes = 0;
    this.#on.frame(frame);
  }

  #loseTrack(): void {
    this.#state = 'search';
    this.#headerBytes = 0;
    this.#on.lost();
  }

  /** Where a frame begins behind a hole: whose end is the end of these bytes, or that two others follow. */
  #search(bytes: Uint8Array, start: number, end: number): number {
    for (let at = start; at + 2 <= end; at += 1) {
      if (!this.#chain(bytes, at, end)) continue;
      this.#state = 'header';
      return at;
    }
    return end;
  }

  #chain(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    for (let frames = 0; frames < 3; frames += 1) {
      if (at === end) return frames > 0;
      if (at + 2 > end || !wellFormed(bytes, at) || bytes[at + 1] >= 0x80 !== this.#masks) return false;
      const header = headerLength(bytes.subarray(at, at + 2), 2);
      if (at + header > end) return false;
      at += header + payloadLength(bytes, at);
    }
    return true;
  }
}

/** How long the header is, from as much of it as is there. */
function headerLength(header: Uint8Array, available: number): number {
  if (available < 2) return 2;
  const code = header[1] & 0x7f;
  const extended = code === 126 ? 2 : code === 127 ? 8 : 0;
  return 2 + extended + (header[1] & 0x80 ? 4 : 0);
}

function payloadLength(bytes: Uint8Array, at: number): number {
  const code = bytes[at + 1] & 0x7f;
  if (code < 126) return code;
  let length = 0;
  for (let index = 2; index < (code === 126 ? 4 : 10); index += 1) length = length * 256 + bytes[at + index];
  return length;
}

/** Whether the first two bytes can begin a frame. */
function wellFormed(bytes: Uint8Array, at: number): boolean {
  const opcode = bytes[at] & 15;
  if ((bytes[at] & 0x30) !== 0 || (RESERVED_OPCODES >> opcode) & 1) return false;
  return (
    opcode < OPCODE.close || ((bytes[at] & FIN) !== 0 && (bytes[at + 1] & 0x7f) <= CONTROL_PAYLOAD_BYTES)
  );
}
