import type { CaptureClock } from './capture-clock.ts';
import type { RecordFormat } from './capture-format.ts';
import type { PacketDecoder } from './packet-decoder.ts';

export const PCAP_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

/** tcpdump's largest snaplen, and what a snaplen of 0 means. */
const MAX_SNAPLEN = 262_144;
/** What a file may claim as its snaplen before a record of that length is taken for damage. */
const MAX_RECORD_BYTES = 1 << 20;

const MAGIC = { micros: 0xa1b2c3d4, nanos: 0xa1b23c4d } as const;
const NANOS_PER_SECOND = 1e9;

/** The file header (draft-ietf-opsawg-pcap): byte order, unit of time, snaplen, link type. */
export interface PcapHeader {
  readonly littleEndian: boolean;
  readonly nanosPerUnit: number;
  readonly linkType: number;
  readonly snaplen: number;
}

/** Needs `PCAP_HEADER_BYTES`; `undefined` when they are not the start of a pcap file. */
export function parsePcapHeader(view: DataView): PcapHeader | undefined {
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(0, littleEndian);
    if (magic !== MAGIC.micros && magic !== MAGIC.nanos) continue;
    return {
      littleEndian,
      nanosPerUnit: magic === MAGIC.nanos ? 1 : 1000,
      snaplen: view.getUint32(16, littleEndian),
      // The upper bits say whether and how long a frame check sequence is.
      linkType: view.getUint32(20, littleEndian) & 0xffff,
    };
  }
  return undefined;
}

/** The records of one pcap file. */
export class PcapFormat implements RecordFormat {
  fault: string | undefined;
  readonly #header: PcapHeader;
  readonly #maxCaptured: number;
  readonly #clock: CaptureClock;
  readonly #decoder: PacketDecoder;

  constructor(header: PcapHeader, clock: CaptureClock, decoder: PacketDecoder) {
    this.#header = header;
    this.#maxCaptured = Math.min(Math.max(header.snaplen, MAX_SNAPLEN), MAX_RECORD_BYTES);
    this.#clock = clock;
    this.#decoder = decoder;
  }

  read(bytes: Uint8Array, view: DataView, from: number): number {
    const { littleEndian, nanosPerUnit, linkType } = this.#header;
    const decoder = this.#decoder;
    const end = bytes.length;
    let at = from;
    if (end - at >= RECORD_HEADER_BYTES) {
      this.#clock.begin(
        view.getUint32(at, littleEndian),
        view.getUint32(at + 4, littleEndian) * nanosPerUnit,
      );
    }
    const { baseSeconds } = this.#clock;
    decoder.within(bytes, view, littleEndian);
    while (end - at >= RECORD_HEADER_BYTES) {
      const captured = view.getUint32(at + 8, littleEndian);
      if (captured > this.#maxCaptured) {
        this.fault = `a record of ${captured} bytes, where at most ${this.#maxCaptured} are allowed`;
        return at;
      }
      const start = at + RECORD_HEADER_BYTES;
      if (end - start < captured) return at;
      const nanos =
        (view.getUint32(at, littleEndian) - baseSeconds) * NANOS_PER_SECOND +
        view.getUint32(at + 4, littleEndian) * nanosPerUnit;
      decoder.packet(start, captured, view.getUint32(at + 12, littleEndian), linkType, nanos);
      at = start + captured;
    }
    return at;
  }

  lengthAt(view: DataView, at: number): number {
    if (view.byteLength - at < RECORD_HEADER_BYTES) return RECORD_HEADER_BYTES;
    const captured = view.getUint32(at + 8, this.#header.littleEndian);
    // A length that `read` refuses must not be waited for.
    return RECORD_HEADER_BYTES + (captured > this.#maxCaptured ? 0 : captured);
  }
}
