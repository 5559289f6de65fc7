import { emptySegment, type OnSegment } from '../segment.ts';
import { PASSED_OVER, type ReadCounts } from './read-counts.ts';

/** https://www.tcpdump.org/linktypes.html */
const LINK_TYPE = { ethernet: 1 } as const;

const ETHER_TYPE = { ipv4: 0x0800, ipv6: 0x86dd } as const;
const PROTOCOL_TCP = 6;

const ETHERNET_HEADER_BYTES = 14;
const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
const TCP_HEADER_BYTES = 20;
const MORE_FRAGMENTS_AND_OFFSET = 0x3fff;

/**
 * One packet to one segment, layer by layer. Every layer is told where it begins; where the packet ends is known
 * twice: in memory (`#end`) and on the wire (`#wireEnd`), which is later when the record was cut off.
 */
export class PacketDecoder {
  readonly #segment = emptySegment();
  readonly #counts: ReadCounts;
  readonly #onSegment: OnSegment;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #end = 0;
  #wireEnd = 0;

  constructor(counts: ReadCounts, onSegment: OnSegment) {
    this.#counts = counts;
    this.#onSegment = onSegment;
  }

  /** The memory that the next packets lie in; `view` covers exactly `bytes`. */
  within(bytes: Uint8Array, view: DataView): void {
    this.#view = view;
    this.#segment.bytes = bytes;
  }

  packet(start: number, captured: number, wireLength: number, linkType: number, nanos: number): void {
    this.#counts.packets++;
    this.#segment.nanos = nanos;
    this.#end = start + captured;
    this.#wireEnd = start + Math.max(wireLength, captured);
    if (linkType === LINK_TYPE.ethernet) this.#ethernet(start);
    else this.#counts.passOver(PASSED_OVER.unknown_link_type);
  }

  #ethernet(at: number): void {
    if (this.#end - at < ETHERNET_HEADER_BYTES) {
      this.#counts.passOver(PASSED_OVER.truncated_header);
      return;
    }
    this.#etherType(this.#view.getUint16(at + 12), at + ETHERNET_HEADER_BYTES);
  }

  #etherType(type: number, at: number): void {
    if (type === ETHER_TYPE.ipv4) this.#ipv4(at);
    else if (type === ETHER_TYPE.ipv6) this.#ipv6(at);
    else this.#counts.passOver(PASSED_OVER.not_ip);
  }

  #ipv4(at: number): void {
    const view = this.#view;
    if (this.#end - at < IPV4_HEADER_BYTES) {
      this.#counts.passOver(PASSED_OVER.truncated_header);
      return;
    }
    const headerLength = (view.getUint8(at) & 0x0f) * 4;
    const totalLength = view.getUint16(at + 2);
    if (headerLength < IPV4_HEADER_BYTES || (totalLength < headerLength && totalLength !== 0)) {
      this.#counts.passOver(PASSED_OVER.malformed_header);
      return;
    }
    if (
      view.getUint8(at + 9) !== PROTOCOL_TCP ||
      (view.getUint16(at + 6) & MORE_FRAGMENTS_AND_OFFSET) !== 0
    ) {
      this.#counts.passOver(PASSED_OVER.not_tcp);
      return;
    }
    const segment = this.#segment;
    segment.ipVersion = 4;
    segment.source0 = segment.source1 = segment.destination0 = segment.destination1 = 0;
    segment.source2 = segment.destination2 = 0xffff;
    segment.source3 = view.getUint32(at + 12);
    segment.destination3 = view.getUint32(at + 16);
    // A length of 0 is a packet that the interface has yet to cut (TSO): it goes on to the end of the frame.
    this.#tcp(at + headerLength, totalLength === 0 ? this.#wireEnd : at + totalLength);
  }

  #ipv6(at: number): void {
    const view = this.#view;
    if (this.#end - at < IPV6_HEADER_BYTES) {
      this.#counts.passOver(PASSED_OVER.truncated_header);
      return;
    }
    if (view.getUint8(at + 6) !== PROTOCOL_TCP) {
      this.#counts.passOver(PASSED_OVER.not_tcp);
      return;
    }
    const segment = this.#segment;
    segment.ipVersion = 6;
    segment.source0 = view.getUint32(at + 8);
    segment.source1 = view.getUint32(at + 12);
    segment.source2 = view.getUint32(at + 16);
    segment.source3 = view.getUint32(at + 20);
    segment.destination0 = view.getUint32(at + 24);
    segment.destination1 = view.getUint32(at + 28);
    segment.destination2 = view.getUint32(at + 32);
    segment.destination3 = view.getUint32(at + 36);
    const payloadLength = view.getUint16(at + 4);
    const payload = at + IPV6_HEADER_BYTES;
    this.#tcp(payload, payloadLength === 0 ? this.#wireEnd : payload + payloadLength);
  }

  /** `wireEnd` is where the IP packet ends; what follows it is padding. */
  #tcp(at: number, wireEnd: number): void {
    const view = this.#view;
    const segment = this.#segment;
    const end = Math.min(this.#end, wireEnd);
    if (end - at < TCP_HEADER_BYTES) {
      this.#counts.passOver(
        wireEnd - at < TCP_HEADER_BYTES ? PASSED_OVER.malformed_header : PASSED_OVER.truncated_header,
      );
      return;
    }
    const headerLength = (view.getUint8(at + 12) >> 4) * 4;
    const payloadStart = at + headerLength;
    if (headerLength < TCP_HEADER_BYTES || payloadStart > wireEnd) {
      this.#counts.passOver(PASSED_OVER.malformed_header);
      return;
    }
    segment.sourcePort = view.getUint16(at);
    segment.destinationPort = view.getUint16(at + 2);
    segment.sequence = view.getUint32(at + 4);
    segment.acknowledgment = view.getUint32(at + 8);
    segment.flags = view.getUint8(at + 13);
    segment.window = view.getUint16(at + 14);
    segment.optionsStart = at + TCP_HEADER_BYTES;
    segment.optionsEnd = Math.min(payloadStart, end);
    segment.payloadStart = payloadStart;
    segment.payloadLength = wireEnd - payloadStart;
    segment.payloadCaptured = payloadStart < end ? end - payloadStart : 0;
    this.#counts.segments++;
    this.#onSegment(segment);
  }
}
