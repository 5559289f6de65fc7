/** HTTP/2 frames, RFC 9113 §4 and §6. */
export const FRAME_HEADER_BYTES = 9;
export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FLAG = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const;

/** RFC 9113 §7; the names are what an attribute says. */
const ERROR_CODES = [
  'no_error',
  'protocol_error',
  'internal_error',
  'flow_control_error',
  'settings_timeout',
  'stream_closed',
  'frame_size_error',
  'refused_stream',
  'cancel',
  'compression_error',
  'connect_error',
  'enhance_your_calm',
  'inadequate_security',
  'http_1_1_required',
];

export function errorCodeText(code: number): string {
  return ERROR_CODES[code] ?? `0x${code.toString(16)}`;
}

/** Which lengths and flags a frame of this type may have, and whether it belongs to a stream. */
interface FrameRule {
  readonly flags: number;
  readonly stream: boolean | undefined;
  readonly length: (length: number) => boolean;
}

/** What an endpoint must be asked before it sends more than this in one frame (SETTINGS_MAX_FRAME_SIZE). */
const USUAL_LARGEST_BYTES = 16_384;
const any = (length: number) => length <= USUAL_LARGEST_BYTES;
const exactly = (bytes: number) => (length: number) => length === bytes;

/** By type, for telling a frame's header from other bytes where the capture has a hole. */
const RULES: readonly FrameRule[] = [
  { flags: FLAG.endStream | FLAG.padded, stream: true, length: any },
  {
    flags: FLAG.endStream | FLAG.endHeaders | FLAG.padded | FLAG.priority,
    stream: true,
    length: (length) => length > 0 && any(length),
  },
  { flags: 0, stream: true, length: exactly(5) },
  { flags: 0, stream: true, length: exactly(4) },
  { flags: FLAG.ack, stream: false, length: (length) => length % 6 === 0 && length <= 600 },
  {
    flags: FLAG.endHeaders | FLAG.padded,
    stream: true,
    length: (length) => length > 4 && any(length),
  },
  { flags: FLAG.ack, stream: false, length: exactly(8) },
  { flags: 0, stream: false, length: (length) => length >= 8 && any(length) },
  { flags: 0, stream: undefined, length: exactly(4) },
  { flags: FLAG.endHeaders, stream: true, length: any },
];

export function frameLength(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
}

export function u32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

/** Whether the nine bytes at `at` can be a frame's header. */
export function plausibleHeader(bytes: Uint8Array, at: number): boolean {
  const rule = RULES[bytes[at + 3]];
  if (rule === undefined) return false;
  const stream = u32(bytes, at + 5);
  if (stream >= 0x8000_0000 || (bytes[at + 4] & ~rule.flags) !== 0) return false;
  if (rule.stream !== undefined && rule.stream !== stream > 0) return false;
  return rule.length(frameLength(bytes, at));
}

/** What a header block of a response begins with (RFC 7541 Appendix A): an indexed or literal `:status`. */
const FIRST_STATUS = 0x88;
const LAST_STATUS = 0x8e;
const LITERAL_STATUS = 0x48;

/**
 * Whether bytes from the midst of a connection are frames: one or more, of which the last ends with them or is the
 * third or a later one. That they are by accident is less likely than one in a million.
 */
export function beginsWithFrames(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  for (let frames = 0; at + FRAME_HEADER_BYTES <= end; frames += 1) {
    if (!plausibleHeader(bytes, at)) return false;
    if (frames >= 2) return true;
    at += FRAME_HEADER_BYTES + frameLength(bytes, at);
  }
  return at === end && end > start;
}

/** Who sent these frames, by the first header block in them; `undefined` without one. */
export function isFromHttp2Client(bytes: Uint8Array, start: number, end: number): boolean | undefined {
  for (let at = start; at + FRAME_HEADER_BYTES < end; at += FRAME_HEADER_BYTES + frameLength(bytes, at)) {
    if (bytes[at + 3] !== FRAME.headers) continue;
    const flags = bytes[at + 4];
    const skipped = (flags & FLAG.padded ? 1 : 0) + (flags & FLAG.priority ? 5 : 0);
    const first = bytes[at + FRAME_HEADER_BYTES + skipped];
    return !(first === LITERAL_STATUS || (first >= FIRST_STATUS && first <= LAST_STATUS));
  }
  return undefined;
}
