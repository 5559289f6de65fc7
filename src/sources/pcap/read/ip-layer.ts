import { FragmentTable } from './fragment-table.ts';
import { PROTOCOL } from './ip-numbers.ts';
import type { Packet } from './packet.ts';
import { PASSED_OVER, type ReadCounts } from './read-counts.ts';
import type { TcpLayer } from './tcp-layer.ts';

const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
const EXTENSION_BYTES = 8;
const MORE_FRAGMENTS = 0x2000;
const MORE_FRAGMENTS_AND_OFFSET = 0x3fff;
/** RFC 2675; the option's type and the length of its value. */
const JUMBO_PAYLOAD = 0xc204;

/** What to do with an IP payload that is not TCP. */
export interface OtherProtocols {
  /** `wireEnd` is where the IP packet ends. */
  payload(protocol: number, at: number, wireEnd: number): void;
}

/** IPv4 (RFC 791) and IPv6 (RFC 8200) down to what they carry. */
export class IpLayer {
  readonly #packet: Packet;
  readonly #counts: ReadCounts;
  readonly #tcp: TcpLayer;
  readonly #others: OtherProtocols;
  readonly #fragments: FragmentTable;

  constructor(packet: Packet, counts: ReadCounts, tcp: TcpLayer, others: OtherProtocols) {
    this.#packet = packet;
    this.#counts = counts;
    this.#tcp = tcp;
    this.#others = others;
    this.#fragments = new FragmentTable(counts);
  }

  /** Nothing more comes: what waits for the rest of its packet waits in vain. */
  end(): void {
    this.#fragments.end();
  }

  /** By the version in its first bits. */
  ip(at: number): void {
    if (at >= this.#packet.end) this.#counts.passOver(PASSED_OVER.truncated_header);
    else if (this.#packet.view.getUint8(at) >> 4 === 4) this.ipv4(at);
    else if (this.#packet.view.getUint8(at) >> 4 === 6) this.ipv6(at);
    else this.#counts.passOver(PASSED_OVER.not_ip);
  }

  ipv4(at: number): void {
    const { view, end, wireEnd } = this.#packet;
    if (end - at < IPV4_HEADER_BYTES) {
      this.#counts.passOver(PASSED_OVER.truncated_header);
      return;
    }
    const versionAndLength = view.getUint8(at);
    const headerLength = (versionAndLength & 0x0f) * 4;
    const totalLength = view.getUint16(at + 2);
    if (
      versionAndLength >> 4 !== 4 ||
      headerLength < IPV4_HEADER_BYTES ||
      (totalLength < headerLength && totalLength !== 0)
    ) {
      this.#counts.passOver(PASSED_OVER.malformed_header);
      return;
    }
    const segment = this.#tcp.segment;
    segment.ipVersion = 4;
    segment.source0 = segment.source1 = segment.destination0 = segment.destination1 = 0;
    segment.source2 = segment.destination2 = 0xffff;
    segment.source3 = view.getUint32(at + 12);
    segment.destination3 = view.getUint32(at + 16);
    // 0 is a packet that was caught before the interface cut it (TSO), or one too long for 16 bits (BIG TCP).
    const ipEnd = totalLength === 0 ? wireEnd : at + totalLength;
    const fragment = view.getUint16(at + 6) & MORE_FRAGMENTS_AND_OFFSET;
    if (fragment !== 0) {
      const protocol = view.getUint8(at + 9);
      const isLast = (fragment & MORE_FRAGMENTS) === 0;
      const offset = (fragment & ~MORE_FRAGMENTS) * 8;
      this.#fragment(protocol, view.getUint16(at + 4), at + headerLength, ipEnd, offset, isLast);
      return;
    }
    this.#payload(view.getUint8(at + 9), at + headerLength, ipEnd);
  }

  ipv6(at: number): void {
    const { view, end, wireEnd } = this.#packet;
    if (end - at < IPV6_HEADER_BYTES) {
      this.#counts.passOver(PASSED_OVER.truncated_header);
      return;
    }
    if (view.getUint8(at) >> 4 !== 6) {
      this.#counts.passOver(PASSED_OVER.malformed_header);
      return;
    }
    const segment = this.#tcp.segment;
    segment.ipVersion = 6;
    segment.source0 = view.getUint32(at + 8);
    segment.source1 = view.getUint32(at + 12);
    segment.source2 = view.getUint32(at + 16);
    segment.source3 = view.getUint32(at + 20);
    segment.destination0 = view.getUint32(at + 24);
    segment.destination1 = view.getUint32(at + 28);
    segment.destination2 = view.getUint32(at + 32);
    segment.destination3 = view.getUint32(at + 36);
    const payload = at + IPV6_HEADER_BYTES;
    const payloadLength = view.getUint16(at + 4);
    const ipEnd = payloadLength === 0 ? wireEnd : payload + payloadLength;
    this.#payload(view.getUint8(at + 6), payload, ipEnd);
  }

  #payload(protocol: number, at: number, ipEnd: number): void {
    if (protocol === PROTOCOL.tcp) this.#tcp.tcp(at, ipEnd);
    else this.#extension(protocol, at, ipEnd);
  }

  /** Extension headers, of which IPv4 has only the authentication header (RFC 4302). Each is at least 8 bytes long. */
  #extension(protocol: number, from: number, ipEnd: number): void {
    const { view, end } = this.#packet;
    let next = protocol;
    let at = from;
    let wireEnd = ipEnd;
    while (isExtension(next)) {
      if (Math.min(end, wireEnd) - at < EXTENSION_BYTES) {
        this.#counts.passOver(PASSED_OVER.truncated_header);
        return;
      }
      if (next === PROTOCOL.fragment && (view.getUint16(at + 2) & ~0x0006) !== 0) {
        const offset = view.getUint16(at + 2) & ~0x0007;
        const isLast = (view.getUint16(at + 2) & 1) === 0;
        this.#fragment(view.getUint8(at), view.getUint32(at + 4), at + 8, wireEnd, offset, isLast);
        return;
      }
      if (next === PROTOCOL.hopByHop && view.getUint16(at + 2) === JUMBO_PAYLOAD && at === from) {
        wireEnd = at + view.getUint32(at + 4);
      }
      const length = extensionLength(next, view.getUint8(at + 1));
      next = view.getUint8(at);
      at += length;
    }
    if (next === PROTOCOL.tcp) this.#tcp.tcp(at, wireEnd);
    else this.#others.payload(next, at, wireEnd);
  }

  /** `at` is where the fragment's data begin, and `offset` where they belong in the whole packet. */
  #fragment(protocol: number, id: number, at: number, ipEnd: number, offset: number, isLast: boolean): void {
    const packet = this.#packet;
    const captured = packet.bytes.subarray(at, Math.max(at, Math.min(packet.end, ipEnd)));
    const key = this.#fragmentKey(protocol, id);
    const whole = this.#fragments.add({
      key,
      nanos: packet.nanos,
      offset,
      captured,
      length: ipEnd - at,
      isLast,
    });
    if (whole === undefined) return;
    const { bytes, view } = packet;
    packet.within(whole.bytes, new DataView(whole.bytes.buffer));
    packet.end = whole.captured;
    packet.wireEnd = whole.bytes.length;
    this.#payload(protocol, 0, whole.bytes.length);
    // The records after this one lie where this one lay.
    packet.within(bytes, view);
  }

  /** Who sent it to whom, and which of their packets it is. */
  #fragmentKey(protocol: number, id: number): string {
    const { source0, source1, source2, source3 } = this.#tcp.segment;
    const { destination0, destination1, destination2, destination3 } = this.#tcp.segment;
    return [
      ...[source0, source1, source2, source3],
      ...[destination0, destination1, destination2, destination3],
      ...[protocol, id],
    ].join();
  }
}

function isExtension(protocol: number): boolean {
  switch (protocol) {
    case PROTOCOL.hopByHop:
    case PROTOCOL.routing:
    case PROTOCOL.fragment:
    case PROTOCOL.authentication:
    case PROTOCOL.destinationOptions:
    case PROTOCOL.mobility:
    case PROTOCOL.hostIdentity:
    case PROTOCOL.shim6:
      return true;
    default:
      return false;
  }
}

/** In bytes, from the header's own length field. */
function extensionLength(protocol: number, field: number): number {
  if (protocol === PROTOCOL.fragment) return EXTENSION_BYTES;
  if (protocol === PROTOCOL.authentication) return (field + 2) * 4;
  return (field + 1) * 8;
}
