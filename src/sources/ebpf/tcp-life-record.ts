/** `struct tcp_life_record` of bpf/tcp_life.h: where each field lies, in bytes. */
export const LIFE_RECORD_BYTES = 168;

export const LIFE_AT = {
  endUnixNanos: 0,
  durationNanos: 8,
  cgroupId: 16,
  bytesSent: 24,
  bytesReceived: 32,
  longestIdleNanos: 40,
  responseFirstNanos: 48,
  responseMaxNanos: 56,
  responseTotalNanos: 64,
  localAddress: 72,
  peerAddress: 88,
  comm: 104,
  pid: 120,
  tid: 124,
  netnsInode: 128,
  rttMicros: 132,
  rttMinMicros: 136,
  segmentsSent: 140,
  segmentsReceived: 144,
  retransmits: 148,
  turns: 152,
  localPort: 156,
  peerPort: 158,
  error: 160,
  ipVersion: 162,
  role: 163,
  closer: 164,
  reason: 165,
  hasTurns: 166,
} as const;

/** In the order of `enum tcp_life_role`. */
export const ROLES = ['client', 'server'] as const;

/** In the order of `enum tcp_life_closer`; the first: still open. */
export const CLOSERS = ['', 'local', 'remote'] as const;

/** In the order of `enum tcp_life_reason`; the first: still open. */
export const CLOSE_REASONS = ['', 'fin', 'reset', 'timed_out'] as const;

export const LIFE_ERROR_TYPES = ['', 'reset', 'timed_out', 'aborted', '_OTHER'] as const;

/** Linux, asm-generic/errno.h: EPIPE and ECONNRESET (a RST came), ETIMEDOUT, ECONNABORTED (closed by ss --kill). */
const TYPE_OF_ERRNO: ReadonlyMap<number, (typeof LIFE_ERROR_TYPES)[number]> = new Map([
  [0, ''],
  [32, 'reset'],
  [104, 'reset'],
  [110, 'timed_out'],
  [103, 'aborted'],
]);

/** Index into `LIFE_ERROR_TYPES`; 0: no error. */
export function lifeErrorCode(errno: number): number {
  return LIFE_ERROR_TYPES.indexOf(TYPE_OF_ERRNO.get(errno) ?? '_OTHER');
}
