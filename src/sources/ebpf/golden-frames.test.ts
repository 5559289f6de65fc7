import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Decode } from '../../component.ts';
import { packageRoot } from '../../lib/package-root.ts';
import { CHUNK } from '../../loader/decode-frames.ts';
import { recordingContext } from '../../loader/testdata/harness.ts';
import { type Batch, eventAt } from '../../model/batch.ts';
import { type UnixTime, unixTimeFromNanos } from '../../model/time.ts';
import { decodeStackLatency } from './decode-stack-latency.ts';
import { decodeTcpConnect } from './decode-tcp-connect.ts';
import { decodeTcpEvents } from './decode-tcp-events.ts';
import { STAGES } from './stages.ts';

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

interface GroupRecord extends StackRecord {
  readonly cgroup_id: number;
  readonly netns_inode: number;
  readonly local_port: number;
  readonly group_by: number;
  readonly overflow: number;
  readonly interface: string;
  readonly netns_name: string;
  readonly cgroup_path: string;
}

test('stack_group: a group has the attributes that it is told apart by', () => {
  const [batch] = decoded('stack_group', decodeStackLatency(recordingContext().context, true));
  assert.equal(batch.kind, 'metrics');
  const [latency, skipped] = batch.kind === 'metrics' ? batch.metrics : [];
  const { records } = golden<GroupRecord>('stack_group');
  const withGroup = <P extends { readonly attributes: object }>(point: P, record: GroupRecord) => ({
    ...point,
    attributes: { ...point.attributes, ...groupOf(record) },
  });
  assert.deepEqual(
    latency.points,
    records.map((record) => withGroup(histogramOf(record), record)),
  );
  assert.deepEqual(
    skipped.points,
    records.flatMap((record) => skipsOf(record).map((point) => withGroup(point, record))),
  );
});

function groupOf(record: GroupRecord) {
  if (record.overflow === 1) return { 'otel.metric.overflow': true };
  return {
    ...((record.group_by & 1) > 0 && { 'network.interface.name': record.interface }),
    ...((record.group_by & 2) > 0 && {
      'lagpipe.cgroup.id': record.cgroup_id,
      'lagpipe.cgroup.path': record.cgroup_path,
    }),
    ...((record.group_by & 4) > 0 && {
      'lagpipe.netns.inode': record.netns_inode,
      'lagpipe.netns.name': record.netns_name,
    }),
    ...((record.group_by & 8) > 0 && { 'network.local.port': record.local_port }),
  };
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
    'lagpipe.nat.peer.address': record.nat_peer_address,
    'lagpipe.nat.peer.port': record.nat_peer_port,
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

test('tcp_events: every field of the event record arrives', () => {
  const batches = decoded('tcp_event', decodeTcpEvents(recordingContext().context, true));
  const events = batches.flatMap((batch) =>
    batch.kind === 'events' ? Array.from({ length: batch.length }, (_, index) => eventAt(batch, index)) : [],
  );
  const { records } = golden<ConnectRecord>('tcp_event');
  assert.equal(events.length, records.length);
  records.forEach((record, index) => {
    assert.deepEqual(events[index].time, unixTime(record.unix_ns));
    assert.deepEqual(events[index].attributes, tcpEventAttributes(record));
  });
});

/** The C side gives each record the numbers of its row: kind n, retransmit kind n + 1, state n + 2, protocol n + 3. */
const TCP_EVENT_DETAILS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  retransmit: { 'lagpipe.tcp.retransmit_kind': 'timeout', 'network.connection.state': 'syn_sent' },
  reset_sent: { 'network.io.direction': 'transmit', 'network.connection.state': 'syn_received' },
  reset_received: { 'network.io.direction': 'receive', 'network.connection.state': 'fin_wait_1' },
  drop: { 'lagpipe.packet.protocol': 'arp' },
};

function tcpEventAttributes(record: ConnectRecord) {
  const kind = String(record.kind);
  const [near, far] = kind === 'drop' ? ['source', 'destination'] : ['network.local', 'network.peer'];
  return {
    ...TCP_EVENT_DETAILS[kind],
    ...(kind.startsWith('reset') && { 'lagpipe.tcp.reset_reason': record.reason }),
    ...(!kind.startsWith('reset') && { 'lagpipe.packet.size': record.bytes }),
    ...(kind === 'drop'
      ? { 'lagpipe.packet.drop_reason': record.reason, 'lagpipe.interface.index': record.interface }
      : { 'network.transport': 'tcp', 'process.pid': record.pid, 'thread.name': record.comm }),
    [`${near}.address`]: record.local_address,
    [`${near}.port`]: record.local_port,
    [`${far}.address`]: record.peer_address,
    [`${far}.port`]: record.peer_port,
    'network.type': `ipv${record.ip_version}`,
    'lagpipe.netns.inode': record.netns_inode,
  };
}

test('tcp_events: every field of the counter record arrives', () => {
  const [batch] = decoded('tcp_counter', decodeTcpEvents(recordingContext().context, false));
  const metrics = batch.kind === 'metrics' ? batch.metrics : [];
  const points = metrics.flatMap((metric) => (metric.kind === 'sum' ? metric.points : []));
  const details = [
    { 'lagpipe.tcp.retransmit_kind': 'tail_loss_probe' },
    { 'network.io.direction': 'transmit', 'lagpipe.tcp.reset_reason': 'COUNTED_1' },
    { 'network.io.direction': 'receive', 'network.connection.state': 'time_wait' },
    { 'lagpipe.packet.drop_reason': 'COUNTED_3', 'lagpipe.packet.protocol': 'icmpv6' },
  ];
  const { records } = golden<ConnectRecord>('tcp_counter');
  assert.deepEqual(
    points,
    records.map((record, index) => ({
      attributes: details[index],
      startTime: unixTime(record.start_unix_ns),
      time: unixTime(record.end_unix_ns),
      value: record.count,
    })),
  );
});

test('tcp_events_stats: every counter arrives', () => {
  const { context, dropped } = recordingContext();
  const [batch] = decoded('tcp_events_stats', decodeTcpEvents(context, true));
  const [record] = golden<ConnectRecord>('tcp_events_stats').records;
  const values = (batch.kind === 'metrics' ? batch.metrics : []).flatMap(({ points }) =>
    points.map((point) => 'value' in point && point.value),
  );
  const { seen, events, suppressed, ring_full, missed, unplaced } = record;
  assert.deepEqual(values, [seen, events, suppressed, ring_full, missed, unplaced]);
  assert.deepEqual(dropped, { suppressed, ring_full, missed });
});
