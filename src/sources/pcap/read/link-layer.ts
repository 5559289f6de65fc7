import type { IpLayer } from './ip-layer.ts';
import { ETHER_TYPE, PPP_PROTOCOL } from './ip-numbers.ts';
import type { Packet } from './packet.ts';
import { PASSED_OVER, type ReadCounts } from './read-counts.ts';
import type { InnerLayers } from './tunnel-layer.ts';

/** https://www.tcpdump.org/linktypes.html. 12 and 14 are what some systems write for 101. */
const LINK_TYPE = {
  null: 0,
  ethernet: 1,
  ppp: 9,
  rawLinux: 12,
  rawOpenBsd: 14,
  pppHdlc: 50,
  pppoe: 51,
  raw: 101,
  cHdlc: 104,
  loop: 108,
  linuxCooked: 113,
  ipv4: 228,
  ipv6: 229,
  nflog: 239,
  linuxCooked2: 276,
} as const;

const ETHERNET_HEADER_BYTES = 14;
const COOKED_HEADER_BYTES = 16;
const COOKED2_HEADER_BYTES = 20;
/** AF_INET, and AF_INET6 of Linux, NetBSD, FreeBSD and macOS, in 32 bits of the capturing host. */
const ADDRESS_FAMILIES: ReadonlySet<number> = new Set([2, 10, 24, 28, 30]);
const HDLC_ADDRESS_AND_CONTROL = 0xff03;
const CISCO_ADDRESSES: ReadonlySet<number> = new Set([0x0f00, 0x8f00]);
const PPPOE_HEADER_BYTES = 6;
const LONGEST_802_3 = 1500;
/** LLC and SNAP (RFC 1042) in front of an EtherType. */
const SNAP_BYTES = 6;
const NFLOG_PAYLOAD = 9;

/** What lies under IP, by the link type that the capture names. */
export class LinkLayer implements InnerLayers {
  readonly #packet: Packet;
  readonly #counts: ReadCounts;
  readonly #ip: IpLayer;

  constructor(packet: Packet, counts: ReadCounts, ip: IpLayer) {
    this.#packet = packet;
    this.#counts = counts;
    this.#ip = ip;
  }

  link(type: number, at: number): void {
    if (type === LINK_TYPE.ethernet) this.ethernet(at);
    else this.#otherLink(type, at);
  }

  ethernet(at: number): void {
    if (!this.#has(at, ETHERNET_HEADER_BYTES)) return;
    this.etherType(this.#packet.view.getUint16(at + 12), at + ETHERNET_HEADER_BYTES);
  }

  etherType(type: number, at: number): void {
    if (type === ETHER_TYPE.ipv4) this.#ip.ipv4(at);
    else if (type === ETHER_TYPE.ipv6) this.#ip.ipv6(at);
    else this.#otherEtherType(type, at);
  }

  #otherLink(type: number, at: number): void {
    const { view } = this.#packet;
    switch (type) {
      case LINK_TYPE.linuxCooked:
        this.#cooked(at);
        return;
      case LINK_TYPE.linuxCooked2:
        this.#cooked2(at);
        return;
      case LINK_TYPE.rawLinux:
      case LINK_TYPE.rawOpenBsd:
      case LINK_TYPE.raw:
      case LINK_TYPE.ipv4:
      case LINK_TYPE.ipv6:
        this.#ip.ip(at);
        return;
      case LINK_TYPE.null:
      case LINK_TYPE.loop:
        this.#loopback(at);
        return;
      case LINK_TYPE.ppp:
      case LINK_TYPE.pppHdlc:
        this.#ppp(at);
        return;
      case LINK_TYPE.pppoe:
        this.#pppoe(at);
        return;
      case LINK_TYPE.cHdlc:
        if (this.#has(at, 4)) this.etherType(view.getUint16(at + 2), at + 4);
        return;
      case LINK_TYPE.nflog:
        this.#nflog(at);
        return;
      default:
        this.#counts.passOver(PASSED_OVER.unknown_link_type);
    }
  }

  /** The interface is not named, but packets of one have the same kind and the same sender's hardware address. */
  #cooked(at: number): void {
    if (!this.#has(at, COOKED_HEADER_BYTES)) return;
    const { view } = this.#packet;
    this.#packet.interfaceId = (view.getUint32(at + 8) ^ (view.getUint16(at) << 24)) | 1;
    this.etherType(view.getUint16(at + 14), at + COOKED_HEADER_BYTES);
  }

  #cooked2(at: number): void {
    if (!this.#has(at, COOKED2_HEADER_BYTES)) return;
    const { view } = this.#packet;
    this.#packet.interfaceId = view.getInt32(at + 4);
    this.etherType(view.getUint16(at), at + COOKED2_HEADER_BYTES);
  }

  #otherEtherType(outer: number, from: number): void {
    const { view } = this.#packet;
    let type = outer;
    let at = from;
    while (isVlan(type)) {
      if (!this.#has(at, 4)) return;
      type = view.getUint16(at + 2);
      at += 4;
    }
    if (type <= LONGEST_802_3) {
      if (!this.#has(at, SNAP_BYTES + 2)) return;
      if (view.getUint32(at) !== 0xaaaa0300 || view.getUint16(at + 4) !== 0) {
        this.#counts.passOver(PASSED_OVER.not_ip);
        return;
      }
      type = view.getUint16(at + SNAP_BYTES);
      at += SNAP_BYTES + 2;
    }
    if (type === ETHER_TYPE.ipv4) this.#ip.ipv4(at);
    else if (type === ETHER_TYPE.ipv6) this.#ip.ipv6(at);
    else if (type === ETHER_TYPE.pppoeSession) this.#pppoe(at);
    else if (type === ETHER_TYPE.mpls || type === ETHER_TYPE.mplsMulticast) this.#mpls(at);
    else this.#counts.passOver(PASSED_OVER.not_ip);
  }

  /** The address family in the byte order of the capturing host, or of the network: a small number in one of both. */
  #loopback(at: number): void {
    if (!this.#has(at, 4)) return;
    const { view } = this.#packet;
    if (ADDRESS_FAMILIES.has(view.getUint32(at)) || ADDRESS_FAMILIES.has(view.getUint32(at, true))) {
      this.#ip.ip(at + 4);
    } else this.#counts.passOver(PASSED_OVER.not_ip);
  }

  /** Labels (RFC 3032) do not say what is under them; the version of IP does. */
  #mpls(from: number): void {
    let at = from;
    for (let isBottom = false; !isBottom; at += 4) {
      if (!this.#has(at, 4)) return;
      isBottom = (this.#packet.view.getUint8(at + 2) & 1) === 1;
    }
    this.#ip.ip(at);
  }

  #pppoe(at: number): void {
    if (!this.#has(at, PPPOE_HEADER_BYTES)) return;
    this.#packet.wireEnd = Math.min(
      this.#packet.wireEnd,
      at + PPPOE_HEADER_BYTES + this.#packet.view.getUint16(at + 4),
    );
    this.#pppProtocol(at + PPPOE_HEADER_BYTES);
  }

  /** With or without the address and control bytes of HDLC; Cisco's have an EtherType behind them (RFC 1547). */
  #ppp(at: number): void {
    if (!this.#has(at, 4)) return;
    const first = this.#packet.view.getUint16(at);
    if (CISCO_ADDRESSES.has(first)) this.etherType(this.#packet.view.getUint16(at + 2), at + 4);
    else this.#pppProtocol(first === HDLC_ADDRESS_AND_CONTROL ? at + 2 : at);
  }

  /** One byte when that is odd, otherwise two (RFC 1661, 6.5). */
  #pppProtocol(at: number): void {
    if (!this.#has(at, 2)) return;
    const first = this.#packet.view.getUint8(at);
    const protocol = (first & 1) === 1 ? first : this.#packet.view.getUint16(at);
    const payload = at + (2 - (first & 1));
    if (protocol === PPP_PROTOCOL.ipv4) this.#ip.ipv4(payload);
    else if (protocol === PPP_PROTOCOL.ipv6) this.#ip.ipv6(payload);
    else this.#counts.passOver(PASSED_OVER.not_ip);
  }

  /** A list of values, each with its length and type in the byte order of the capturing host. One is the packet. */
  #nflog(from: number): void {
    const { view, littleEndian } = this.#packet;
    let at = from + 4;
    for (;;) {
      if (!this.#has(at, 4)) return;
      const length = view.getUint16(at, littleEndian);
      const type = view.getUint16(at + 2, littleEndian) & 0x7fff;
      if (length < 4) {
        this.#counts.passOver(PASSED_OVER.malformed_header);
        return;
      }
      if (type === NFLOG_PAYLOAD) {
        this.#packet.wireEnd = at + length;
        this.#ip.ip(at + 4);
        return;
      }
      at += (length + 3) & ~3;
    }
  }

  /** Whether the headers were captured as far as `bytes` from `at`; if not, the packet is counted. */
  #has(at: number, bytes: number): boolean {
    if (this.#packet.end - at >= bytes) return true;
    this.#counts.passOver(PASSED_OVER.truncated_header);
    return false;
  }
}

function isVlan(type: number): boolean {
  switch (type) {
    case ETHER_TYPE.vlan:
    case ETHER_TYPE.serviceVlan:
    case ETHER_TYPE.oldServiceVlan:
    case ETHER_TYPE.otherServiceVlan:
      return true;
    default:
      return false;
  }
}
