import { STACK_BUCKETS, STACK_RECORD_BYTES } from '../decode-stack-latency.ts';
import { SKIP_REASONS, STAGES } from '../stages.ts';
import { CONNECT_RECORD_BYTES, OUTCOMES } from '../tcp-connect-record.ts';

export const START_NANOS = 1_795_237_195_000_000_001n;
export const END_NANOS = 1_795_237_200_123_456_789n;

export interface StackRecord {
  readonly stage: number | (typeof STAGES)[number];
  readonly seen?: number;
  readonly skipped?: Partial<Record<(typeof SKIP_REASONS)[number], number>>;
  readonly zeroCount?: number;
  readonly sumNanos?: number;
  readonly minNanos?: number;
  readonly maxNanos?: number;
  /** By index on the grid: −80 is the bucket above 2^−10 s. */
  readonly buckets?: Readonly<Record<number, number>>;
}

/** `struct stack_latency_record`, field after field as the header lists them. */
export function stackRecord(record: StackRecord): Uint8Array {
  const stage = typeof record.stage === 'number' ? record.stage : STAGES.indexOf(record.stage);
  const words: bigint[] = [START_NANOS, END_NANOS, BigInt(record.seen ?? 0)];
  for (const reason of SKIP_REASONS) words.push(BigInt(record.skipped?.[reason] ?? 0));
  for (const field of ['zeroCount', 'sumNanos', 'minNanos', 'maxNanos'] as const)
    words.push(BigInt(record[field] ?? 0));
  words.push(BigInt(stage));
  for (let index = 0; index < STACK_BUCKETS; index += 1)
    words.push(BigInt(record.buckets?.[index - 240] ?? 0));
  const bytes = new Uint8Array(BigUint64Array.from(words).buffer);
  if (bytes.length !== STACK_RECORD_BYTES) throw new Error(`a record of ${bytes.length} bytes`);
  return bytes;
}

export interface ConnectRecord {
  readonly endUnixNanos?: bigint;
  readonly durationNanos?: number;
  readonly cgroupId?: number;
  readonly local?: readonly number[];
  readonly peer?: readonly number[];
  readonly natPeer?: readonly number[];
  readonly comm?: string;
  readonly pid?: number;
  readonly tid?: number;
  readonly netnsInode?: number;
  readonly rttMicros?: number;
  readonly synRetransmits?: number;
  readonly localPort?: number;
  readonly peerPort?: number;
  readonly natPeerPort?: number;
  readonly error?: number;
  readonly ipVersion?: number;
  readonly outcome?: number | (typeof OUTCOMES)[number];
}

/** `struct tcp_connect_record`, field after field as the header lists them. */
export function connectRecord(record: ConnectRecord): Uint8Array {
  const bytes = Buffer.alloc(CONNECT_RECORD_BYTES);
  let at = bytes.writeBigUInt64LE(record.endUnixNanos ?? END_NANOS, 0);
  at = bytes.writeBigUInt64LE(BigInt(record.durationNanos ?? 0), at);
  at = bytes.writeBigUInt64LE(BigInt(record.cgroupId ?? 0), at);
  bytes.set(record.local ?? [], at);
  bytes.set(record.peer ?? [], at + 16);
  bytes.write(record.comm ?? '', at + 32);
  at += 48;
  for (const field of ['pid', 'tid', 'netnsInode', 'rttMicros', 'synRetransmits'] as const) {
    at = bytes.writeUInt32LE(record[field] ?? 0, at);
  }
  for (const field of ['localPort', 'peerPort', 'error'] as const)
    at = bytes.writeUInt16LE(record[field] ?? 0, at);
  at = bytes.writeUInt8(record.ipVersion ?? 4, at);
  const outcome = record.outcome ?? 0;
  at = bytes.writeUInt8(typeof outcome === 'number' ? outcome : OUTCOMES.indexOf(outcome), at);
  at = bytes.writeUInt16LE(record.natPeerPort ?? 0, at);
  bytes.set(record.natPeer ?? [], at + 2);
  return bytes;
}

/** `struct tcp_connect_stats`: attempts, records, below_minimum, ring_full, map_full, missed, in_flight. */
export function connectStats(endUnixNanos: bigint, counts: readonly number[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from([endUnixNanos, ...counts.map(BigInt)]).buffer);
}
