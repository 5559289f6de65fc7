import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Chunk } from '../../component.ts';
import { CHUNK } from '../../loader/decode-frames.ts';
import { FRAME_TYPE } from '../../loader/frame-header.ts';
import { frameBytes } from '../../loader/testdata/frames.ts';
import { recordingContext } from '../../loader/testdata/harness.ts';
import { type EventBatch, eventAt, type MetricBatch } from '../../model/batch.ts';
import { decodeTcpConnect } from './decode-tcp-connect.ts';
import { CONNECT_RECORD_BYTES, type OUTCOMES } from './tcp-connect-record.ts';
import { type ConnectRecord, connectRecord, connectStats, END_NANOS } from './testdata/records.ts';

const START: Chunk = { time: [1_795_237_190, 0], name: CHUNK.start, bytes: new Uint8Array(0) };

function frames(...bytes: Uint8Array[]): Chunk {
  return { time: [1_795_237_200, 5], name: CHUNK.frames, bytes: Buffer.concat(bytes) };
}

function records(...list: ConnectRecord[]): Uint8Array {
  return frameBytes(FRAME_TYPE.tcpConnect, list.length, Buffer.concat(list.map(connectRecord)));
}

function decodeEvents(...list: ConnectRecord[]): EventBatch {
  const [batch] = decodeTcpConnect(recordingContext().context)(frames(records(...list)));
  assert.equal(batch.kind, 'events');
  return batch as EventBatch;
}

function stats(endUnixNanos: bigint, ...counts: number[]): Uint8Array {
  return frameBytes(FRAME_TYPE.tcpConnectStats, 1, connectStats(endUnixNanos, counts));
}

const ESTABLISHED: ConnectRecord = {
  durationNanos: 1_250_000,
  cgroupId: 4711,
  local: [192, 0, 2, 1],
  peer: [198, 51, 100, 7],
  comm: 'curl',
  pid: 100,
  tid: 101,
  netnsInode: 4_026_531_840,
  rttMicros: 900,
  synRetransmits: 1,
  localPort: 40_000,
  peerPort: 443,
  outcome: 'established',
};

test('a record becomes an event with every attribute', () => {
  const batch = decodeEvents(ESTABLISHED);
  assert.deepEqual([batch.name, batch.severityNumber, batch.length], ['tcp.connect', 9, 1]);
  assert.deepEqual(eventAt(batch, 0), {
    name: 'tcp.connect',
    time: [1_795_237_200, 123_456_789],
    attributes: {
      'lagpipe.tcp.outcome': 'established',
      'lagpipe.tcp.connect.duration': 0.00125,
      'lagpipe.tcp.syn_retransmits': 1,
      'lagpipe.tcp.rtt': 0.0009,
      'process.pid': 100,
      'thread.id': 101,
      'thread.name': 'curl',
      'lagpipe.cgroup.id': 4711,
      'lagpipe.netns.inode': 4_026_531_840,
      'network.transport': 'tcp',
      'network.type': 'ipv4',
      'network.local.address': '192.0.2.1',
      'network.local.port': 40_000,
      'network.peer.address': '198.51.100.7',
      'network.peer.port': 443,
    },
  });
});

test('a translated attempt carries both addresses', () => {
  const batch = decodeEvents({ ...ESTABLISHED, natPeer: [10, 244, 1, 7], natPeerPort: 8443 }, ESTABLISHED, {
    ...ESTABLISHED,
    ipVersion: 6,
    natPeer: [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9],
  });
  const told = [0, 1, 2].map((index) => {
    const { attributes } = eventAt(batch, index);
    const names = [
      'network.peer.address',
      'network.peer.port',
      'lagpipe.nat.peer.address',
      'lagpipe.nat.peer.port',
    ];
    return names.map((name) => attributes[name]);
  });
  assert.deepEqual(told.slice(0, 2), [
    ['198.51.100.7', 443, '10.244.1.7', 8443],
    ['198.51.100.7', 443, undefined, undefined],
  ]);
  assert.deepEqual(told[2].slice(2), ['fd00::9', undefined]);
});

test('what a record does not have, its event does not have', () => {
  const { attributes } = eventAt(
    decodeEvents({ ...ESTABLISHED, rttMicros: 0, localPort: 0, comm: '', local: [] }),
    0,
  );
  for (const name of [
    'network.local.address',
    'lagpipe.tcp.rtt',
    'network.local.port',
    'thread.name',
    'error.type',
  ]) {
    assert.equal(name in attributes, false, name);
  }
});

test('each outcome has its error type, and unreachable the one that errno tells', () => {
  const cases: readonly [(typeof OUTCOMES)[number], number, string | undefined][] = [
    ['established', 0, undefined],
    ['refused', 111, 'refused'],
    ['reset', 104, 'reset'],
    ['timed_out', 110, 'timed_out'],
    ['unreachable', 101, 'net_unreachable'],
    ['unreachable', 113, 'host_unreachable'],
    ['unreachable', 92, 'unreachable'],
    ['aborted', 0, 'aborted'],
  ];
  const batch = decodeEvents(...cases.map(([outcome, error]) => ({ outcome, error })));
  cases.forEach(([outcome, , errorType], index) => {
    const { attributes } = eventAt(batch, index);
    assert.deepEqual([attributes['lagpipe.tcp.outcome'], attributes['error.type']], [outcome, errorType]);
  });
});

test('an IPv6 address whose first bytes are those of an IPv4 one stays apart', () => {
  const batch = decodeEvents(
    { ...ESTABLISHED, peer: [127, 0, 0, 1] },
    { ...ESTABLISHED, peer: [127, 0, 0, 1], ipVersion: 6 },
    { ...ESTABLISHED, peer: [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], ipVersion: 6 },
  );
  assert.deepEqual(
    [0, 1, 2].map((index) => {
      const { attributes } = eventAt(batch, index);
      return [attributes['network.type'], attributes['network.peer.address']];
    }),
    [
      ['ipv4', '127.0.0.1'],
      ['ipv6', '7f00:1::'],
      ['ipv6', 'fe80::1'],
    ],
  );
});

test('a batch that was sent never changes, however many addresses come later', () => {
  const decode = decodeTcpConnect(recordingContext().context);
  const peers = Array.from({ length: 12_000 }, (_, index) => [
    10,
    index >> 16,
    (index >> 8) & 255,
    index & 255,
  ]);
  const batches: EventBatch[] = [];
  for (let at = 0; at < peers.length; at += 600) {
    const list = peers.slice(at, at + 600).map((peer) => ({ ...ESTABLISHED, peer }));
    batches.push(...(decode(frames(records(...list))) as EventBatch[]));
  }
  const seen = batches.flatMap((batch) =>
    Array.from(
      { length: batch.length },
      (_, index) => eventAt(batch, index).attributes['network.peer.address'],
    ),
  );
  assert.deepEqual(
    seen,
    peers.map((peer) => peer.join('.')),
  );
  const sizes = batches.map((batch) => {
    const column = batch.columns.get('network.peer.address');
    return column?.kind === 'text' ? column.dictionary.length : Number.NaN;
  });
  assert.ok(Math.max(...sizes) < 5000, 'the dictionary starts anew before it grows without bound');
});

test('a record that cannot be is counted and leaves the others whole', () => {
  const { context, dropped } = recordingContext();
  const decode = decodeTcpConnect(context);
  const list = [
    { ...ESTABLISHED, outcome: 6 },
    { ...ESTABLISHED, pid: 7 },
    { ...ESTABLISHED, ipVersion: 5 },
  ];
  const [batch] = decode(frames(records(...list))) as EventBatch[];
  assert.equal(batch.length, 1);
  assert.equal(eventAt(batch, 0).attributes['process.pid'], 7);
  assert.deepEqual(dropped, { bad_record: 2 });
  assert.deepEqual(
    decode(frames(frameBytes(FRAME_TYPE.tcpConnect, 2, new Uint8Array(CONNECT_RECORD_BYTES)))),
    [],
  );
  assert.deepEqual(dropped, { bad_record: 3 });
});

test('counters become sums, and what was lost counts as dropped', () => {
  const { context, dropped } = recordingContext();
  const decode = decodeTcpConnect(context);
  decode(START);
  const told = (chunk: Chunk) =>
    (decode(chunk) as MetricBatch[])[0].metrics.flatMap(({ name, points }) =>
      points.map(({ attributes, ...point }) => [
        attributes['lagpipe.tcp.loss_reason'] ?? name.replace('lagpipe.tcp.connect.', ''),
        'value' in point ? point.value : undefined,
      ]),
    );
  assert.deepEqual(told(frames(stats(END_NANOS, 10, 7, 1, 0, 0, 0, 2))), [
    ['attempts', 10],
    ['events', 7],
    ['below_minimum', 1],
    ['ring_full', 0],
    ['map_full', 0],
    ['missed', 0],
    ['in_flight', 2],
  ]);
  assert.deepEqual(told(frames(stats(END_NANOS, 9, 4, 0, 5, 2, 3, 0))), [
    ['attempts', 9],
    ['events', 4],
    ['below_minimum', 0],
    ['ring_full', 5],
    ['map_full', 2],
    ['missed', 3],
    ['in_flight', 0],
  ]);
  assert.deepEqual(dropped, { ring_full: 5, map_full: 2, missed: 3 });
});

test("each interval begins where the one before ended, the first with the loader's start", () => {
  const decode = decodeTcpConnect(recordingContext().context);
  decode(START);
  const [first] = decode(frames(stats(END_NANOS, 1, 1, 0, 0, 0, 0, 0))) as MetricBatch[];
  const [second] = decode(frames(stats(END_NANOS + 5_000_000_000n, 1, 1, 0, 0, 0, 0, 0))) as MetricBatch[];
  const { startTime, time } = first.metrics[0].points[0];
  assert.deepEqual([startTime, time], [START.time, [1_795_237_200, 123_456_789]]);
  assert.deepEqual(second.metrics[0].points[0].startTime, time);
});

test('attempts in flight when a loader dies count as lost', () => {
  const { context, dropped } = recordingContext();
  const decode = decodeTcpConnect(context);
  decode(START);
  decode(frames(stats(END_NANOS, 10, 7, 0, 0, 0, 0, 3)));
  decode(frames(records(ESTABLISHED, ESTABLISHED).subarray(0, 100)));
  decode(START);
  assert.deepEqual(dropped, { loader_died: 5 });
});

test('random payloads never throw, and every record is an event or counted', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: CONNECT_RECORD_BYTES * 5 }), (bytes) => {
      const count = Math.floor(bytes.length / CONNECT_RECORD_BYTES);
      const { context, dropped } = recordingContext();
      const payload = bytes.subarray(0, count * CONNECT_RECORD_BYTES);
      const batches = decodeTcpConnect(context)(frames(frameBytes(FRAME_TYPE.tcpConnect, count, payload)));
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
