import type { CaptureClock } from './capture-clock.ts';
import type { RecordFormat } from './capture-format.ts';
import { contentKind, KIND_BYTES } from './content-kind.ts';
import type { PacketDecoder } from './packet-decoder.ts';
import { isPcapMagic, PCAP_HEADER_BYTES, PcapFormat, parsePcapHeader } from './pcap-format.ts';
import { PcapngFormat, SECTION_HEADER_MAGIC } from './pcapng-format.ts';
import type { ReadCounts } from './read-counts.ts';

const MAGIC_BYTES = 4;

/** A capture file of any format: what its first bytes say decides how the rest is read. */
export class FileFormat implements RecordFormat {
  readonly #clock: CaptureClock;
  readonly #counts: ReadCounts;
  readonly #decoder: PacketDecoder;
  #format: RecordFormat | undefined;
  #fault: string | undefined;

  constructor(clock: CaptureClock, counts: ReadCounts, decoder: PacketDecoder) {
    this.#clock = clock;
    this.#counts = counts;
    this.#decoder = decoder;
  }

  get fault(): string | undefined {
    return this.#fault ?? this.#format?.fault;
  }

  read(bytes: Uint8Array, view: DataView, from: number): number {
    if (this.#format !== undefined) return this.#format.read(bytes, view, from);
    if (bytes.length - from < MAGIC_BYTES) return from;
    if (view.getUint32(from) === SECTION_HEADER_MAGIC) {
      this.#format = new PcapngFormat(this.#clock, this.#counts, this.#decoder);
      return this.#format.read(bytes, view, from);
    }
    if (!isPcapMagic(view, from)) {
      const content = contentKind(bytes.subarray(from, from + KIND_BYTES));
      this.#fault = `no capture: ${content.kind === 'other' ? content.what : 'packed twice'}`;
      return from;
    }
    if (bytes.length - from < PCAP_HEADER_BYTES) return from;
    this.#format = new PcapFormat(parsePcapHeader(view, from), this.#clock, this.#decoder);
    return this.#format.read(bytes, view, from + PCAP_HEADER_BYTES);
  }

  lengthAt(view: DataView, at: number): number {
    if (this.#format !== undefined) return this.#format.lengthAt(view, at);
    if (view.byteLength - at < MAGIC_BYTES) return MAGIC_BYTES;
    return isPcapMagic(view, at) ? PCAP_HEADER_BYTES : MAGIC_BYTES;
  }
}
