import type { CaptureClock } from './capture-clock.ts';
import type { RecordFormat } from './capture-format.ts';
import type { PacketDecoder } from './packet-decoder.ts';

export const PCAP_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
/** With interface, protocol and packet type behind the usual four fields. */
const MODIFIED_RECORD_HEADER_BYTES = 24;

/** tcpdump's largest snaplen, and what a snaplen of 0 means. */
const MAX_SNAPLEN = 262_144;
/** What a file may claim as its snaplen before a record of that length is taken for damage. */
const MAX_RECORD_BYTES = 1 << 20;

/** draft-ietf-opsawg-pcap, 4; the last is of libpcap with Alexey Kuznetsov's changes, of Linux in the nineties. */
const MAGIC = { micros: 0xa1b2c3d4, nanos: 0xa1b23c4d, modified: 0xa1b2cd34 } as const;
const MAGICS: ReadonlySet<number> = new Set(Object.values(MAGIC));
const NANOS_PER_SECOND = 1e9;

/** What the file header says about all records. */
export interface PcapHeader {
  readonly littleEndian: boolean;
  readonly nanosPerUnit: number;
  readonly recordHeaderBytes: number;
  readonly linkType: number;
  readonly snaplen: number;
}

export function isPcapMagic(view: DataView, at: number): boolean {
  return MAGICS.has(view.getUint32(at)) || MAGICS.has(view.getUint32(at, true));
}

/** Needs `PCAP_HEADER_BYTES` that begin with a magic. */
export function parsePcapHeader(view: DataView, at: number): PcapHeader {
  const littleEndian = MAGICS.has(view.getUint32(at, true));
  const magic = view.getUint32(at, littleEndian);
  return {
    littleEndian,
    nanosPerUnit: magic === MAGIC.nanos ? 1 : 1000,
    recordHeaderBytes: magic === MAGIC.modified ? MODIFIED_RECORD_HEADER_BYTES : RECORD_HEADER_BYTES,
    snaplen: view.getUint32(at + 16, littleEndian),
    // The upper bits say whether and how long a frame check sequence is.
    linkType: view.getUint32(at + 20, littleEndian) & 0xffff,
  };
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
    const { littleEndian, nanosPerUnit, recordHeaderBytes, linkType } = this.#header;
    const decoder = this.#decoder;
    const end = bytes.length;
    let at = from;
    if (end - at >= recordHeaderBytes) {
      this.#clock.begin(
        view.getUint32(at, littleEndian),
        view.getUint32(at + 4, littleEndian) * nanosPerUnit,
      );
    }
    const { baseSeconds } = this.#clock;
    decoder.within(bytes, view, littleEndian);
    while (end - at >= recordHeaderBytes) {
      const captured = view.getUint32(at + 8, littleEndian);
      if (captured > this.#maxCaptured) {
        this.fault = `a record of ${captured} bytes, where at most ${this.#maxCaptured} are allowed`;
        return at;
      }
      const start = at + recordHeaderBytes;
      if (end - start < captured) return at;
      const nanos =
        (view.getUint32(at, littleEndian) - baseSeconds) * NANOS_PER_SECOND +
        view.getUint32(at + 4, littleEndian) * nanosPerUnit;
      decoder.packet(start, captured, view.getUint32(at + 12, littleEndian), linkType, nanos, 0);
      at = start + captured;
    }
    return at;
  }

  lengthAt(view: DataView, at: number): number {
    const { littleEndian, recordHeaderBytes } = this.#header;
    if (view.byteLength - at < recordHeaderBytes) return recordHeaderBytes;
    const captured = view.getUint32(at + 8, littleEndian);
    // A length that `read` refuses must not be waited for.
    return recordHeaderBytes + (captured > this.#maxCaptured ? 0 : captured);
  }
}
