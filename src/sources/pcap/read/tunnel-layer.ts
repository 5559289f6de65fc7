import type { ReadConfig } from './config.ts';
import type { OtherProtocols } from './ip-layer.ts';
import { ETHER_TYPE, PROTOCOL } from './ip-numbers.ts';
import type { Packet } from './packet.ts';
import { PASSED_OVER, type ReadCounts } from './read-counts.ts';

const UDP_HEADER_BYTES = 8;
const VXLAN_HEADER_BYTES = 8;
const VXLAN_HAS_NETWORK = 0x08;
const GENEVE_PORT = 6081;
const GENEVE_HEADER_BYTES = 8;
const GRE_HEADER_BYTES = 4;
const GRE_FLAG = { checksum: 0x8000, routing: 0x4000, key: 0x2000, sequence: 0x1000 } as const;
const GRE_VERSION = 0x0007;
const MAX_DEPTH = 8;

/** The layers that a tunnel carries. */
export interface InnerLayers {
  ethernet(at: number): void;
  etherType(type: number, at: number): void;
}

export type TunnelConfig = Pick<ReadConfig, 'tunnels' | 'vxlan_ports'>;

/**
 * What IP carries that is not TCP: VXLAN (RFC 7348), Geneve (RFC 8926), GRE (RFC 2784, 2890) and IP in IP (RFC 2003,
 * 4213), each only where the configuration names it.
 */
export class TunnelLayer implements OtherProtocols {
  readonly #packet: Packet;
  readonly #counts: ReadCounts;
  readonly #tunnels: ReadonlySet<string>;
  readonly #vxlanPorts: ReadonlySet<number>;
  #inner: InnerLayers | undefined;

  constructor(packet: Packet, counts: ReadCounts, config: TunnelConfig) {
    this.#packet = packet;
    this.#counts = counts;
    this.#tunnels = new Set(config.tunnels);
    this.#vxlanPorts = new Set(config.vxlan_ports);
  }

  /** The layers stand on each other, so one of them learns of the others last. */
  carry(inner: InnerLayers): void {
    this.#inner = inner;
  }

  payload(protocol: number, at: number, wireEnd: number): void {
    // What follows the IP packet is no part of what it carries.
    this.#packet.end = Math.min(this.#packet.end, wireEnd);
    this.#packet.wireEnd = wireEnd;
    switch (protocol) {
      case PROTOCOL.udp:
        this.#udp(at);
        return;
      case PROTOCOL.gre:
        if (this.#enters('gre')) this.#gre(at);
        return;
      case PROTOCOL.ipv4:
        if (this.#enters('ipip')) this.#inner?.etherType(ETHER_TYPE.ipv4, at);
        return;
      case PROTOCOL.ipv6:
        if (this.#enters('ipip')) this.#inner?.etherType(ETHER_TYPE.ipv6, at);
        return;
      default:
        this.#counts.passOver(PASSED_OVER.not_tcp);
    }
  }

  #enters(tunnel: string): boolean {
    if (this.#tunnels.has(tunnel) && this.#packet.depth < MAX_DEPTH) {
      this.#packet.depth += 1;
      return true;
    }
    const reason = this.#tunnels.has(tunnel) ? PASSED_OVER.nested_too_deep : PASSED_OVER.tunnel;
    this.#counts.passOver(reason);
    return false;
  }

  /** Whether the headers were captured as far as `bytes` from `at`; if not, the packet is counted. */
  #has(at: number, bytes: number): boolean {
    if (this.#packet.end - at >= bytes) return true;
    this.#counts.passOver(PASSED_OVER.truncated_header);
    return false;
  }

  #udp(at: number): void {
    const port = this.#packet.end - at < UDP_HEADER_BYTES ? 0 : this.#packet.view.getUint16(at + 2);
    if (this.#vxlanPorts.has(port)) {
      if (this.#enters('vxlan')) this.#vxlan(at + UDP_HEADER_BYTES);
    } else if (port === GENEVE_PORT) {
      if (this.#enters('geneve')) this.#geneve(at + UDP_HEADER_BYTES);
    } else this.#counts.passOver(PASSED_OVER.not_tcp);
  }

  #vxlan(at: number): void {
    if (!this.#has(at, VXLAN_HEADER_BYTES)) return;
    if ((this.#packet.view.getUint8(at) & VXLAN_HAS_NETWORK) !== 0) {
      this.#inner?.ethernet(at + VXLAN_HEADER_BYTES);
    } else this.#counts.passOver(PASSED_OVER.malformed_header);
  }

  #geneve(at: number): void {
    if (!this.#has(at, GENEVE_HEADER_BYTES)) return;
    const { view } = this.#packet;
    const first = view.getUint8(at);
    if (first >> 6 === 0) {
      this.#carried(view.getUint16(at + 2), at + GENEVE_HEADER_BYTES + (first & 0x3f) * 4);
    } else this.#counts.passOver(PASSED_OVER.malformed_header);
  }

  #gre(at: number): void {
    if (!this.#has(at, GRE_HEADER_BYTES)) return;
    const { view } = this.#packet;
    const flags = view.getUint16(at);
    // Version 1 is PPTP's, and routing was taken out of the protocol.
    if ((flags & (GRE_VERSION | GRE_FLAG.routing)) !== 0) {
      this.#counts.passOver(PASSED_OVER.not_tcp);
      return;
    }
    let length = GRE_HEADER_BYTES;
    for (const flag of [GRE_FLAG.checksum, GRE_FLAG.key, GRE_FLAG.sequence]) {
      if ((flags & flag) !== 0) length += 4;
    }
    this.#carried(view.getUint16(at + 2), at + length);
  }

  #carried(type: number, at: number): void {
    if (type === ETHER_TYPE.bridging) this.#inner?.ethernet(at);
    else this.#inner?.etherType(type, at);
  }
}
