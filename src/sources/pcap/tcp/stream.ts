/**
 * How a connection ended: `reused`: its four-tuple began anew without a close that was seen; `evicted`: a limit of
 * time or number; `capture_end`: it was still open.
 */
export type ConnectionEnd = 'fin' | 'reset' | 'reused' | 'evicted' | 'capture_end';

/**
 * What a protocol makes of one connection's bytes. Calls come in the order in which bytes became available in
 * order, each byte once; times are nanoseconds since the capture clock's base. No implementation may throw,
 * whatever the bytes are.
 */
export interface ProtocolStream {
  /** `bytes` from `start` to `end` (exclusive) follow what came before in this direction. Valid during the call only. */
  data(fromClient: boolean, bytes: Uint8Array, start: number, end: number, nanos: number): void;
  /** `length` bytes of this direction are missing: the capture lost them, or a limit did. */
  gap(fromClient: boolean, length: number, nanos: number): void;
  /** Called once, last. `byClient` says who ended it, where that is known. */
  end(nanos: number, how: ConnectionEnd, byClient: boolean | undefined): void;
}
