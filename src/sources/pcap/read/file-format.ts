import type { CaptureClock } from './capture-clock.ts';
import type { RecordFormat } from './capture-format.ts';
import type { PacketDecoder } from './packet-decoder.ts';
import { PCAP_HEADER_BYTES, PcapFormat, parsePcapHeader } from './pcap-format.ts';

/** A capture file of any format: what its first bytes say decides how the rest is read. */
export class FileFormat implements RecordFormat {
  readonly #clock: CaptureClock;
  readonly #decoder: PacketDecoder;
  #format: RecordFormat | undefined;
  #fault: string | undefined;

  constructor(clock: CaptureClock, decoder: PacketDecoder) {
    this.#clock = clock;
    this.#decoder = decoder;
  }

  get fault(): string | undefined {
    return this.#fault ?? this.#format?.fault;
  }

  read(bytes: Uint8Array, view: DataView, from: number): number {
    if (this.#format !== undefined) return this.#format.read(bytes, view, from);
    if (bytes.length - from < PCAP_HEADER_BYTES) return from;
    const header = parsePcapHeader(new DataView(view.buffer, view.byteOffset + from));
    if (header === undefined) {
      this.#fault = 'neither a pcap nor a pcapng file';
      return from;
    }
    this.#format = new PcapFormat(header, this.#clock, this.#decoder);
    return this.#format.read(bytes, view, from + PCAP_HEADER_BYTES);
  }

  lengthAt(view: DataView, at: number): number {
    return this.#format?.lengthAt(view, at) ?? PCAP_HEADER_BYTES;
  }
}
