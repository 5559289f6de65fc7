import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Chunk } from '../../component.ts';
import { CHUNK } from '../../loader/decode-frames.ts';
import { FRAME_TYPE } from '../../loader/frame-header.ts';
import { frameBytes } from '../../loader/testdata/frames.ts';
import { recordingContext } from '../../loader/testdata/harness.ts';
import { type EventBatch, eventAt, type MetricBatch } from '../../model/batch.ts';
import { decodeTcpEvents } from './decode-tcp-events.ts';
import { eventsAccount } from './tcp-events-account.ts';
import { COUNTER_RECORD_BYTES, EVENT_RECORD_BYTES } from './tcp-events-record.ts';
import { END_NANOS, START_NANOS } from './testdata/records.ts';

const START: Chunk = { time: [1_795_237_190, 0], name: CHUNK.start, bytes: new Uint8Array(0) };

function chunk(type: number, recordBytes: number, ...list: readonly Uint8Array[]): Chunk {
  const payload = new Uint8Array(list.length * recordBytes);
  list.forEach((bytes, index) => {
    payload.set(bytes, index * recordBytes);
  });
  return { time: [1, 0], name: CHUNK.frames, bytes: frameBytes(type, list.length, payload) };
}

interface Fields {
  readonly kind: number;
  readonly reason?: string;
  readonly comm?: string;
  readonly pid?: number;
  readonly local?: readonly number[];
  readonly localPort?: number;
  readonly retransmitKind?: number;
  readonly state?: number;
  readonly ipVersion?: number;
  readonly protocol?: number;
}

/** `struct tcp_event_record`, with what the test is about; all else is 0. */
function eventRecord(fields: Fields): Uint8Array {
  const bytes = Buffer.alloc(EVENT_RECORD_BYTES);
  bytes.writeBigUInt64LE(END_NANOS, 0);
  bytes.set(fields.local ?? [], 8);
  bytes.write(fields.comm ?? '', 40);
  bytes.write(fields.reason ?? '', 56);
  bytes.writeUInt32LE(fields.pid ?? 0, 100);
  bytes.writeUInt16LE(fields.localPort ?? 0, 116);
  const { kind, retransmitKind = 0, state = 0, ipVersion = 4, protocol = 1 } = fields;
  bytes.set([kind, retransmitKind, state, ipVersion, protocol], 120);
  return bytes;
}

/** `struct tcp_counter_record`. */
function counterRecord(kind: number, count: number, reason: string, detail: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(COUNTER_RECORD_BYTES);
  bytes.writeBigUInt64LE(START_NANOS, 0);
  bytes.writeBigUInt64LE(END_NANOS, 8);
  bytes.writeBigUInt64LE(BigInt(count), 16);
  bytes.write(reason, 24);
  bytes.set([kind, ...detail], 68);
  return bytes;
}

const events = (...list: readonly Uint8Array[]) => chunk(FRAME_TYPE.tcpEvent, EVENT_RECORD_BYTES, ...list);
const counters = (...list: readonly Uint8Array[]) =>
  chunk(FRAME_TYPE.tcpCounter, COUNTER_RECORD_BYTES, ...list);
const stats = (...counts: readonly number[]) =>
  chunk(
    FRAME_TYPE.tcpEventsStats,
    eventsAccount(true).bytes,
    new Uint8Array(BigUint64Array.from([END_NANOS, ...counts.map(BigInt)]).buffer),
  );

test('events of one name are one batch, in the order in which they came', () => {
  const { context } = recordingContext();
  const batches = decodeTcpEvents(
    context,
    true,
  )(
    events(
      eventRecord({ kind: 1, localPort: 1 }),
      eventRecord({ kind: 3, localPort: 2 }),
      eventRecord({ kind: 2, localPort: 3 }),
      eventRecord({ kind: 0, localPort: 4 }),
    ),
  ) as EventBatch[];
  assert.deepEqual(
    batches.map((batch) => [
      batch.name,
      Array.from({ length: batch.length }, (_, index) => {
        const { attributes } = eventAt(batch, index);
        return attributes['network.local.port'] ?? attributes['source.port'];
      }),
    ]),
    [
      ['tcp.reset', [1, 3]],
      ['packet.drop', [2]],
      ['tcp.retransmit', [4]],
    ],
  );
});

test('what a record does not have, its event does not have', () => {
  const { context } = recordingContext();
  const [batch] = decodeTcpEvents(
    context,
    true,
  )(events(eventRecord({ kind: 3, ipVersion: 0, protocol: 0, reason: 'NOT_SPECIFIED' }))) as EventBatch[];
  assert.deepEqual(eventAt(batch, 0), {
    name: 'packet.drop',
    time: [1_795_237_200, 123_456_789],
    attributes: { 'lagpipe.packet.drop_reason': 'NOT_SPECIFIED', 'lagpipe.packet.protocol': 'other' },
  });
});

test('counters become one sum for each family', () => {
  const { context } = recordingContext();
  const [batch] = decodeTcpEvents(
    context,
    false,
  )(
    counters(
      counterRecord(0, 3, '', [2, 0, 0]),
      counterRecord(0, 4, '', [1, 0, 0]),
      counterRecord(1, 5, 'NO_SOCKET', [0, 0, 0]),
      counterRecord(2, 6, '', [0, 2, 0]),
      counterRecord(3, 7, 'OPENVSWITCH:3', [0, 0, 6]),
    ),
  ) as MetricBatch[];
  assert.deepEqual(
    batch.metrics.map(({ name, points }) => [
      name,
      points.map((point) => ['value' in point && point.value, point.attributes]),
    ]),
    [
      [
        'lagpipe.tcp.retransmits',
        [
          [3, { 'lagpipe.tcp.retransmit_kind': 'tail_loss_probe' }],
          [4, { 'lagpipe.tcp.retransmit_kind': 'timeout' }],
        ],
      ],
      [
        'lagpipe.tcp.resets',
        [
          [5, { 'network.io.direction': 'transmit', 'lagpipe.tcp.reset_reason': 'NO_SOCKET' }],
          [6, { 'network.io.direction': 'receive', 'network.connection.state': 'syn_sent' }],
        ],
      ],
      [
        'lagpipe.packet.drops',
        [[7, { 'lagpipe.packet.drop_reason': 'OPENVSWITCH:3', 'lagpipe.packet.protocol': 'arp' }]],
      ],
    ],
  );
});

function told(batches: readonly MetricBatch[]): unknown[] {
  return batches.flatMap(({ metrics }) =>
    metrics.flatMap(({ name, points }) =>
      points.map((point) => [
        point.attributes['lagpipe.tcp.loss_reason'] ?? name.replace('lagpipe.tcp_events.', ''),
        'value' in point && point.value,
      ]),
    ),
  );
}

test('what was suppressed or lost counts as dropped; what a filter left out does not', () => {
  const { context, dropped } = recordingContext();
  const decode = decodeTcpEvents(context, true);
  decode(START);
  assert.deepEqual(told(decode(stats(10, 7, 2, 1, 4, 3)) as MetricBatch[]), [
    ['seen', 10],
    ['events', 7],
    ['suppressed', 2],
    ['ring_full', 1],
    ['missed', 4],
    ['unplaced', 3],
  ]);
  assert.deepEqual(dropped, { suppressed: 2, ring_full: 1, missed: 4 });
});

test('without events only losses are told, at the start and when there are some', () => {
  const decode = decodeTcpEvents(recordingContext().context, false);
  decode(START);
  assert.deepEqual(told(decode(stats(0, 0, 0, 0, 0, 0)) as MetricBatch[]), [
    ['ring_full', 0],
    ['missed', 0],
    ['unplaced', 0],
  ]);
  assert.deepEqual(decode(stats(0, 0, 0, 0, 0, 0)), []);
  assert.deepEqual(told(decode(stats(0, 0, 0, 0, 9, 0)) as MetricBatch[]), [['missed', 9]]);
});

test('random payloads never throw, and every record arrives or is counted', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<readonly [number, number]>(
        [FRAME_TYPE.tcpEvent, EVENT_RECORD_BYTES],
        [FRAME_TYPE.tcpCounter, COUNTER_RECORD_BYTES],
      ),
      fc.array(fc.uint8Array({ minLength: EVENT_RECORD_BYTES, maxLength: EVENT_RECORD_BYTES }), {
        maxLength: 5,
      }),
      ([type, recordBytes], list) => {
        const { context, dropped } = recordingContext();
        const records = list.map((bytes) => bytes.slice(0, recordBytes));
        let arrived = 0;
        for (const batch of decodeTcpEvents(context, true)(chunk(type, recordBytes, ...records))) {
          if (batch.kind === 'metrics') for (const { points } of batch.metrics) arrived += points.length;
          else for (let index = 0; index < batch.length; index += 1) arrived += eventAt(batch, index) ? 1 : 0;
        }
        assert.equal(arrived + (dropped.bad_record ?? 0), records.length);
      },
    ),
    { numRuns: 300 },
  );
});
