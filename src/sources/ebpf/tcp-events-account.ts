import { type AccountLayout, accountOf } from './kernel-account.ts';

const { sum, lost } = accountOf('lagpipe.tcp_events', '{event}');

const RING_FULL = ['ring_full', 32] as const;
const MISSED = ['missed', 40] as const;
/** What should have been an event (`ring_full`) or counted (the other two), and was not. */
const LOSSES = [RING_FULL, MISSED, ['unplaced', 48]] as const;

/** `struct tcp_events_stats` of bpf/tcp_events.h: seen = events + suppressed + ring_full. */
export const EVENTS_ACCOUNT: AccountLayout = {
  bytes: 56,
  sums: [
    sum('seen', 8, 'Retransmits, resets and drops of the kinds that `events` names.'),
    sum('events', 16, 'Of those, that were sent as an event.'),
    sum('suppressed', 24, 'Of those, beyond max_events_per_second.'),
  ],
  lost: lost(LOSSES, 'Retransmits, resets and drops without an event or a count, by reason.'),
  losses: LOSSES,
  /** `unplaced` is not among them: a filter may leave out what it cannot tell. */
  dropped: [RING_FULL, MISSED, ['suppressed', 24]],
};

/** Without events, only losses have something to say. */
export function eventsAccount(wantsEvents: boolean): AccountLayout {
  return wantsEvents ? EVENTS_ACCOUNT : { ...EVENTS_ACCOUNT, sums: [] };
}
