import type { AccountLayout } from './kernel-account.ts';

const RING_FULL = ['ring_full', 32] as const;
const MISSED = ['missed', 40] as const;

const SUMS = [
  ['seen', 8, 'Retransmits, resets and drops of the kinds that are wanted as events.'],
  ['events', 16, 'Those that were sent as an event.'],
  ['suppressed', 24, 'Those beyond max_events_per_second.'],
] as const;

/**
 * `struct tcp_events_stats` of bpf/tcp_events.h: seen = events + suppressed + ring_full. Without events, only losses
 * have something to say.
 */
export function eventsAccount(wantsEvents: boolean): AccountLayout {
  return {
    bytes: 56,
    prefix: 'lagpipe.tcp_events',
    unit: '{event}',
    sums: wantsEvents ? SUMS : [],
    /** What should have been an event (`ring_full`) or counted (the other two), and was not. */
    losses: [RING_FULL, MISSED, ['unplaced', 48]],
    lossDescription: 'Retransmits, resets and drops without an event or a count, by reason.',
    /** `unplaced` is not among them: a filter may leave out what it cannot tell. */
    dropped: [RING_FULL, MISSED, ['suppressed', 24]],
  };
}
