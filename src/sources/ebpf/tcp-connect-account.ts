import { type AccountLayout, accountOf } from './kernel-account.ts';

const { sum, lost, inFlight } = accountOf('lagpipe.tcp.connect', '{attempt}');

/** Attempts that ended without an event and should have had one. */
const LOSSES = [
  ['ring_full', 32],
  ['map_full', 40],
  ['missed', 48],
] as const;

/** `struct tcp_connect_stats` of bpf/tcp_connect.h. */
export const CONNECT_ACCOUNT: AccountLayout = {
  bytes: 64,
  sums: [
    sum('attempts', 8, 'TCP connect attempts that began.'),
    sum('events', 16, 'TCP connect attempts that ended and were sent as an event.'),
    sum('below_minimum', 24, 'TCP connect attempts quicker than min_latency.'),
  ],
  lost: lost(LOSSES, 'TCP connect attempts without an event, by reason.'),
  losses: LOSSES,
  dropped: LOSSES,
  inFlight: inFlight(56, 'TCP connect attempts that have begun and not ended.'),
};
