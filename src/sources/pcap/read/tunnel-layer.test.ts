import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ethernet, ipv4, ipv6, pcapFile, tcp } from '../testdata/packets.ts';
import { readAllWith } from '../testdata/read-all.ts';
import type { TunnelConfig } from './tunnel-layer.ts';

const INNER4 = ipv4(tcp({ payload: 'inside' }), { source: [10, 0, 0, 1] });
const INNER6 = ipv6(tcp({ payload: 'inside' }));
const ALL: TunnelConfig = { tunnels: ['vxlan', 'geneve', 'gre', 'ipip'], vxlan_ports: [4789, 9999] };

function udp(port: number, ...payload: readonly Uint8Array[]): Uint8Array {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(port, 2);
  return Buffer.concat([header, ...payload]);
}

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const vxlan = (port: number, frame: Uint8Array) =>
  ipv4(udp(port, hex('08000000 00002a00'), frame), { protocol: 17 });
const geneve = (protocol: string, payload: Uint8Array) =>
  ipv4(udp(6081, hex(`02 00 ${protocol} 00002a00 0001000100000000`), payload), { protocol: 17 });
const gre = (head: string, payload: Uint8Array) =>
  ipv4(Buffer.concat([hex(head), payload]), { protocol: 47 });

const TUNNELS = [
  ['VXLAN', 'vxlan', vxlan(4789, ethernet(INNER4))],
  ['VXLAN at another port', 'vxlan', vxlan(9999, ethernet(INNER6))],
  [
    'VXLAN over IPv6',
    'vxlan',
    ipv6(udp(4789, hex('0800000000002a00'), ethernet(INNER4)), { nextHeader: 17 }),
  ],
  ['Geneve with Ethernet', 'geneve', geneve('6558', ethernet(INNER4))],
  ['Geneve with IP', 'geneve', geneve('86dd', INNER6)],
  ['GRE', 'gre', gre('0000 0800', INNER4)],
  ['GRE with checksum, key and sequence', 'gre', gre('b000 86dd 00000000 0000002a 00000001', INNER6)],
  ['GRE with Ethernet', 'gre', gre('2000 6558 0000002a', ethernet(INNER4))],
  ['GRE with MPLS', 'gre', gre('0000 8847 00020140', INNER4)],
  ['IPv4 in IPv4', 'ipip', ipv4(INNER4, { protocol: 4 })],
  ['IPv6 in IPv4', 'ipip', ipv4(INNER6, { protocol: 41 })],
  ['IPv4 in IPv6', 'ipip', ipv6(INNER4, { nextHeader: 4 })],
] as const;

function read(config: TunnelConfig, bytes: Uint8Array, captured = bytes.length) {
  return readAllWith(config, pcapFile([{ bytes, captured }]));
}

describe('tunnels', () => {
  for (const [what, name, packet] of TUNNELS) {
    const frame = Buffer.concat([ethernet(packet), new Uint8Array(4).fill(0x55)]);

    it(`${what} is read where it is asked for`, () => {
      const { segments, counts } = read({ ...ALL, tunnels: [name] }, frame);
      assert.deepEqual(counts.allPassedOver(), {});
      assert.deepEqual(
        segments.map(({ payload, payloadLength }) => [payload, payloadLength]),
        [['inside', 6]],
      );
    });

    it(`${what} is counted where it is not asked for`, () => {
      const others = ALL.tunnels.filter((tunnel) => tunnel !== name);
      assert.deepEqual(read({ ...ALL, tunnels: others }, frame).counts.allPassedOver(), { tunnel: 1 });
    });

    it(`${what} that is cut off anywhere is counted, or lacks payload`, () => {
      for (let captured = 0; captured < frame.length - 4; captured++) {
        const { segments, counts } = read(ALL, frame, captured);
        if (segments.length > 0) assert.equal(segments[0].payloadLength, 6);
        else assert.equal(counts.passedOver('truncated_header') + counts.passedOver('not_tcp'), 1);
      }
    });
  }

  it('in tunnels are read eight deep and no deeper', () => {
    let packet = INNER4;
    for (let depth = 1; depth <= 9; depth++) {
      packet = ipv4(packet, { protocol: 4 });
      const { segments, counts } = read(ALL, ethernet(packet));
      assert.equal(segments.length, depth <= 8 ? 1 : 0);
      assert.equal(counts.passedOver('nested_too_deep'), depth <= 8 ? 0 : 1);
    }
  });

  for (const [what, packet, reason] of [
    [
      'VXLAN without a network',
      ipv4(udp(4789, hex('0000000000002a00'), ethernet(INNER4)), { protocol: 17 }),
      'malformed_header',
    ],
    [
      'Geneve of another version',
      ipv4(udp(6081, hex('4000 0800 00002a00'), INNER4), { protocol: 17 }),
      'malformed_header',
    ],
    ['GRE of PPTP', gre('3001 880b 0004 0001 00000000', INNER4), 'not_tcp'],
    ['GRE with routing', gre('4000 0800 00000000', INNER4), 'not_tcp'],
    ['UDP within VXLAN', vxlan(4789, ethernet(ipv4(udp(53), { protocol: 17 }))), 'not_tcp'],
    ['ARP within VXLAN', vxlan(4789, ethernet(new Uint8Array(28), 0x0806)), 'not_ip'],
  ] as const) {
    it(`${what} is passed over as ${reason}`, () => {
      assert.deepEqual(read(ALL, ethernet(packet)).counts.allPassedOver(), { [reason]: 1 });
    });
  }
});
