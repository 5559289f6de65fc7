import { TCP_STATES } from '../../model/tcp-states.ts';

/** `struct tcp_event_record` of bpf/tcp_events.h: where each field lies, in bytes. */
export const EVENT_RECORD_BYTES = 128;

export const EVENT_AT = {
  unixNanos: 0,
  localAddress: 8,
  peerAddress: 24,
  comm: 40,
  reason: 56,
  pid: 100,
  netnsInode: 104,
  interface: 108,
  bytes: 112,
  localPort: 116,
  peerPort: 118,
  kind: 120,
  retransmitKind: 121,
  state: 122,
  ipVersion: 123,
  protocol: 124,
} as const;

/** `struct tcp_counter_record`. */
export const COUNTER_RECORD_BYTES = 72;

export const COUNTER_AT = {
  start: 0,
  end: 8,
  count: 16,
  reason: 24,
  kind: 68,
  retransmitKind: 69,
  state: 70,
  protocol: 71,
} as const;

/** `TCP_EVENT_REASON_BYTES`. */
export const REASON_BYTES = 40;
export const COMM_BYTES = 16;

/** In the order of `enum tcp_event_kind`. */
export const EVENT_KINDS = ['retransmit', 'reset_sent', 'reset_received', 'drop'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** In the order of `enum tcp_retransmit_kind`. */
export const RETRANSMIT_KINDS = ['fast', 'timeout', 'tail_loss_probe', 'syn', 'syn_ack', 'other'] as const;

/** In the order of `enum packet_protocol`. */
export const PACKET_PROTOCOLS = ['other', 'tcp', 'udp', 'icmp', 'icmpv6', 'ip', 'arp'] as const;

/** TCP_NEW_SYN_RECV: a handshake that has no full socket yet. */
const NEW_SYN_RECV = 12;

/** The name of a socket's state; `undefined` where there was no socket. */
export function connectionState(state: number): string | undefined {
  return TCP_STATES[state === NEW_SYN_RECV ? TCP_STATES.indexOf('syn_received') : state] || undefined;
}
