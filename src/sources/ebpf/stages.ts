/**
 * The seven points of the receive path by netstacklat's names, in the order of `enum stack_stage`
 * (bpf/stack_latency.h), which is the order in which a packet meets them.
 */
export const STAGES = [
  'ip-start',
  'tcp-start',
  'udp-start',
  'tcp-socket-enqueued',
  'udp-socket-enqueued',
  'tcp-socket-read',
  'udp-socket-read',
] as const;

export type Stage = (typeof STAGES)[number];

/** In the order of `enum stack_skip`: why a packet that a stage saw gave no sample. */
export const SKIP_REASONS = [
  'no_stamp',
  'future_stamp',
  'too_long',
  'already_read',
  'recursion',
  'other',
] as const;
