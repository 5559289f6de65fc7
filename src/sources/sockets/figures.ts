import type { Attributes } from '../../model/attributes.ts';
import type { UnixTime } from '../../model/time.ts';

/** `server`: somebody listens at the local port, so the other side opened the connection. */
export type Role = 'client' | 'server';

/** All listening sockets of one address and port. */
export interface Listener {
  readonly netns: Attributes;
  /** Absent: what found no room of its own, together. */
  readonly at?: { readonly address: string; readonly port: number; readonly type: 'ipv4' | 'ipv6' };
  readonly time: UnixTime;
  readonly sockets: number;
  readonly length: number;
  /** Absent where only /proc tells. */
  readonly limits?: {
    readonly limit: number;
    readonly fullestLength: number;
    readonly fullestLimit: number;
  };
}

/** All connections of one role and port. */
export interface Group {
  readonly netns: Attributes;
  readonly role: Role;
  /** Absent: ports that found no room of their own, together. */
  readonly port?: number;
  readonly time: UnixTime;
  /** Sockets by state, as `TCP_STATES` counts them. */
  readonly states: readonly number[];
  readonly unread: number;
  readonly unreadBytes: number;
  readonly unsent: number;
  readonly unsentBytes: number;
  readonly retransmitting: number;
  /** What only tcp_info tells; absent when it told nothing of any of them. */
  readonly info?: {
    readonly idle: number;
    readonly silent: number;
    readonly retransmits: number;
    readonly segmentsSent: number;
  };
}

/** All connections of one role and port with one peer. */
export interface Peer {
  readonly netns: Attributes;
  readonly role: Role;
  /** Absent: what found no room of its own, together. */
  readonly with?: { readonly address: string; readonly port: number };
  readonly time: UnixTime;
  readonly states: readonly number[];
}

/** All sockets of one network namespace, listening ones too. */
export interface Totals {
  readonly netns: Attributes;
  readonly startTime: UnixTime;
  readonly time: UnixTime;
  readonly ipv4: readonly number[];
  readonly ipv6: readonly number[];
}
