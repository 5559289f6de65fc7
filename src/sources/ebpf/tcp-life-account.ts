import type { AccountLayout } from './kernel-account.ts';

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
  prefix: 'lagpipe.tcp.connection',
  unit: '{connection}',
  sums: [
    ['opened', 8, 'TCP connections that were established.'],
    ['events', 16, 'TCP connections that were closed and sent as an event.'],
    ['below_minimum', 24, 'TCP connections that were open for less than min_duration.'],
    ['reports', 72, 'Events about connections that were still open.'],
    ['accepts_unseen', 88, 'Accepted TCP connections of which the moment of accept() is not known.'],
  ],
  losses: LOSSES,
  lossDescription: 'TCP connections without an event, by reason.',
  dropped: [...LOSSES, ['report_ring_full', 80]],
  inFlight: { at: 64, description: 'TCP connections that are open, of those whose opening was seen.' },
};
