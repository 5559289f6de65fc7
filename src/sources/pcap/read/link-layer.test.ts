import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ethernet, ipv4, ipv6, pcapFile, tcp } from '../testdata/packets.ts';
import { readAll } from '../testdata/read-all.ts';

const TCP = tcp({ payload: 'GET' });
const IPV4 = ipv4(TCP);
const IPV6 = ipv6(TCP);

function bytes(hex: string, ...rest: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([Buffer.from(hex.replaceAll(' ', ''), 'hex'), ...rest]);
}

/** The payload's length in 16 bits. */
function length(payload: Uint8Array, more = 0): Uint8Array {
  return Uint8Array.of((payload.length + more) >> 8, (payload.length + more) & 0xff);
}

function nflog(littleEndian: boolean): Uint8Array {
  const value = (type: number, value: Uint8Array) => {
    const result = Buffer.alloc(Math.ceil((4 + value.length) / 4) * 4);
    const view = new DataView(result.buffer, result.byteOffset);
    view.setUint16(0, 4 + value.length, littleEndian);
    view.setUint16(2, type, littleEndian);
    result.set(value, 4);
    return result;
  };
  return bytes('02 00 0000', value(1, bytes('0800 0000')), value(10, bytes('6162 00')), value(9, IPV4));
}

const MAC = '0202 0202 0202 0404 0404 0404';
const PPPOE = (protocol: string, ip: Uint8Array) => bytes('11 00 0001', length(ip, 2), bytes(protocol), ip);

const GOOD: readonly (readonly [what: string, linkType: number, packet: Uint8Array, bigEndian?: boolean])[] =
  [
    ['Ethernet', 1, ethernet(IPV4)],
    ['802.1Q', 1, bytes(MAC, bytes('8100 0064 0800'), IPV4)],
    ['QinQ of 802.1ad', 1, bytes(MAC, bytes('88a8 0064 8100 00c8 86dd'), IPV6)],
    ['QinQ of old', 1, bytes(MAC, bytes('9100 0064 9200 0001 8100 00c8 0800'), IPV4)],
    ['five VLAN tags', 1, bytes(MAC, bytes('8100 0001 8100 0002 8100 0003 8100 0004 8100 0005 0800'), IPV4)],
    ['PPPoE', 1, bytes(MAC, bytes('8864'), PPPOE('0021', IPV4))],
    ['PPPoE with IPv6 in a VLAN', 1, bytes(MAC, bytes('8100 0007 8864'), PPPOE('0057', IPV6))],
    [
      'PPPoE with padding behind it',
      1,
      bytes(MAC, bytes('8864'), PPPOE('0021', IPV4), bytes('000000000000')),
    ],
    ['MPLS, two labels', 1, bytes(MAC, bytes('8847 0001 0040 0002 0140'), IPV4)],
    ['MPLS with IPv6', 1, bytes(MAC, bytes('8848 0002 0140'), IPV6)],
    ['802.2 SNAP', 1, bytes(MAC, length(IPV4, 8), bytes('aaaa 03 000000 0800'), IPV4)],
    ['Linux cooked', 113, bytes('0000 0001 0006 0202020202020000 0800', IPV4)],
    ['Linux cooked with a VLAN', 113, bytes('0000 0001 0006 0202020202020000 8100 0064 86dd', IPV6)],
    ['Linux cooked 2', 276, bytes('86dd 0000 00000002 0001 00 06 0202020202020000', IPV6)],
    ['raw IP', 101, IPV4],
    ['raw IP', 101, IPV6],
    ['raw IP of Linux', 12, IPV6],
    ['raw IP of OpenBSD', 14, IPV4],
    ['IPv4', 228, IPV4],
    ['IPv6', 229, IPV6],
    ['null, little endian', 0, bytes('02000000', IPV4)],
    ['null, big endian', 0, bytes('00000002', IPV4)],
    ['null with IPv6 of macOS', 0, bytes('1e000000', IPV6)],
    ['null with IPv6 of FreeBSD', 0, bytes('1c000000', IPV6)],
    ['null with IPv6 of OpenBSD', 0, bytes('18000000', IPV6)],
    ['loop', 108, bytes('00000002', IPV4)],
    ['NFLOG', 239, nflog(true)],
    ['NFLOG of a big endian host', 239, nflog(false), true],
    ['PPP', 9, bytes('ff03 0021', IPV4)],
    ['PPP without address and control', 9, bytes('0057', IPV6)],
    ['PPP with a compressed protocol', 9, bytes('21', IPV4)],
    ['PPP in HDLC framing', 50, bytes('ff03 0057', IPV6)],
    ["PPP, Cisco's", 50, bytes('0f00 0800', IPV4)],
    ['Cisco HDLC', 104, bytes('0f00 0800', IPV4)],
    ['PPPoE without Ethernet', 51, PPPOE('0021', IPV4)],
  ];

describe('link types', () => {
  for (const [what, linkType, packet, bigEndian] of GOOD) {
    const file = (captured: number) =>
      pcapFile([{ bytes: packet, captured }], { linkType, littleEndian: bigEndian !== true });

    it(`${what} (${linkType}) is read`, () => {
      const { segments, counts } = readAll(file(packet.length));
      assert.deepEqual(counts.allPassedOver(), {});
      assert.deepEqual(
        segments.map(({ payload, payloadLength }) => [payload, payloadLength]),
        [['GET', 3]],
      );
    });

    it(`${what} (${linkType}) that is cut off anywhere is counted, or lacks payload`, () => {
      for (let captured = 0; captured < packet.length; captured++) {
        const { segments, counts } = readAll(file(captured));
        if (segments.length === 0) assert.deepEqual(counts.allPassedOver(), { truncated_header: 1 });
        else assert.equal(segments[0].payloadLength, 3);
      }
    });
  }

  it('that name the interface of each packet, or its sender, tell interfaces apart', () => {
    const interfaceOf = (linkType: number, packet: Uint8Array) =>
      readAll(pcapFile([{ bytes: packet }], { linkType })).segments[0].interfaceId;
    const cooked2 = (index: string) => bytes(`0800 0000 ${index} 0001 00 06 0202020202020000`, IPV4);
    assert.equal(interfaceOf(276, cooked2('00000003')), 3);
    const cooked = (kind: string, address: string) => bytes(`${kind} 0001 0006 ${address}0000 0800`, IPV4);
    const received = interfaceOf(113, cooked('0000', '020202020202'));
    assert.equal(interfaceOf(113, cooked('0000', '020202020202')), received);
    assert.notEqual(interfaceOf(113, cooked('0004', '020202020202')), received);
    assert.notEqual(interfaceOf(113, cooked('0000', '020202020204')), received);
    assert.notEqual(interfaceOf(113, cooked('0000', '000000000000')), 0);
  });

  for (const [what, linkType, packet, reason] of [
    ['ARP', 1, ethernet(new Uint8Array(28), 0x0806), 'not_ip'],
    ['spanning tree', 1, bytes(MAC, bytes('0026 4242 03 0000000000'), new Uint8Array(40)), 'not_ip'],
    ['MPLS with no IP', 1, bytes(MAC, bytes('8847 0002 0140 00000000 0000')), 'not_ip'],
    ['PPPoE control', 1, bytes(MAC, bytes('8864'), PPPOE('c021', IPV4)), 'not_ip'],
    ['a null header of AppleTalk', 0, bytes('10000000', IPV4), 'not_ip'],
    ['raw bytes of no IP version', 101, bytes('50000000', IPV4), 'not_ip'],
    ['USB', 189, IPV4, 'unknown_link_type'],
    ['NFLOG with a length of 0', 239, bytes('02000000 0000 0900', IPV4), 'malformed_header'],
    ['NFLOG without a packet', 239, bytes('02000000 0800 0100 0800 0000'), 'truncated_header'],
  ] as const) {
    it(`${what} is passed over as ${reason}`, () => {
      const { counts } = readAll(pcapFile([{ bytes: packet }], { linkType }));
      assert.deepEqual(counts.allPassedOver(), { [reason]: 1 });
    });
  }
});
