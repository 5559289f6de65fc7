import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Decode } from '../../component.ts';
import { packageRoot } from '../../lib/package-root.ts';
import { type Batch, eventAt } from '../../model/batch.ts';
import { type UnixTime, unixTimeFromNanos } from '../../model/time.ts';
import { CHUNK } from './decode-frames.ts';
import { decodeStackLatency } from './decode-stack-latency.ts';
import { decodeTcpConnect } from './decode-tcp-connect.ts';
import { STAGES } from './stages.ts';
import { recordingContext } from './testdata/harness.ts';

/**
 * Frames that the loader's own code wrote (loader/test/golden.c), each beside its values as JSON. Every field has a
 * value of its own, so a decoder that takes one for another cannot pass. `make -C loader golden` writes them anew.
 */
const FOLDER = join(packageRoot('lagpipe', import.meta.url) ?? '', 'test', 'golden', 'frames');

interface Golden<R> {
  readonly frame_type: number;
  readonly records: readonly R[];
}

interface StackRecord {
  readonly stage: number;
  readonly start_unix_ns: string;
  readonly end_unix_ns: string;
  readonly skipped: Readonly<Record<string, number>>;
  readonly zero_count: number;
  readonly sum_ns: number;
  readonly min_ns: number;
  readonly max_ns: number;
  readonly first_index: number;
  readonly buckets: readonly number[];
}

type ConnectRecord = Readonly<Record<string, string | number>>;

function golden<R>(name: string): Golden<R> {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Golden<R>;
}

function decoded(name: string, decode: Decode): readonly Batch[] {
  const bytes = readFileSync(join(FOLDER, `${name}.bin`));
  assert.equal(bytes.readUInt16LE(6), golden(name).frame_type);
  decode({ time: [1, 2], name: CHUNK.start, bytes: new Uint8Array(0) });
  return decode({ time: [1, 2], name: CHUNK.frames, bytes });
}

function unixTime(nanos: string | number): UnixTime {
  return unixTimeFromNanos(BigInt(nanos));
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

test('stack_latency: every field of the record arrives', () => {
  const [batch] = decoded('stack_latency', decodeStackLatency(recordingContext().context));
  assert.equal(batch.kind, 'metrics');
  const [latency, skipped] = batch.kind === 'metrics' ? batch.metrics : [];
  const { records } = golden<StackRecord>('stack_latency');
  assert.deepEqual(latency.points, records.map(histogramOf));
  assert.deepEqual(skipped.points, records.flatMap(skipsOf));
});

function histogramOf(record: StackRecord) {
  // The frame's first and last buckets that hold something bound what is sent.
  const first = record.buckets.findIndex((count) => count > 0);
  const last = record.buckets.findLastIndex((count) => count > 0);
  return {
    startTime: unixTime(record.start_unix_ns),
    time: unixTime(record.end_unix_ns),
    attributes: { 'lagpipe.stack.stage': STAGES[record.stage] },
    count: record.zero_count + sumOf(record.buckets),
    sum: record.sum_ns / 1e9,
    min: record.min_ns / 1e9,
    max: record.max_ns / 1e9,
    scale: 3,
    zeroCount: record.zero_count,
    positive: { offset: record.first_index + first, bucketCounts: record.buckets.slice(first, last + 1) },
  };
}

function skipsOf(record: StackRecord) {
  return Object.entries(record.skipped).map(([reason, value]) => ({
    startTime: unixTime(record.start_unix_ns),
    time: unixTime(record.end_unix_ns),
    attributes: { 'lagpipe.stack.stage': STAGES[record.stage], 'lagpipe.stack.skip_reason': reason },
    value,
  }));
}

test('tcp_connect: every field of the record arrives', () => {
  const [batch] = decoded('tcp_connect', decodeTcpConnect(recordingContext().context));
  const { records } = golden<ConnectRecord>('tcp_connect');
  assert.ok(batch.kind === 'events');
  assert.equal(batch.length, records.length);
  records.forEach((record, index) => {
    const { time, attributes } = eventAt(batch, index);
    assert.deepEqual(time, unixTime(record.end_unix_ns));
    assert.deepEqual(attributes, attributesOf(record));
  });
});

function attributesOf(record: ConnectRecord) {
  return {
    'lagpipe.tcp.outcome': record.outcome,
    ...(record.outcome !== 'established' && { 'error.type': record.outcome }),
    'lagpipe.tcp.connect.duration': Number(record.duration_ns) / 1e9,
    'lagpipe.tcp.syn_retransmits': record.syn_retransmits,
    'lagpipe.tcp.rtt': Number(record.rtt_us) / 1e6,
    'process.pid': record.pid,
    'thread.id': record.tid,
    'thread.name': record.comm,
    'lagpipe.cgroup.id': record.cgroup_id,
    'lagpipe.netns.inode': record.netns_inode,
    'network.transport': 'tcp',
    'network.type': `ipv${record.ip_version}`,
    'network.local.address': record.local_address,
    'network.local.port': record.local_port,
    'network.peer.address': record.peer_address,
    'network.peer.port': record.peer_port,
  };
}

test('tcp_connect_stats: every counter arrives, and the losses are counted', () => {
  const { context, dropped } = recordingContext();
  const [batch] = decoded('tcp_connect_stats', decodeTcpConnect(context));
  assert.equal(batch.kind, 'metrics');
  const [record] = golden<ConnectRecord>('tcp_connect_stats').records;
  const { ring_full, map_full, missed } = record;
  const points = (batch.kind === 'metrics' ? batch.metrics : []).flatMap(({ name, points }) =>
    points.map((point) => {
      assert.deepEqual(point.time, unixTime(record.end_unix_ns));
      return [point.attributes['lagpipe.tcp.loss_reason'] ?? name, 'value' in point && point.value];
    }),
  );
  assert.deepEqual(points, [
    ['lagpipe.tcp.connect.attempts', record.attempts],
    ['lagpipe.tcp.connect.events', record.records],
    ['lagpipe.tcp.connect.below_minimum', record.below_minimum],
    ['ring_full', ring_full],
    ['map_full', map_full],
    ['missed', missed],
    ['lagpipe.tcp.connect.in_flight', record.in_flight],
  ]);
  assert.deepEqual(dropped, { ring_full, map_full, missed });
});
