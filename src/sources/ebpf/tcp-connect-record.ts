/** `struct tcp_connect_record` of bpf/tcp_connect.h: where each field lies, in bytes. */
export const CONNECT_RECORD_BYTES = 120;

export const CONNECT_AT = {
  endUnixNanos: 0,
  durationNanos: 8,
  cgroupId: 16,
  localAddress: 24,
  peerAddress: 40,
  comm: 56,
  pid: 72,
  tid: 76,
  netnsInode: 80,
  rttMicros: 84,
  synRetransmits: 88,
  localPort: 92,
  peerPort: 94,
  error: 96,
  ipVersion: 98,
  outcome: 99,
  natPeerPort: 100,
  natPeerAddress: 104,
} as const;

/** In the order of `enum tcp_connect_outcome`. */
export const OUTCOMES = ['established', 'refused', 'reset', 'timed_out', 'unreachable', 'aborted'] as const;

/** The outcomes and the two kinds of `unreachable` that the socket's error tells apart. */
export const ERROR_TYPES = ['', ...OUTCOMES.slice(1), 'net_unreachable', 'host_unreachable'] as const;

/** Linux, asm-generic/errno.h. */
const ENETUNREACH = 101;
const EHOSTUNREACH = 113;
const UNREACHABLE = OUTCOMES.indexOf('unreachable');

/** Index into `ERROR_TYPES`; 0 for an established connection, which has no error. */
export function errorTypeCode(outcome: number, errno: number): number {
  if (outcome !== UNREACHABLE) return outcome;
  if (errno === ENETUNREACH) return ERROR_TYPES.indexOf('net_unreachable');
  return errno === EHOSTUNREACH ? ERROR_TYPES.indexOf('host_unreachable') : outcome;
}
