import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ethernet, ipv4, ipv6, pcapFile, tcp } from '../testdata/packets.ts';
import { readAll } from '../testdata/read-all.ts';

const GET = tcp({ payload: 'GET' });

function extension(nextHeader: number, length = 8): Uint8Array {
  const bytes = Buffer.alloc(length);
  bytes[0] = nextHeader;
  bytes[1] = length / 8 - 1;
  return bytes;
}

function authentication(nextHeader: number): Uint8Array {
  const bytes = Buffer.alloc(24);
  bytes[0] = nextHeader;
  bytes[1] = 24 / 4 - 2;
  return bytes;
}

function jumbo(length: number): Uint8Array {
  const bytes = Buffer.from([6, 0, 0xc2, 4, 0, 0, 0, 0]);
  bytes.writeUInt32BE(length, 4);
  return bytes;
}

function readPacket(bytes: Uint8Array, captured = bytes.length) {
  return readAll(pcapFile([{ bytes, captured }]));
}

describe('IP', () => {
  for (const [what, packet] of [
    ['IPv4 with options', ipv4(GET, { options: new Uint8Array(40).fill(1) })],
    ['IPv4 that must not be fragmented', ipv4(GET, { fragment: 0x4000 })],
    ['IPv4 with an authentication header', ipv4(Buffer.concat([authentication(6), GET]), { protocol: 51 })],
    ['IPv4 of length 0 (TSO)', ipv4(GET, { totalLength: 0 })],
    ['IPv6 of length 0 (TSO)', ipv6(GET, { payloadLength: 0 })],
    ['IPv6 with hop-by-hop options', ipv6(Buffer.concat([extension(6, 16), GET]), { nextHeader: 0 })],
    [
      'IPv6 with hop-by-hop, routing and destination options',
      ipv6(Buffer.concat([extension(43), extension(60, 24), extension(6, 16), GET]), { nextHeader: 0 }),
    ],
    ['IPv6 with an authentication header', ipv6(Buffer.concat([authentication(6), GET]), { nextHeader: 51 })],
    [
      'IPv6 with a fragment header and no fragments',
      ipv6(Buffer.concat([extension(6), GET]), { nextHeader: 44 }),
    ],
    [
      'IPv6 with mobility and HIP',
      ipv6(Buffer.concat([extension(139), extension(6), GET]), { nextHeader: 135 }),
    ],
  ] as const) {
    it(`${what} is read`, () => {
      const { segments, counts } = readPacket(ethernet(packet));
      assert.deepEqual(counts.allPassedOver(), {});
      assert.deepEqual(
        segments.map(({ payload, payloadLength }) => [payload, payloadLength]),
        [['GET', 3]],
      );
    });
  }

  it('has its addresses as four numbers, IPv4 mapped into IPv6', () => {
    const four = readPacket(ethernet(ipv4(GET, { source: [255, 254, 253, 252] }))).segments[0];
    assert.deepEqual([four.source, four.destination], ['0.0.ffff.fffefdfc:40000', '0.0.ffff.c6336402:80']);
    const six = readPacket(ethernet(ipv6(GET))).segments[0];
    assert.deepEqual([six.source, six.destination], ['20010db8.0.0.1:40000', '20010db8.0.0.2:80']);
  });

  it('keeps padding of short frames out of the payload', () => {
    const padded = Buffer.concat([ethernet(ipv4(tcp({ flags: 0x10 }))), new Uint8Array(6).fill(0x55)]);
    assert.deepEqual(
      readPacket(padded).segments.map(({ payload, payloadLength }) => [payload, payloadLength]),
      [['', 0]],
    );
  });

  for (const [what, packet, length] of [
    ['IPv4', ipv4(tcp({ payload: 'x'.repeat(100_000) }), { totalLength: 0 }), 100_000],
    [
      'IPv6 with a jumbo payload option',
      ipv6(Buffer.concat([jumbo(8 + 20 + 150_000), tcp({ payload: 'x'.repeat(150_000) })]), {
        nextHeader: 0,
        payloadLength: 0,
      }),
      150_000,
    ],
  ] as const) {
    it(`of more than 64 KiB (BIG TCP) is read: ${what}`, () => {
      const { segments } = readPacket(Buffer.concat([ethernet(packet), new Uint8Array(2)]));
      // Without a length in the header nothing tells padding from payload.
      const padding = what === 'IPv4' ? 2 : 0;
      assert.equal(segments[0].payloadLength, length + padding);
      assert.equal(segments[0].payload.length, length + padding);
    });
  }

  it('tells what was cut off: headers and options are there, payload is missing', () => {
    const frame = ethernet(ipv4(tcp({ payload: 'abcdef', options: new Uint8Array(12).fill(1) })));
    for (const [captured, payload, options] of [
      [frame.length - 2, 'abcd', 24],
      [14 + 20 + 32, '', 24],
      [14 + 20 + 24, '', 8],
      [14 + 20 + 20, '', 0],
    ] as const) {
      const [segment] = readPacket(frame, captured).segments;
      assert.deepEqual(
        [segment.payload, segment.options.length, segment.payloadLength],
        [payload, options, 6],
      );
    }
    assert.deepEqual(readPacket(frame, 14 + 20 + 19).counts.allPassedOver(), { truncated_header: 1 });
  });

  it('takes the length of the IP packet where the record says less', () => {
    const [segment] = readPacket(ethernet(ipv4(GET, { totalLength: 20 + 20 + 1000 }))).segments;
    assert.deepEqual([segment.payload, segment.payloadLength], ['GET', 1000]);
  });

  const tcpHeader = (byte: number) => Buffer.from(GET).fill(byte, 12, 13);
  for (const [what, packet, reason] of [
    ['UDP', ipv4(GET, { protocol: 17 }), 'not_tcp'],
    [
      'ICMPv6 behind an extension header',
      ipv6(Buffer.concat([extension(58), GET]), { nextHeader: 0 }),
      'not_tcp',
    ],
    ['nothing behind IPv6', ipv6(new Uint8Array(0), { nextHeader: 59 }), 'not_tcp'],
    ['an IPv4 header of 16 bytes', Buffer.from(ipv4(GET)).fill(0x44, 0, 1), 'malformed_header'],
    ['an IPv4 length below the header', ipv4(GET, { totalLength: 12 }), 'malformed_header'],
    ['IPv6 where IPv4 was announced', Buffer.from(ipv4(GET)).fill(0x65, 0, 1), 'malformed_header', 0x0800],
    ['IPv4 where IPv6 was announced', Buffer.from(ipv6(GET)).fill(0x45, 0, 1), 'malformed_header', 0x86dd],
    ['a TCP header of 16 bytes', ipv4(tcpHeader(0x40)), 'malformed_header'],
    ['a TCP header longer than its packet', ipv4(tcpHeader(0xf0)), 'malformed_header'],
    ['an IP packet that ends within the TCP header', ipv4(GET, { totalLength: 35 }), 'malformed_header'],
    ['an extension header cut off', ipv6(Uint8Array.of(6, 0, 0), { nextHeader: 0 }), 'truncated_header'],
  ] as const) {
    it(`${what} is passed over as ${reason}`, () => {
      const etherType = what.includes('announced') ? (what.startsWith('IPv6') ? 0x0800 : 0x86dd) : undefined;
      const { counts } = readPacket(ethernet(packet, etherType));
      assert.deepEqual(counts.allPassedOver(), { [reason]: 1 });
    });
  }
});
