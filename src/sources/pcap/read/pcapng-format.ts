import type { CaptureClock } from './capture-clock.ts';
import type { RecordFormat } from './capture-format.ts';
import type { PacketDecoder } from './packet-decoder.ts';
import { type PcapngInterface, parseInterface } from './pcapng-interface.ts';
import { eachOption } from './pcapng-options.ts';
import type { ReadCounts } from './read-counts.ts';

/** draft-ietf-opsawg-pcapng, 11.1. What is not here is skipped. */
const BLOCK = {
  interfaceDescription: 1,
  obsoletePacket: 2,
  simplePacket: 3,
  interfaceStatistics: 5,
  enhancedPacket: 6,
  /** The same in both byte orders. */
  sectionHeader: 0x0a0d0d0a,
} as const;

/** How long a block is at least, with its two lengths. */
const LEAST_BYTES: Readonly<Record<number, number>> = {
  [BLOCK.interfaceDescription]: 20,
  [BLOCK.obsoletePacket]: 32,
  [BLOCK.simplePacket]: 16,
  [BLOCK.interfaceStatistics]: 24,
  [BLOCK.enhancedPacket]: 32,
  [BLOCK.sectionHeader]: 28,
};

export const SECTION_HEADER_MAGIC = BLOCK.sectionHeader;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Type, length and, in a section header, the byte order: with these it is known how long the block is. */
const HEAD_BYTES = 12;
const BODY = 8;
const TRAILER_BYTES = 4;
/** Twice what is allowed for a packet; the rest is for options. What is longer is taken for damage. */
const MAX_BLOCK_BYTES = 2 << 20;
const MAX_INTERFACES = 65_536;
const KNOWN_VERSION = 1;

const STATISTICS_OPTION = { droppedByInterface: 5, droppedByKernel: 7 } as const;
const UNKNOWN_DROPS = 0xffff;

/** The blocks of one pcapng file, in one or several sections. */
export class PcapngFormat implements RecordFormat {
  fault: string | undefined;
  readonly #clock: CaptureClock;
  readonly #counts: ReadCounts;
  readonly #decoder: PacketDecoder;
  #littleEndian = true;
  #interfaces: PcapngInterface[] = [];
  /** Of the newest packet that has a time: simple packets have none, and count as captured with it. */
  #nanos = 0;

  constructor(clock: CaptureClock, counts: ReadCounts, decoder: PacketDecoder) {
    this.#clock = clock;
    this.#counts = counts;
    this.#decoder = decoder;
  }

  read(bytes: Uint8Array, view: DataView, from: number): number {
    this.#decoder.within(bytes, view, this.#littleEndian);
    let at = from;
    while (bytes.length - at >= HEAD_BYTES) {
      if (view.getUint32(at) === BLOCK.sectionHeader) this.#setByteOrder(view, at);
      if (this.fault !== undefined) return at;
      const type = view.getUint32(at, this.#littleEndian);
      const length = view.getUint32(at + 4, this.#littleEndian);
      const least = type === BLOCK.enhancedPacket ? 32 : LEAST_BYTES[type];
      this.fault = this.#faultIn(type, length, least);
      if (this.fault !== undefined) return at;
      if (least !== undefined) {
        if (length > bytes.length - at) return at;
        const trailer = view.getUint32(at + length - TRAILER_BYTES, this.#littleEndian);
        if (trailer !== length) this.fault = `a block that gives its length as ${length} and as ${trailer}`;
        else if (type === BLOCK.enhancedPacket) this.#enhancedPacket(view, at + BODY, length);
        else this.#block(type, bytes, view, at, length);
        if (this.fault !== undefined) return at;
      }
      at += length;
    }
    return at;
  }

  lengthAt(view: DataView, at: number): number {
    if (view.byteLength - at < HEAD_BYTES) return HEAD_BYTES;
    const isSection = view.getUint32(at) === BLOCK.sectionHeader;
    const littleEndian = isSection ? isLittleEndian(view, at) : this.#littleEndian;
    const least = LEAST_BYTES[view.getUint32(at, littleEndian)];
    const length = view.getUint32(at + 4, littleEndian);
    // What `read` skips or refuses must not be waited for.
    return least === undefined || length < least || length > MAX_BLOCK_BYTES ? HEAD_BYTES : length;
  }

  #faultIn(type: number, length: number, least: number | undefined): string | undefined {
    if (length < (least ?? HEAD_BYTES) || length % 4 !== 0) {
      return `a block of type ${type} and ${length} bytes, where at least ${least ?? HEAD_BYTES} and a multiple of 4 are allowed`;
    }
    if (least !== undefined && length > MAX_BLOCK_BYTES) {
      return `a block of type ${type} and ${length} bytes, where at most ${MAX_BLOCK_BYTES} are allowed`;
    }
    return undefined;
  }

  #block(type: number, bytes: Uint8Array, view: DataView, at: number, length: number): void {
    const body = at + BODY;
    switch (type) {
      case BLOCK.sectionHeader:
        this.#section(view, at);
        this.#decoder.within(bytes, view, this.#littleEndian);
        return;
      case BLOCK.interfaceDescription:
        if (this.#interfaces.length === MAX_INTERFACES) this.fault = `more than ${MAX_INTERFACES} interfaces`;
        else
          this.#interfaces.push(parseInterface(view, body, at + length - TRAILER_BYTES, this.#littleEndian));
        return;
      case BLOCK.interfaceStatistics:
        this.#statistics(view, body, at + length - TRAILER_BYTES);
        return;
      case BLOCK.obsoletePacket:
        this.#obsoletePacket(view, body, length);
        return;
      case BLOCK.simplePacket:
        this.#simplePacket(view, body, length);
    }
  }

  #setByteOrder(view: DataView, section: number): void {
    this.#littleEndian = isLittleEndian(view, section);
    const magic = view.getUint32(section + 8, this.#littleEndian);
    if (magic !== BYTE_ORDER_MAGIC) {
      this.fault = `a pcapng section whose byte order is told by 0x${magic.toString(16)}, where 0x1a2b3c4d is allowed, in either order`;
    }
  }

  #section(view: DataView, at: number): void {
    const major = view.getUint16(at + 12, this.#littleEndian);
    const minor = view.getUint16(at + 14, this.#littleEndian);
    this.#interfaces = [];
    if (major !== KNOWN_VERSION) {
      this.fault = `a pcapng section of version ${major}.${minor}, where version 1 is known`;
    }
  }

  #enhancedPacket(view: DataView, body: number, length: number): void {
    const order = this.#littleEndian;
    this.#packet(view, body, view.getUint32(body, order), view.getUint32(body + 12, order), length - 32);
  }

  #obsoletePacket(view: DataView, body: number, length: number): void {
    const drops = view.getUint16(body + 2, this.#littleEndian);
    if (drops !== UNKNOWN_DROPS) this.#counts.captureDropped += drops;
    const captured = view.getUint32(body + 12, this.#littleEndian);
    this.#packet(view, body, view.getUint16(body, this.#littleEndian), captured, length - 32);
  }

  /** Enhanced and obsolete packets differ in how they name their interface; time, lengths and data lie the same. */
  #packet(view: DataView, body: number, id: number, captured: number, room: number): void {
    const order = this.#littleEndian;
    const from = this.#interfaces[id];
    if (from === undefined) {
      this.fault = `a packet of interface ${id}, where the section has ${this.#interfaces.length} interfaces`;
      return;
    }
    if (captured > room) {
      this.fault = `a packet of ${captured} bytes in a block that has room for ${room}`;
      return;
    }
    this.#nanos = from.nanos(this.#clock, view.getUint32(body + 4, order), view.getUint32(body + 8, order));
    this.#decoder.packet(
      body + 20,
      captured,
      view.getUint32(body + 16, order),
      from.linkType,
      this.#nanos,
      id + 1,
    );
  }

  #simplePacket(view: DataView, body: number, length: number): void {
    const from = this.#interfaces[0];
    if (from === undefined) {
      this.fault = 'a simple packet in a section without an interface';
      return;
    }
    const wireLength = view.getUint32(body, this.#littleEndian);
    const captured = Math.min(
      wireLength,
      from.snaplen || wireLength,
      length - LEAST_BYTES[BLOCK.simplePacket],
    );
    this.#clock.begin(0, 0);
    this.#decoder.packet(body + 4, captured, wireLength, from.linkType, this.#nanos, 1);
  }

  /** Counters since the interface was opened, so only what came since the last statistics is new. */
  #statistics(view: DataView, body: number, end: number): void {
    const from = this.#interfaces[view.getUint32(body, this.#littleEndian)];
    if (from === undefined) return;
    let dropped = 0;
    eachOption(view, body + 12, end, this.#littleEndian, (code, at, length) => {
      const isDrops =
        code === STATISTICS_OPTION.droppedByInterface || code === STATISTICS_OPTION.droppedByKernel;
      if (isDrops && length === 8) dropped += Number(view.getBigUint64(at, this.#littleEndian));
    });
    this.#counts.captureDropped += Math.max(0, dropped - from.dropped);
    from.dropped = dropped;
  }
}

/** By the magic of a section header. What is neither counts as big endian, and is found out by its value. */
function isLittleEndian(view: DataView, at: number): boolean {
  return view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC;
}
