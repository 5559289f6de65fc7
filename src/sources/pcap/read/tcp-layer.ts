import { emptySegment, type OnSegment, type Segment } from '../segment.ts';
import type { Packet } from './packet.ts';
import { PASSED_OVER, type ReadCounts } from './read-counts.ts';

const TCP_HEADER_BYTES = 20;

/** The TCP header (RFC 9293, 3.1) to a segment. */
export class TcpLayer {
  /** Its addresses are filled in by whoever reads the IP header. */
  readonly segment: Segment = emptySegment();
  readonly #packet: Packet;
  readonly #counts: ReadCounts;
  readonly #onSegment: OnSegment;

  constructor(packet: Packet, counts: ReadCounts, onSegment: OnSegment) {
    this.#packet = packet;
    this.#counts = counts;
    this.#onSegment = onSegment;
  }

  /** `wireEnd` is where the IP packet ends; what follows it is padding. */
  tcp(at: number, wireEnd: number): void {
    const { view } = this.#packet;
    const end = Math.min(this.#packet.end, wireEnd);
    if (end - at < TCP_HEADER_BYTES) {
      const isWhole = wireEnd - at < TCP_HEADER_BYTES;
      this.#counts.passOver(isWhole ? PASSED_OVER.malformed_header : PASSED_OVER.truncated_header);
      return;
    }
    const payloadStart = at + (view.getUint8(at + 12) >> 4) * 4;
    if (payloadStart < at + TCP_HEADER_BYTES || payloadStart > wireEnd) {
      this.#counts.passOver(PASSED_OVER.malformed_header);
      return;
    }
    const segment = this.segment;
    segment.nanos = this.#packet.nanos;
    const { bytes } = this.#packet;
    // The garbage collector takes note of every such assignment, and packets of one piece have the same memory.
    if (segment.bytes !== bytes) segment.bytes = bytes;
    segment.interfaceId = this.#packet.interfaceId;
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
