import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../lib/package-root.ts';
import { CHUNK } from '../../loader/decode-frames.ts';
import { recordingContext } from '../../loader/testdata/harness.ts';
import type { Attributes } from '../../model/attributes.ts';
import type { Metric, Point } from '../../model/metric.ts';
import { TCP_STATES } from '../../model/tcp-states.ts';
import { type UnixTime, unixTimeFromNanos } from '../../model/time.ts';
import { decodeSockets } from './decode-sockets.ts';

/** Frames that the loader's own code wrote (loader/test/golden_sockets.c), each beside its values as JSON. */
const FOLDER = join(packageRoot('lagpipe', import.meta.url) ?? '', 'test', 'golden', 'frames');

interface GoldenRecord {
  readonly time_unix_ns: string;
  readonly start_unix_ns: string;
  readonly netns_inode: number;
  readonly netns_name: string;
  readonly role: string;
  readonly port: number;
  readonly address: string;
  readonly overflow: number;
  readonly states: readonly number[];
  readonly ipv4: readonly number[];
  readonly ipv6: readonly number[];
  readonly buckets: readonly number[];
  /** Every other field is a number of its own. */
  readonly [field: string]: unknown;
}

function recordsOf(name: string): readonly GoldenRecord[] {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')).records;
}

/** What the decoder makes of these frames, one after the other. */
function decoded(...names: readonly string[]): readonly Metric[] {
  const { context, dropped } = recordingContext();
  const decode = decodeSockets(context);
  decode({ time: [1, 2], name: CHUNK.start, bytes: new Uint8Array(0) });
  const batches = names.flatMap((name) => {
    const bytes = readFileSync(join(FOLDER, `${name}.bin`));
    return decode({ time: [1, 2], name: CHUNK.frames, bytes });
  });
  assert.deepEqual(dropped, {});
  return batches.flatMap((batch) => (batch.kind === 'metrics' ? batch.metrics : []));
}

function points(metrics: readonly Metric[], name: string): readonly Point[] {
  return metrics.find((metric) => metric.name === name)?.points ?? [];
}

function unixTime(nanos: string): UnixTime {
  return unixTimeFromNanos(BigInt(nanos));
}

function netnsOf(record: GoldenRecord): Attributes {
  if (record.netns_inode === 0) return {};
  return { 'lagpipe.netns.inode': record.netns_inode, 'lagpipe.netns.name': record.netns_name };
}

function orOverflow(record: GoldenRecord, attributes: Attributes): Attributes {
  return record.overflow === 1 ? { 'otel.metric.overflow': true } : attributes;
}

function groupAttributes(record: GoldenRecord): Attributes {
  const where = orOverflow(record, { 'server.port': record.port });
  return { ...netnsOf(record), 'lagpipe.tcp.role': record.role, ...where };
}

/** One point for each state but listen; all of the golden ones are above 0. */
function statePoints(record: GoldenRecord, states: readonly number[], attributes: Attributes) {
  return TCP_STATES.flatMap((state, number) => {
    if (state === '' || state === 'listen') return [];
    const withState = { ...attributes, 'network.connection.state': state };
    return [{ attributes: withState, time: unixTime(record.time_unix_ns), value: states[number] }];
  });
}

test('socket_listener: every field arrives when the tick ends', () => {
  const records = recordsOf('socket_listener');
  const metrics = decoded('socket_listener', 'socket_tick');
  const wanted: Readonly<Record<string, (record: GoldenRecord) => unknown>> = {
    length: ({ length }) => length,
    limit: ({ limit }) => limit,
    sockets: ({ sockets }) => sockets,
    utilization: (record) => Number(record.fullest_length) / Number(record.fullest_limit),
  };
  for (const [figure, value] of Object.entries(wanted)) {
    const expected = records.map((record, index) => ({
      attributes: {
        ...netnsOf(record),
        ...orOverflow(record, {
          'network.local.address': record.address,
          'network.local.port': record.port,
          'network.type': index % 2 === 0 ? 'ipv4' : 'ipv6',
        }),
      },
      time: unixTime(record.time_unix_ns),
      value: value(record),
    }));
    assert.deepEqual(points(metrics, `lagpipe.socket.accept_queue.${figure}`), expected, figure);
  }
});

test('socket_group: every field arrives when the census ends', () => {
  const records = recordsOf('socket_group');
  const metrics = decoded('socket_group', 'socket_census');
  assert.deepEqual(
    points(metrics, 'lagpipe.socket.connections'),
    records.flatMap((record) => statePoints(record, record.states, groupAttributes(record))),
  );
  const figures = {
    unread: 'unread_connections',
    unread_bytes: 'unread_bytes',
    unsent: 'unsent_connections',
    unsent_bytes: 'unsent_bytes',
    retransmitting: 'retransmitting_connections',
    idle: 'idle_connections',
    silent: 'silent_connections',
    retransmits: 'retransmits',
    segments_sent: 'segments_sent',
  };
  const needInfo = new Set(['idle', 'silent', 'retransmits', 'segments_sent']);
  for (const [field, metric] of Object.entries(figures)) {
    const told = records.filter((record) => record.informed !== 0 || !needInfo.has(field));
    const expected = told.map((record) => ({
      attributes: groupAttributes(record),
      time: unixTime(record.time_unix_ns),
      value: record[field],
    }));
    assert.deepEqual(points(metrics, `lagpipe.socket.${metric}`), expected, field);
  }
});

test('socket_peer: every field arrives when the census ends', () => {
  const expected = recordsOf('socket_peer').flatMap((record) => {
    const where = { 'server.port': record.port, 'network.peer.address': record.address };
    const attributes = { ...netnsOf(record), 'lagpipe.tcp.role': record.role, ...orOverflow(record, where) };
    return statePoints(record, record.states, attributes);
  });
  assert.deepEqual(
    points(decoded('socket_peer', 'socket_census'), 'lagpipe.socket.peer.connections'),
    expected,
  );
});

test('socket_times: every field arrives when the census ends', () => {
  const metrics = decoded('socket_times', 'socket_census');
  const records = recordsOf('socket_times');
  ['lagpipe.socket.idle_time', 'lagpipe.socket.rtt'].forEach((name, kind) => {
    const expected = records
      .filter((record) => record.kind === kind)
      .map((record) => ({
        attributes: { ...netnsOf(record), 'lagpipe.tcp.role': record.role },
        startTime: unixTime(record.start_unix_ns),
        time: unixTime(record.time_unix_ns),
        count: record.buckets.reduce((sum, count) => sum + count, Number(record.zero_count)),
        sum: Number(record.sum_ns) / 1e9,
        scale: 3,
        zeroCount: record.zero_count,
        positive: { offset: record.first_index, bucketCounts: record.buckets },
      }));
    assert.equal(expected.length, 2);
    assert.deepEqual(points(metrics, name), expected);
  });
});

test('socket_totals: every state of both kinds of address arrives when the census ends', () => {
  const expected = recordsOf('socket_totals').flatMap((record) =>
    (['ipv4', 'ipv6'] as const).flatMap((type) =>
      TCP_STATES.flatMap((state, number) => {
        if (state === '') return [];
        const attributes = {
          ...netnsOf(record),
          'network.transport': 'tcp',
          'network.type': type,
          'network.connection.state': state,
        };
        const [startTime, time] = [unixTime(record.start_unix_ns), unixTime(record.time_unix_ns)];
        return [{ attributes, startTime, time, value: record[type][number] }];
      }),
    ),
  );
  const metrics = decoded('socket_totals', 'socket_census');
  assert.deepEqual(points(metrics, 'system.network.connection.count'), expected);
});

test('socket_census: every field arrives', () => {
  const [record] = recordsOf('socket_census');
  const metrics = decoded('socket_census');
  for (const [metric, field, divisor] of [
    ['sockets', 'sockets', 1],
    ['duration', 'duration_ns', 1e9],
    ['cpu_time', 'cpu_ns', 1e9],
    ['interval', 'interval_ns', 1e9],
    ['interrupted', 'interrupted', 1],
    ['failed', 'failed', 1],
  ] as const) {
    const [point] = points(metrics, `lagpipe.socket.census.${metric}`);
    assert.ok(point !== undefined && 'value' in point, metric);
    assert.deepEqual(
      [point.value, point.time],
      [Number(record[field]) / divisor, unixTime(record.time_unix_ns)],
    );
  }
});
