import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ethernet, ipv4, ipv6, type Packet, pcapFile, tcp } from '../testdata/packets.ts';
import { readAll, readAllWith } from '../testdata/read-all.ts';

const PAYLOAD = Array.from({ length: 300 }, (_, index) => String.fromCharCode(97 + (index % 26))).join('');
const SEGMENT = tcp({ payload: PAYLOAD });

/** Fragment `[from, to)` of what the IP packet carries. */
function fragment4(from: number, to: number, given: { data?: Uint8Array; id?: number } = {}): Uint8Array {
  const { data = SEGMENT, id = 7 } = given;
  const more = to < data.length ? 0x2000 : 0;
  return ethernet(ipv4(data.subarray(from, to), { identification: id, fragment: more | (from / 8) }));
}

function fragment6(from: number, to: number): Uint8Array {
  const header = Buffer.from([6, 0, 0, 0, 0, 0, 0, 7]);
  header.writeUInt16BE(from | (to < SEGMENT.length ? 1 : 0), 2);
  return ethernet(ipv6(Buffer.concat([header, SEGMENT.subarray(from, to)]), { nextHeader: 44 }));
}

function read(...packets: readonly (Uint8Array | Packet)[]) {
  return readAll(pcapFile(packets.map((packet) => ('bytes' in packet ? packet : { bytes: packet }))));
}

const PIECES = [
  [0, 104],
  [104, 200],
  [200, SEGMENT.length],
] as const satisfies readonly (readonly [from: number, to: number])[];

describe('fragments', () => {
  for (const [version, fragment] of [
    ['IPv4', fragment4],
    ['IPv6', fragment6],
  ] as const) {
    it(`of ${version} are put together in any order`, () => {
      for (const order of [
        [0, 1, 2],
        [2, 1, 0],
        [1, 2, 0],
        [2, 0, 1],
      ]) {
        const { segments, counts } = read(...order.map((at) => fragment(PIECES[at][0], PIECES[at][1])));
        assert.deepEqual(
          segments.map(({ payload, payloadLength }) => [payload, payloadLength]),
          [[PAYLOAD, PAYLOAD.length]],
        );
        assert.deepEqual(counts.allPassedOver(), { fragment_merged: 2 });
      }
    });
  }

  it('leave the memory of the packets after them alone', () => {
    const { segments } = read(
      ...PIECES.map(([from, to]) => fragment4(from, to)),
      ethernet(ipv4(tcp({ payload: 'next' }))),
    );
    assert.deepEqual(
      segments.map(({ payload }) => payload),
      [PAYLOAD, 'next'],
    );
  });

  it('of several packets at a time are kept apart by id', () => {
    const other = tcp({ payload: PAYLOAD.toUpperCase() });
    const packets = PIECES.flatMap(([from, to]) => [
      fragment4(from, to),
      fragment4(from, to, { data: other, id: 8 }),
    ]);
    assert.deepEqual(
      read(...packets).segments.map(({ payload }) => payload),
      [PAYLOAD, PAYLOAD.toUpperCase()],
    );
  });

  it('that overlap keep what came first; those with nothing new are counted', () => {
    const later = Buffer.from(SEGMENT).fill(33, 20);
    const { segments, counts } = read(
      fragment4(104, 200),
      fragment4(104, 200, { data: later }),
      fragment4(120, 160, { data: later }),
      fragment4(96, 208, { data: later }),
      fragment4(200, SEGMENT.length),
      fragment4(0, 104),
    );
    assert.equal(counts.passedOver('fragment_duplicate'), 2);
    assert.equal(counts.passedOver('fragment_merged'), 3);
    const [{ payload }] = segments;
    assert.equal(
      payload,
      `${PAYLOAD.slice(0, 76)}!!!!!!!!${PAYLOAD.slice(84, 180)}!!!!!!!!${PAYLOAD.slice(188)}`,
    );
  });

  it('that never come are counted at the end, and after 30 s', () => {
    const late = read(
      { bytes: fragment4(0, 104), time: [100, 0] },
      { bytes: fragment4(104, 200), time: [101, 0] },
      { bytes: fragment4(200, SEGMENT.length), time: [131, 0] },
    );
    assert.deepEqual([late.segments.length, late.counts.allPassedOver()], [0, { fragment_incomplete: 3 }]);
  });

  it('wait 256 packets long, and the oldest has to go', () => {
    const firsts = Array.from({ length: 257 }, (_, id) => fragment4(0, 104, { id }));
    const rest = (id: number) => [fragment4(104, 200, { id }), fragment4(200, SEGMENT.length, { id })];
    const { segments, counts } = read(...firsts, ...rest(256), ...rest(1));
    assert.equal(segments.length, 2);
    assert.equal(counts.passedOver('fragment_incomplete'), 255);
  });

  it('that were cut off give the payload up to there', () => {
    const { segments } = read(
      { bytes: fragment4(0, 104), captured: 14 + 20 + 60 },
      fragment4(104, 200),
      fragment4(200, SEGMENT.length),
    );
    assert.deepEqual(
      segments.map(({ payload, payloadLength }) => [payload, payloadLength]),
      [[PAYLOAD.slice(0, 40), PAYLOAD.length]],
    );
  });

  it('that cannot be are counted: a middle of 12 bytes, an end within, a packet of more than 64 KiB', () => {
    const odd = ethernet(ipv4(SEGMENT.subarray(0, 12), { fragment: 0x2000 }));
    const within = [
      fragment4(104, 200),
      ethernet(ipv4(SEGMENT.subarray(0, 56), { identification: 7, fragment: 0 | 6 })),
    ];
    const long = ethernet(ipv4(SEGMENT.subarray(0, 64), { fragment: 0x2000 | 0x1fff }));
    const { counts } = read(odd, ...within, long);
    assert.deepEqual(counts.allPassedOver(), { malformed_header: 3, fragment_incomplete: 1 });
  });

  it('of a tunnel are put together first', () => {
    const udp = Buffer.concat([
      Buffer.from('0000 12b5 0000 0000 0800000000002a00'.replaceAll(' ', ''), 'hex'),
      ethernet(ipv4(SEGMENT)),
    ]);
    const pieces = [
      ipv4(udp.subarray(0, 80), { protocol: 17, fragment: 0x2000 }),
      ipv4(udp.subarray(80), { protocol: 17, fragment: 10 }),
    ];
    const file = pcapFile(pieces.map((bytes) => ({ bytes: ethernet(bytes) })));
    const { segments } = readAllWith({ tunnels: ['vxlan'], vxlan_ports: [4789] }, file);
    assert.equal(segments[0].payload, PAYLOAD);
  });

  it('cut and shuffled at random give the packet back', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: Math.floor((SEGMENT.length - 1) / 8) }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(cuts, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (at, random) => {
        const bounds = [0, ...at.sort((a, b) => a - b).map((cut) => cut * 8), SEGMENT.length];
        const packets = bounds.slice(1).map((to, index) => fragment4(bounds[index], to));
        const order = packets.map((packet) => ({ packet, rank: random.next().value as number }));
        const shuffled = order.sort((a, b) => a.rank - b.rank).map(({ packet }) => packet);
        const { segments, counts } = read(...shuffled);
        assert.deepEqual(
          segments.map(({ payload }) => payload),
          [PAYLOAD],
        );
        assert.equal(counts.fragmentsHeld, 0);
      }),
    );
  });
});
