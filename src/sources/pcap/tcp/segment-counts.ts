/**
 * What became of TCP segments and their payload. The sums always hold:
 *
 * - segments = `ofConnections` + `afterClose` + `noConnection` + `badFlags` + `copies`;
 * - payload bytes = `delivered` + `notCaptured` + `retransmitted` + `outOfWindow` + `afterCloseBytes`
 *   + `noConnectionBytes` + `badFlagsBytes` + `copiedBytes` + what is held, waiting for a hole
 *   to be filled;
 * - `opened` = the sum of `ended` by reason + connections that are open.
 */
export class SegmentCounts {
  segments = 0;
  ofConnections = 0;
  afterClose = 0;
  noConnection = 0;
  badFlags = 0;
  /** Seen before on another interface of the capture. */
  copies = 0;

  payloadBytes = 0;
  delivered = 0;
  /** The record was cut off at the snaplen. */
  notCaptured = 0;
  /** Whole or in part: each byte after its first copy. */
  retransmitted = 0;
  outOfWindow = 0;
  afterCloseBytes = 0;
  noConnectionBytes = 0;
  badFlagsBytes = 0;
  copiedBytes = 0;

  /** Bytes that nobody captured: acknowledged and never seen, or given up on. Not part of `payloadBytes`. */
  missedBytes = 0;

  opened = 0;
  readonly ended = Object.fromEntries(CLOSE_REASONS.map((reason) => [reason, 0])) as Record<
    CloseReason,
    number
  >;
}

/**
 * `refused`: a RST answered the SYN; `unanswered`: nothing did; `reused`: a new SYN without a close that was seen;
 * `idle`: nothing for `idle_timeout`; `evicted`: more than `max_connections`; `capture_end`: still open.
 */
export const CLOSE_REASONS = [
  'fin',
  'reset',
  'refused',
  'unanswered',
  'reused',
  'idle',
  'evicted',
  'capture_end',
] as const;

export type CloseReason = (typeof CLOSE_REASONS)[number];
