import { ipv4Text, ipv6Text } from '../../lib/ip-text.ts';
import { bucketsAt, textAt, u64At, unixTimeAt } from '../../loader/record-fields.ts';
import type { Attributes, AttributeValue } from '../../model/attributes.ts';
import type { ExponentialHistogramPoint } from '../../model/metric.ts';
import { TCP_STATES } from '../../model/tcp-states.ts';
import type { UnixTime } from '../../model/time.ts';
import type { Group, Listener, Peer, Role, Totals } from './figures.ts';

/** The layouts of loader/socket_records.h, by name: bytes of a record, and where its fields are. */
export const RECORD_BYTES = {
  listener: 128,
  group: 192,
  peer: 152,
  times: 112 + 417 * 8,
  totals: 184,
  census: 72,
  tick: 8,
} as const;

const STATES = TCP_STATES.length;
const ADDRESS_BYTES = 16;
const NETNS_NAME_BYTES = 64;
const NETNS_NAME_AT = 8;

const LISTENER = {
  time: 0,
  netns: 8,
  length: 80,
  limit: 88,
  fullestLength: 96,
  fullestLimit: 100,
  sockets: 104,
  port: 108,
  ipVersion: 110,
  overflow: 111,
  address: 112,
};

const GROUP = {
  time: 0,
  netns: 8,
  unreadBytes: 80,
  unsentBytes: 88,
  retransmits: 96,
  segmentsSent: 104,
  states: 112,
  idle: 160,
  silent: 164,
  unread: 168,
  unsent: 172,
  retransmitting: 176,
  informed: 180,
  port: 184,
  role: 186,
  overflow: 187,
};

const PEER = {
  time: 0,
  netns: 8,
  states: 80,
  port: 128,
  role: 130,
  overflow: 131,
  ipVersion: 132,
  address: 136,
};

const TIMES = {
  start: 0,
  time: 8,
  netns: 16,
  zeroCount: 88,
  sum: 96,
  kind: 104,
  role: 106,
  buckets: 112,
  cells: 417,
  firstIndex: -240,
  scale: 3,
};

const TOTALS = { start: 0, time: 8, netns: 16, ipv4: 88, ipv6: 88 + STATES * 4 };

const CENSUS = {
  start: 0,
  time: 8,
  duration: 16,
  cpu: 24,
  interval: 32,
  sockets: 40,
  interrupted: 48,
  failed: 56,
};

export function listenerOf(record: DataView): Listener {
  const version = record.getUint8(LISTENER.ipVersion);
  const at = {
    address: addressAt(record, LISTENER.address, version),
    port: record.getUint16(LISTENER.port, true),
    type: version === 4 ? ('ipv4' as const) : ('ipv6' as const),
  };
  return {
    netns: netnsAt(record, LISTENER.netns),
    ...(record.getUint8(LISTENER.overflow) === 0 && { at }),
    time: unixTimeAt(record, LISTENER.time),
    sockets: record.getUint32(LISTENER.sockets, true),
    length: u64At(record, LISTENER.length),
    limits: {
      limit: u64At(record, LISTENER.limit),
      fullestLength: record.getUint32(LISTENER.fullestLength, true),
      fullestLimit: record.getUint32(LISTENER.fullestLimit, true),
    },
  };
}

export function groupOf(record: DataView): Group {
  const u32 = (at: number) => record.getUint32(at, true);
  const info = {
    idle: u32(GROUP.idle),
    silent: u32(GROUP.silent),
    retransmits: u64At(record, GROUP.retransmits),
    segmentsSent: u64At(record, GROUP.segmentsSent),
  };
  return {
    netns: netnsAt(record, GROUP.netns),
    role: roleOf(record.getUint8(GROUP.role)),
    ...(record.getUint8(GROUP.overflow) === 0 && { port: record.getUint16(GROUP.port, true) }),
    time: unixTimeAt(record, GROUP.time),
    states: statesAt(record, GROUP.states),
    unread: u32(GROUP.unread),
    unreadBytes: u64At(record, GROUP.unreadBytes),
    unsent: u32(GROUP.unsent),
    unsentBytes: u64At(record, GROUP.unsentBytes),
    retransmitting: u32(GROUP.retransmitting),
    ...(u32(GROUP.informed) > 0 && { info }),
  };
}

export function peerOf(record: DataView): Peer {
  const version = record.getUint8(PEER.ipVersion);
  const peer = {
    address: addressAt(record, PEER.address, version),
    port: record.getUint16(PEER.port, true),
  };
  return {
    netns: netnsAt(record, PEER.netns),
    role: roleOf(record.getUint8(PEER.role)),
    ...(record.getUint8(PEER.overflow) === 0 && { with: peer }),
    time: unixTimeAt(record, PEER.time),
    states: statesAt(record, PEER.states),
  };
}

export function totalsOf(record: DataView): Totals {
  return {
    netns: netnsAt(record, TOTALS.netns),
    startTime: unixTimeAt(record, TOTALS.start),
    time: unixTimeAt(record, TOTALS.time),
    ipv4: statesAt(record, TOTALS.ipv4),
    ipv6: statesAt(record, TOTALS.ipv6),
  };
}

/** A histogram, and which one: the number of its metric. */
export function timesOf(record: DataView): {
  readonly kind: number;
  readonly point: ExponentialHistogramPoint;
} {
  const zeroCount = u64At(record, TIMES.zeroCount);
  const positive = bucketsAt(record, TIMES.buckets, TIMES.cells, TIMES.firstIndex);
  const role = roleOf(record.getUint16(TIMES.role, true));
  const point = {
    attributes: { ...netnsAt(record, TIMES.netns), 'lagpipe.tcp.role': role },
    startTime: unixTimeAt(record, TIMES.start),
    time: unixTimeAt(record, TIMES.time),
    count: positive.bucketCounts.reduce((sum, count) => sum + count, zeroCount),
    sum: u64At(record, TIMES.sum) / 1e9,
    scale: TIMES.scale,
    zeroCount,
    positive,
  };
  return { kind: record.getUint16(TIMES.kind, true), point };
}

/** What a census of all namespaces cost, and how it went; counts since the loader's start. */
export interface Census {
  readonly startTime: UnixTime;
  readonly time: UnixTime;
  readonly durationSeconds: number;
  readonly cpuSeconds: number;
  readonly intervalSeconds: number;
  readonly sockets: number;
  readonly interrupted: number;
  readonly failed: number;
}

export function censusOf(record: DataView): Census {
  return {
    startTime: unixTimeAt(record, CENSUS.start),
    time: unixTimeAt(record, CENSUS.time),
    durationSeconds: u64At(record, CENSUS.duration) / 1e9,
    cpuSeconds: u64At(record, CENSUS.cpu) / 1e9,
    intervalSeconds: u64At(record, CENSUS.interval) / 1e9,
    sockets: u64At(record, CENSUS.sockets),
    interrupted: u64At(record, CENSUS.interrupted),
    failed: u64At(record, CENSUS.failed),
  };
}

function roleOf(role: number): Role {
  return role === 1 ? 'server' : 'client';
}

function statesAt(record: DataView, at: number): readonly number[] {
  return Array.from({ length: STATES }, (_, state) => record.getUint32(at + state * 4, true));
}

function addressAt(record: DataView, at: number, version: number): string {
  const bytes = new Uint8Array(record.buffer, record.byteOffset + at, ADDRESS_BYTES);
  return version === 4 ? ipv4Text(bytes) : ipv6Text(bytes);
}

/** Nothing when only the own network namespace was asked for. */
function netnsAt(record: DataView, at: number): Attributes {
  const inode = record.getUint32(at, true);
  const name = textAt(record, at + NETNS_NAME_AT, NETNS_NAME_BYTES);
  const attributes: Record<string, AttributeValue> = {};
  if (inode !== 0) attributes['lagpipe.netns.inode'] = inode;
  if (name !== '') attributes['lagpipe.netns.name'] = name;
  return attributes;
}
