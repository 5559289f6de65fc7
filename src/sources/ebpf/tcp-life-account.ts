import { type AccountLayout, accountOf } from './kernel-account.ts';

const { sum, lost, inFlight } = accountOf('lagpipe.tcp.connection', '{connection}');

/** Connections that should have had an event and got none. */
const LOSSES = [
  ['ring_full', 32],
  ['map_full', 40],
  ['unseen_end', 48],
  ['missed', 56],
] as const;

/** `struct tcp_life_stats` of bpf/tcp_life.h. */
export const LIFE_ACCOUNT: AccountLayout = {
  bytes: 96,
  sums: [
    sum('opened', 8, 'TCP connections that were established.'),
    sum('events', 16, 'TCP connections that were closed and sent as an event.'),
    sum('below_minimum', 24, 'TCP connections that were open for less than min_duration.'),
    sum('reports', 72, 'Events about connections that were still open.'),
    sum('accepts_unseen', 88, 'Accepted TCP connections of which the moment of accept() is not known.'),
  ],
  lost: lost(LOSSES, 'TCP connections without an event, by reason.'),
  losses: LOSSES,
  dropped: [...LOSSES, ['report_ring_full', 80]],
  inFlight: inFlight(64, 'TCP connections that are open, of those whose opening was seen.'),
};
