import { PASSED_OVER, type ReadCounts } from './read-counts.ts';

/** What Linux keeps fragments for (net.ipv4.ipfrag_time). */
const MAX_AGE_NANOS = 30e9;
const MAX_PACKETS = 256;
/** No IP packet that is cut into fragments is longer. */
const MAX_BYTES = 65_535;

export interface Fragment {
  /** The same for all fragments of a packet, and for no others. */
  readonly key: string;
  readonly nanos: number;
  /** Where it belongs in the payload of the whole packet. */
  readonly offset: number;
  readonly captured: Uint8Array;
  /** On the wire: more than was captured when the record was cut off. */
  readonly length: number;
  readonly isLast: boolean;
}

/** The payload of an IP packet, put together. */
export interface WholePayload {
  /** Zeros where nothing was captured. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Up to here every byte was captured. */
  readonly captured: number;
}

interface Unfinished {
  readonly began: number;
  fragments: number;
  bytes: Uint8Array<ArrayBuffer>;
  /** Which bytes have come: ranges [start, end), sorted, none touching another. */
  ranges: [start: number, end: number][];
  captured: number;
  /** `undefined` before the last fragment has come. */
  total: number | undefined;
}

/**
 * Puts fragments of IP packets together. Where two overlap, the bytes that came first stay. At most 256 packets of
 * 64 KiB wait at a time, none longer than 30 s; what has to go is counted.
 */
export class FragmentTable {
  readonly #counts: ReadCounts;
  /** The one that began first comes first. */
  readonly #unfinished = new Map<string, Unfinished>();

  constructor(counts: ReadCounts) {
    this.#counts = counts;
  }

  /** The whole payload when this fragment is the last that was missing. */
  add(fragment: Fragment): WholePayload | undefined {
    const { key, nanos, offset, length, isLast } = fragment;
    this.#makeRoom(key, nanos);
    const packet = this.#unfinished.get(key) ?? begin(nanos);
    const end = offset + length;
    // Only the last fragment may have a length that is no multiple of 8 (RFC 791, RFC 8200).
    const isPossible = length > 0 && end <= MAX_BYTES && (isLast || length % 8 === 0);
    const fits = isLast ? packet.total === undefined || packet.total === end : end <= (packet.total ?? end);
    if (!isPossible || !fits || (isLast && lastEnd(packet) > end)) {
      this.#counts.passOver(PASSED_OVER.malformed_header);
      return undefined;
    }
    if (!fill(packet, fragment)) {
      this.#counts.passOver(PASSED_OVER.fragment_duplicate);
      return undefined;
    }
    if (isLast) packet.total = end;
    if (packet.ranges.length === 1 && packet.ranges[0][0] === 0 && packet.ranges[0][1] === packet.total) {
      this.#unfinished.delete(key);
      this.#counts.fragmentsHeld -= packet.fragments;
      this.#counts.passOver(PASSED_OVER.fragment_merged, packet.fragments);
      const bytes = packet.bytes.slice(0, packet.total);
      return { bytes, captured: Math.min(packet.captured, packet.total) };
    }
    packet.fragments += 1;
    this.#counts.fragmentsHeld += 1;
    this.#unfinished.set(key, packet);
    return undefined;
  }

  end(): void {
    for (const [key, packet] of this.#unfinished) this.#giveUp(key, packet);
  }

  #makeRoom(key: string, nanos: number): void {
    const most = this.#unfinished.has(key) ? MAX_PACKETS : MAX_PACKETS - 1;
    for (const [oldest, packet] of this.#unfinished) {
      if (this.#unfinished.size <= most && nanos - packet.began <= MAX_AGE_NANOS) return;
      this.#giveUp(oldest, packet);
    }
  }

  #giveUp(key: string, { fragments }: Unfinished): void {
    this.#unfinished.delete(key);
    this.#counts.fragmentsHeld -= fragments;
    this.#counts.passOver(PASSED_OVER.fragment_incomplete, fragments);
  }
}

function begin(nanos: number): Unfinished {
  return {
    began: nanos,
    fragments: 0,
    bytes: new Uint8Array(0),
    ranges: [],
    captured: MAX_BYTES,
    total: undefined,
  };
}

function lastEnd({ ranges }: Unfinished): number {
  return ranges.at(-1)?.[1] ?? 0;
}

/** Writes what the fragment has of bytes that are still missing. False when there are none. */
function fill(packet: Unfinished, { offset, captured, length }: Fragment): boolean {
  const end = offset + length;
  const missing = gapsBetween(packet.ranges, offset, end);
  if (missing.length === 0) return false;
  if (packet.bytes.length < end) packet.bytes = enlarged(packet.bytes, end);
  for (const [from, to] of missing) {
    packet.bytes.set(captured.subarray(from - offset, to - offset), from);
    const capturedEnd = offset + captured.length;
    if (to > capturedEnd) packet.captured = Math.min(packet.captured, Math.max(from, capturedEnd));
  }
  packet.ranges = joined([...packet.ranges, [offset, end]]);
  return true;
}

function enlarged(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.min(MAX_BYTES, Math.max(length, bytes.length * 2)));
  larger.set(bytes);
  return larger;
}

/** What of [start, end) no range covers. */
function gapsBetween(
  ranges: Unfinished['ranges'],
  start: number,
  end: number,
): readonly (readonly [from: number, to: number])[] {
  const gaps: [number, number][] = [];
  let at = start;
  for (const [from, to] of ranges) {
    if (to <= at || from >= end) continue;
    if (from > at) gaps.push([at, from]);
    at = to;
  }
  if (at < end) gaps.push([at, end]);
  return gaps;
}

function joined(ranges: Unfinished['ranges']): Unfinished['ranges'] {
  const result: Unfinished['ranges'] = [];
  for (const [start, end] of ranges.sort((one, other) => one[0] - other[0])) {
    const last = result.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else result.push([start, end]);
  }
  return result;
}
