/** The seven points of the receive path by netstacklat's names, in the order in which a packet meets them. */
export const RECEIVE_STAGES = [
  'ip-start',
  'tcp-start',
  'udp-start',
  'tcp-socket-enqueued',
  'udp-socket-enqueued',
  'tcp-socket-read',
  'udp-socket-read',
] as const;

/** Before the receive timestamp: no packet is known yet. */
export const SOFTIRQ_STAGES = ['softirq-raised', 'napi-poll'] as const;

/** What only hooks serve, and what is measured only when it is asked for. */
export const EXTRA_STAGES = [...SOFTIRQ_STAGES, 'qdisc', 'driver'] as const;

/** In the order of `enum stack_stage` (bpf/stack_latency.h). */
export const STAGES = [...RECEIVE_STAGES, ...EXTRA_STAGES] as const;

export type Stage = (typeof STAGES)[number];

/** Ways to attach a stage, the best first; `auto` takes the first that the kernel allows. */
export const ATTACH_TIERS = ['auto', 'tracing', 'kprobe', 'hook'] as const;

/** In the order of `enum stack_skip`: why a packet that a stage saw gave no sample. */
export const SKIP_REASONS = [
  'no_stamp',
  'future_stamp',
  'too_long',
  'already_read',
  'recursion',
  'other',
  'filtered',
  'sampled_out',
  'transmit_stamp',
  'reordered',
  'map_full',
] as const;
