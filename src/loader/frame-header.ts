/** loader/frame.h: magic, version, type, length of the payload, records in it. */
export const HEADER_BYTES = 16;
export const FRAME_MAGIC = 0x5047414c;
export const FRAME_VERSION = 1;

export const FRAME_TYPE = {
  hello: 1,
  stackLatency: 2,
  tcpConnect: 3,
  tcpConnectStats: 4,
  runStats: 5,
  tcpLife: 6,
  tcpLifeTimes: 7,
  tcpLifeStats: 8,
  tcpEvent: 9,
  tcpCounter: 10,
  tcpEventsStats: 11,
  stackGroup: 12,
  socketListener: 20,
  socketGroup: 21,
  socketPeer: 22,
  socketTimes: 23,
  socketTotals: 24,
  socketCensus: 25,
  socketTick: 26,
  nicInterface: 27,
  nicStatistic: 28,
  nicTick: 29,
  capture: 30,
  captureStats: 31,
} as const;

/** Four times what the loader flushes at. A longer frame is not believed, so a bad length costs no memory. */
export const MAX_PAYLOAD_BYTES = 256 * 1024;

export type FrameFault =
  | { readonly kind: 'bad_frame'; readonly detail: string }
  | { readonly kind: 'unknown_version'; readonly detail: string };

/** One header, read in place again and again, so that the hot path makes no object for it. */
export class FrameHeader {
  type = 0;
  length = 0;
  count = 0;

  /** Needs `HEADER_BYTES` bytes from `at`. */
  read(bytes: Uint8Array, at: number): FrameFault | undefined {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER_BYTES);
    const magic = view.getUint32(0, true);
    const version = view.getUint16(4, true);
    this.type = view.getUint16(6, true);
    this.length = view.getUint32(8, true);
    this.count = view.getUint32(12, true);
    if (magic !== FRAME_MAGIC) {
      return { kind: 'bad_frame', detail: `a frame begins with 0x${magic.toString(16)} instead of "LAGP"` };
    }
    if (version !== FRAME_VERSION) {
      return { kind: 'unknown_version', detail: `version ${version} where ${FRAME_VERSION} is known` };
    }
    if (this.length > MAX_PAYLOAD_BYTES) {
      return { kind: 'bad_frame', detail: `a payload of ${this.length} bytes, above ${MAX_PAYLOAD_BYTES}` };
    }
    return undefined;
  }
}

/**
 * Follows a byte stream from header to header and never looks at a payload, for the side that only has to know
 * whether the loader still speaks the format. Returns the first fault, once.
 */
export function watchFrames(): (bytes: Uint8Array) => FrameFault | undefined {
  const header = new FrameHeader();
  const partial = new Uint8Array(HEADER_BYTES);
  let held = 0;
  let payloadLeft = 0;
  let broken = false;
  return (bytes) => {
    let at = 0;
    while (!broken && at < bytes.length) {
      if (payloadLeft > 0) {
        const skipped = Math.min(payloadLeft, bytes.length - at);
        payloadLeft -= skipped;
        at += skipped;
        continue;
      }
      const piece = bytes.subarray(at, at + HEADER_BYTES - held);
      partial.set(piece, held);
      held += piece.length;
      at += piece.length;
      if (held < HEADER_BYTES) continue;
      held = 0;
      const fault = header.read(partial, 0);
      if (fault !== undefined) {
        broken = true;
        return fault;
      }
      payloadLeft = header.length;
    }
    return undefined;
  };
}
