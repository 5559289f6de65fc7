import type { CaptureClock } from './capture-clock.ts';
import { eachOption } from './pcapng-options.ts';

const OPTION = { timestampResolution: 9, timestampOffset: 14 } as const;
const IS_POWER_OF_TWO = 0x80;
const MICROSECONDS = 6;
const NANOS_PER_SECOND = 1_000_000_000n;
const U32 = 2 ** 32;
/** Twice what the seconds of a pcap file can be apart: beyond it a time stamp is damaged. */
const MAX_NANOS = 2 ** 33 * 1e9;

/** One interface of a pcapng section: what its packets are, and what their time stamps count. */
export class PcapngInterface {
  readonly linkType: number;
  /** 0 says that packets were not cut off. */
  readonly snaplen: number;
  /** Packets lost so far, by the newest statistics. */
  dropped = 0;
  readonly #unitsPerSecond: bigint;
  /** What a time stamp of 0 is, in seconds since 1970. */
  readonly #offsetSeconds: bigint;
  /** Nanoseconds are units times the one by the other; one of them is 1 down to nanoseconds, so that it is exact. */
  readonly #multiplier: number;
  readonly #divisor: number;
  /** What a time stamp would be at the base of the capture clock. */
  #baseHigh = Number.NaN;
  #baseLow = 0;

  constructor(linkType: number, snaplen: number, resolution: number, offsetSeconds: bigint) {
    this.linkType = linkType;
    this.snaplen = snaplen;
    this.#offsetSeconds = offsetSeconds;
    const exponent = resolution & ~IS_POWER_OF_TWO;
    const isPowerOfTwo = (resolution & IS_POWER_OF_TWO) !== 0;
    this.#unitsPerSecond = isPowerOfTwo ? 2n ** BigInt(exponent) : 10n ** BigInt(exponent);
    const isCoarse = !isPowerOfTwo && exponent <= 9;
    this.#multiplier = isCoarse ? 10 ** (9 - exponent) : Number(NANOS_PER_SECOND);
    this.#divisor = isCoarse ? 1 : Number(this.#unitsPerSecond);
  }

  /**
   * Nanoseconds since the clock's base of a time stamp of 64 bits in two halves. The difference is taken before
   * anything else, because the time stamp itself is too long for a double.
   */
  nanos(clock: CaptureClock, high: number, low: number): number {
    if (Number.isNaN(this.#baseHigh)) this.#begin(clock, high, low);
    const units = (high - this.#baseHigh) * U32 + (low - this.#baseLow);
    const nanos = Math.floor((units * this.#multiplier) / this.#divisor);
    return Math.max(-MAX_NANOS, Math.min(MAX_NANOS, nanos));
  }

  #begin(clock: CaptureClock, high: number, low: number): void {
    const units = (BigInt(high) << 32n) | BigInt(low);
    const seconds = units / this.#unitsPerSecond + this.#offsetSeconds;
    const nanos = ((units % this.#unitsPerSecond) * NANOS_PER_SECOND) / this.#unitsPerSecond;
    clock.begin(Number(seconds), Number(nanos));
    const base = (BigInt(clock.baseSeconds) - this.#offsetSeconds) * this.#unitsPerSecond;
    this.#baseHigh = Number(base >> 32n);
    this.#baseLow = Number(base & 0xffff_ffffn);
  }
}

/** An interface description block, from its body to the end of its options. */
export function parseInterface(
  view: DataView,
  body: number,
  end: number,
  littleEndian: boolean,
): PcapngInterface {
  let resolution: number = MICROSECONDS;
  let offsetSeconds = 0n;
  eachOption(view, body + 8, end, littleEndian, (code, at, length) => {
    if (code === OPTION.timestampResolution && length === 1) resolution = view.getUint8(at);
    if (code === OPTION.timestampOffset && length === 8) offsetSeconds = view.getBigInt64(at, littleEndian);
  });
  const linkType = view.getUint16(body, littleEndian);
  return new PcapngInterface(linkType, view.getUint32(body + 4, littleEndian), resolution, offsetSeconds);
}
