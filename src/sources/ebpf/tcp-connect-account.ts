import type { AccountLayout } from './kernel-account.ts';

/** Attempts that ended without an event and should have had one. */
const LOSSES = [
  ['ring_full', 32],
  ['map_full', 40],
  ['missed', 48],
] as const;

/** `struct tcp_connect_stats` of bpf/tcp_connect.h. */
export const CONNECT_ACCOUNT: AccountLayout = {
  bytes: 64,
  prefix: 'lagpipe.tcp.connect',
  unit: '{attempt}',
  sums: [
    ['attempts', 8, 'TCP connect attempts that began.'],
    ['events', 16, 'TCP connect attempts that ended and were sent as an event.'],
    ['below_minimum', 24, 'TCP connect attempts quicker than min_latency.'],
  ],
  losses: LOSSES,
  lossDescription: 'TCP connect attempts without an event, by reason.',
  dropped: LOSSES,
  inFlight: { at: 56, description: 'TCP connect attempts that have begun and not ended.' },
};
