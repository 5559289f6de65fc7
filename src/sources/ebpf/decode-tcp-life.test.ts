import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Chunk } from '../../component.ts';
import { packageRoot } from '../../lib/package-root.ts';
import { CHUNK } from '../../loader/decode-frames.ts';
import { FRAME_TYPE } from '../../loader/frame-header.ts';
import { frameBytes } from '../../loader/testdata/frames.ts';
import { recordingContext } from '../../loader/testdata/harness.ts';
import { type Batch, type EventBatch, eventAt, type MetricBatch } from '../../model/batch.ts';
import { type UnixTime, unixTimeFromNanos } from '../../model/time.ts';
import { decodeTcpLife } from './decode-tcp-life.ts';
import { CLOSE_REASONS, CLOSERS, LIFE_RECORD_BYTES, ROLES } from './tcp-life-record.ts';

/** Frames that the loader's own code wrote (loader/test/golden_life.c), each beside its values as JSON. */
const FOLDER = join(packageRoot('lagpipe', import.meta.url) ?? '', 'test', 'golden', 'frames');
const START: Chunk = { time: [1_795_237_190, 0], name: CHUNK.start, bytes: new Uint8Array(0) };

type GoldenRecord = Readonly<Record<string, string | number>>;

interface GoldenDurations {
  readonly kind: number;
  readonly port: number;
  readonly start_unix_ns: string;
  readonly end_unix_ns: string;
  readonly zero_count: number;
  readonly sum_ns: number;
  readonly buckets: readonly number[];
}

function golden<R>(name: string): readonly R[] {
  return (JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as { records: readonly R[] })
    .records;
}

function goldenChunk(name: string): Chunk {
  return { time: [1, 2], name: CHUNK.frames, bytes: readFileSync(join(FOLDER, `${name}.bin`)) };
}

function unixTime(nanos: string | number): UnixTime {
  return unixTimeFromNanos(BigInt(nanos));
}

function metricsIn(batches: readonly Batch[]) {
  return (batches as readonly MetricBatch[]).flatMap(({ metrics }) => metrics);
}

test('every field of a connection arrives', () => {
  const records = golden<GoldenRecord>('tcp_life');
  const [batch] = decodeTcpLife(recordingContext().context)(goldenChunk('tcp_life')) as EventBatch[];
  assert.deepEqual([batch.name, batch.severityNumber, batch.length], ['tcp.connection', 9, records.length]);
  records.forEach((record, index) => {
    const { time, attributes } = eventAt(batch, index);
    assert.deepEqual(time, unixTime(record.end_unix_ns));
    assert.deepEqual(attributes, attributesOf(record));
  });
});

function attributesOf(record: GoldenRecord) {
  const seconds = (field: string) => Number(record[field]) / 1e9;
  const isClosed = record.closer !== 0;
  return {
    'lagpipe.tcp.connection.state': isClosed ? 'closed' : 'open',
    'lagpipe.tcp.role': ROLES[Number(record.role)],
    ...(isClosed && { 'lagpipe.tcp.closed_by': CLOSERS[Number(record.closer)] }),
    ...(isClosed && { 'lagpipe.tcp.close_reason': CLOSE_REASONS[Number(record.reason)] }),
    ...(record.error === 104 && { 'error.type': 'reset' }),
    'lagpipe.tcp.connection.duration': seconds('duration_ns'),
    'lagpipe.tcp.bytes_sent': record.bytes_sent,
    'lagpipe.tcp.bytes_received': record.bytes_received,
    'lagpipe.tcp.segments_sent': record.segments_sent,
    'lagpipe.tcp.segments_received': record.segments_received,
    'lagpipe.tcp.retransmits': record.retransmits,
    'lagpipe.tcp.rtt': Number(record.rtt_us) / 1e6,
    'lagpipe.tcp.rtt.min': Number(record.rtt_min_us) / 1e6,
    ...(record.has_turns === 1 && { 'lagpipe.tcp.idle.max': seconds('longest_idle_ns') }),
    ...(record.has_turns === 1 && { 'lagpipe.tcp.turns': record.turns }),
    'lagpipe.tcp.response.first': seconds('response_first_ns'),
    'lagpipe.tcp.response.max': seconds('response_max_ns'),
    'lagpipe.tcp.response.total': seconds('response_total_ns'),
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

test('histograms arrive bucket for bucket, by role and port, and port 0 as the overflow', () => {
  const records = golden<GoldenDurations>('tcp_life_durations');
  const metrics = metricsIn(decodeTcpLife(recordingContext().context)(goldenChunk('tcp_life_durations')));
  const names = metrics.map(({ name, points }) => [name, points.length]);
  assert.deepEqual(names, [
    ['lagpipe.tcp.response.duration', 2],
    ['lagpipe.tcp.accept_queue.wait', 1],
  ]);
  const attributes = [
    { 'lagpipe.tcp.role': 'client', 'server.port': 8443 },
    { 'lagpipe.tcp.role': 'server', 'server.port': 8444 },
    { 'otel.metric.overflow': true },
  ];
  const expected = records.map((record, index) => ({
    startTime: unixTime(record.start_unix_ns),
    time: unixTime(record.end_unix_ns),
    attributes: attributes[index],
    count: record.buckets.reduce((sum, count) => sum + count, record.zero_count),
    sum: record.sum_ns / 1e9,
    scale: 3,
    zeroCount: record.zero_count,
    positive: { offset: -240, bucketCounts: record.buckets },
  }));
  assert.deepEqual(
    metrics.flatMap(({ points }): unknown[] => [...points]),
    expected,
  );
});

test('every counter arrives, and what was lost counts as dropped', () => {
  const { context, dropped } = recordingContext();
  const decode = decodeTcpLife(context);
  decode(START);
  const [record] = golden<GoldenRecord>('tcp_life_stats');
  const told = metricsIn(decode(goldenChunk('tcp_life_stats'))).flatMap(({ name, points }) =>
    points.map((point) => {
      assert.deepEqual(point.time, unixTime(record.end_unix_ns));
      const reason = point.attributes['lagpipe.tcp.loss_reason'];
      return [reason ?? name.replace('lagpipe.tcp.connection.', ''), 'value' in point && point.value];
    }),
  );
  const { ring_full, map_full, unseen_end, missed } = record;
  assert.deepEqual(told, [
    ['opened', record.opened],
    ['events', record.closed],
    ['below_minimum', record.below_minimum],
    ['reports', record.reports],
    ['accepts_unseen', record.accepts_unseen],
    ['ring_full', ring_full],
    ['map_full', map_full],
    ['unseen_end', unseen_end],
    ['missed', missed],
    ['in_flight', record.in_flight],
  ]);
  assert.deepEqual(dropped, {
    ring_full,
    map_full,
    unseen_end,
    missed,
    report_ring_full: record.reports_lost,
  });
});

test('connections that are open when a loader dies count as lost', () => {
  const { context, dropped } = recordingContext();
  const decode = decodeTcpLife(context);
  decode(START);
  decode(goldenChunk('tcp_life_stats'));
  decode(START);
  assert.equal(dropped.loader_died, golden<GoldenRecord>('tcp_life_stats')[0].in_flight);
});

test('random payloads never throw, and every record is an event or counted', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: LIFE_RECORD_BYTES * 5 }), (bytes) => {
      const count = Math.floor(bytes.length / LIFE_RECORD_BYTES);
      const { context, dropped } = recordingContext();
      const payload = bytes.subarray(0, count * LIFE_RECORD_BYTES);
      const frame = frameBytes(FRAME_TYPE.tcpLife, count, payload);
      const batches = decodeTcpLife(context)({ time: [1, 2], name: CHUNK.frames, bytes: frame });
      let events = 0;
      for (const batch of batches as EventBatch[]) {
        for (let index = 0; index < batch.length; index += 1) eventAt(batch, index);
        events += batch.length;
      }
      assert.equal(events + (dropped.bad_record ?? 0), count);
    }),
    { numRuns: 300 },
  );
});
