import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ethernet, ipv4, ipv6, type Packet, pcapFile, tcp } from '../testdata/packets.ts';
import { readAll } from '../testdata/read-all.ts';

const GET = ethernet(ipv4(tcp({ payload: 'GET / HTTP/1.1\r\n' })));
const TIME = [1_700_000_000, 123_456_000] as const;

describe('pcap files', () => {
  for (const littleEndian of [true, false]) {
    for (const magic of [0xa1b2c3d4, 0xa1b23c4d]) {
      it(`are read with ${littleEndian ? 'little' : 'big'} endian ${magic.toString(16)}`, () => {
        const file = pcapFile([{ bytes: GET, time: TIME }], { littleEndian, magic });
        const { segments, problems, baseSeconds } = readAll(file);
        assert.deepEqual(problems, []);
        assert.equal(baseSeconds, 1_700_000_000);
        assert.deepEqual(segments, [
          {
            interfaceId: 0,
            nanos: 123_456_000,
            source: '0.0.ffff.c0000201:40000',
            destination: '0.0.ffff.c6336402:80',
            sequence: 1000,
            acknowledgment: 2000,
            flags: 0x18,
            window: 512,
            options: '',
            payload: 'GET / HTTP/1.1\r\n',
            payloadLength: 16,
          },
        ]);
      });
    }
  }

  it('counts time from the whole second of the first packet, backwards too', () => {
    const times = [
      [10, 999_999_999],
      [11, 1],
      [9, 5],
    ] as const;
    const { segments, baseSeconds } = readAll(pcapFile(times.map((time) => ({ bytes: GET, time }))));
    assert.equal(baseSeconds, 10);
    assert.deepEqual(
      segments.map(({ nanos }) => nanos),
      [999_999_999, 1_000_000_001, -999_999_995],
    );
  });

  it('that end within a record say so, after all that is whole', () => {
    const file = pcapFile([{ bytes: GET }, { bytes: GET }]);
    const { segments, problems } = readAll(file.subarray(0, file.length - 3));
    assert.equal(segments.length, 1);
    assert.deepEqual(problems, [
      `test.pcap: the file ends within the record at byte ${24 + 16 + GET.length}; all before it was read`,
    ]);
  });

  it('with an impossible length are read up to there', () => {
    const file = Buffer.from(pcapFile([{ bytes: GET }, { bytes: GET }]));
    const second = 24 + 16 + GET.length;
    file.writeUInt32LE(0x7fff_ffff, second + 8);
    const { segments, problems } = readAll(file);
    assert.equal(segments.length, 1);
    assert.deepEqual(problems, [
      `test.pcap: at byte ${second}: a record of 2147483647 bytes, where at most 262144 are allowed`,
    ]);
  });

  it('give the same segments however they are cut', () => {
    const packets: Packet[] = [
      { bytes: GET, time: [5, 1] },
      { bytes: ethernet(ipv6(tcp({ payload: new Uint8Array(9000).fill(65) }))), time: [6, 2] },
      { bytes: ethernet(new Uint8Array(30), 0x0806) },
      { bytes: GET, captured: 60 },
      { bytes: GET, captured: 0 },
      { bytes: ethernet(ipv4(tcp({ flags: 2, options: new Uint8Array(40).fill(1) }))) },
    ];
    const file = pcapFile(packets);
    const whole = readAll(file);
    assert.equal(whole.segments.length, 4);
    fc.assert(
      fc.property(fc.array(fc.nat(file.length), { maxLength: 40 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), file.length];
        const pieces = at.slice(1).map((end, index) => file.subarray(at[index], end));
        assert.deepEqual(readAll(...pieces), whole);
      }),
    );
    assert.deepEqual(readAll(...Array.from(file, (byte) => Uint8Array.of(byte))), whole);
  });
});
