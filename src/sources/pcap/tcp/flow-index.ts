import type { Segment } from '../segment.ts';

/** Both addresses, four words each, and both ports in one. */
const WORDS = 9;
const PORTS = 8;
const IPV4_MAPPED = 0xffff;

/**
 * Finds the slot of a connection by addresses and ports, from either side. Open addressing with linear probing;
 * keys lie by slot, so that a packet makes no string, no object and no big integer.
 *
 * Worked example: 192.0.2.1:4000 opened slot 7. Its key is the words [0, 0, 0xffff, 0xc0000201, <other address>,
 * 4000 << 16 | 80] at 7 × 9. The hash is the sum of the two ends' hashes, so that a packet of either direction comes
 * to the same bucket; which way round it matches tells its direction: 0 is that of the first packet.
 */
export class FlowIndex {
  /** Slot + 1; 0 is a free bucket. */
  #buckets: Int32Array;
  #keys: Int32Array;
  /** The slot that was found last; -1: it is not there any more. */
  #last = -1;
  /** Unknown to whoever sends the packets: nobody can choose addresses that all come to one bucket. */
  readonly #seed = (Math.random() * 0x1_0000_0000) | 0;

  constructor(slots: number) {
    this.#buckets = new Int32Array(slots * 2);
    this.#keys = new Int32Array(slots * WORDS);
  }

  /** Slot × 2 + direction, or -1. */
  find(segment: Segment): number {
    // A packet often belongs to the connection of the one before it.
    const last = this.#last;
    if (last >= 0) {
      const direction = this.#match(last, segment);
      if (direction >= 0) return last * 2 + direction;
    }
    const buckets = this.#buckets;
    const mask = buckets.length - 1;
    for (let bucket = this.#hash(segment) & mask; ; bucket = (bucket + 1) & mask) {
      const slot = buckets[bucket] - 1;
      if (slot < 0) return -1;
      const direction = this.#match(slot, segment);
      if (direction < 0) continue;
      this.#last = slot;
      return slot * 2 + direction;
    }
  }

  /** The segment's key must not be in the index. */
  insert(slot: number, segment: Segment): void {
    const keys = this.#keys;
    const at = slot * WORDS;
    keys[at] = segment.source0;
    keys[at + 1] = segment.source1;
    keys[at + 2] = segment.source2;
    keys[at + 3] = segment.source3;
    keys[at + 4] = segment.destination0;
    keys[at + 5] = segment.destination1;
    keys[at + 6] = segment.destination2;
    keys[at + 7] = segment.destination3;
    keys[at + PORTS] = (segment.sourcePort << 16) | segment.destinationPort;
    this.#place(slot, this.#hash(segment));
  }

  /** The key that another index has at `otherSlot`. */
  insertFrom(slot: number, other: FlowIndex, otherSlot: number): void {
    const from = otherSlot * WORDS;
    for (let word = 0; word < WORDS; word++) this.#keys[slot * WORDS + word] = other.#keys[from + word];
    this.#place(slot, this.#hashOf(slot));
  }

  /** Fills the hole with what was pushed behind it, so that no tombstones slow the search. */
  remove(slot: number): void {
    if (this.#last === slot) this.#last = -1;
    const buckets = this.#buckets;
    const mask = buckets.length - 1;
    let hole = this.#hashOf(slot) & mask;
    while (buckets[hole] !== slot + 1) hole = (hole + 1) & mask;
    for (let bucket = (hole + 1) & mask; buckets[bucket] !== 0; bucket = (bucket + 1) & mask) {
      const home = this.#hashOf(buckets[bucket] - 1) & mask;
      // It may move to the hole unless its home lies behind the hole, cyclically.
      if (((bucket - home) & mask) >= ((bucket - hole) & mask)) {
        buckets[hole] = buckets[bucket];
        hole = bucket;
      }
    }
    buckets[hole] = 0;
  }

  /** `slots` is a power of two, and the number of slots that may be used. */
  grow(slots: number): void {
    const old = this.#buckets;
    const keys = new Int32Array(slots * WORDS);
    keys.set(this.#keys);
    this.#keys = keys;
    this.#buckets = new Int32Array(slots * 2);
    for (const entry of old) if (entry !== 0) this.#place(entry - 1, this.#hashOf(entry - 1));
  }

  /** One end's address as words of 32 bits, and its port: `side` 0 is who sent the first packet. */
  addressWord(slot: number, side: number, word: number): number {
    return this.#keys[slot * WORDS + side * 4 + word];
  }

  port(slot: number, side: number): number {
    const ports = this.#keys[slot * WORDS + PORTS];
    return side === 0 ? ports >>> 16 : ports & 0xffff;
  }

  #place(slot: number, hash: number): void {
    const buckets = this.#buckets;
    const mask = buckets.length - 1;
    let bucket = hash & mask;
    while (buckets[bucket] !== 0) bucket = (bucket + 1) & mask;
    buckets[bucket] = slot + 1;
  }

  /** 0 or 1: the direction; -1: not this connection. */
  #match(slot: number, segment: Segment): number {
    const keys = this.#keys;
    const at = slot * WORDS;
    const ports = keys[at + PORTS];
    const { sourcePort, destinationPort } = segment;
    const source = segment.source3 | 0;
    const destination = segment.destination3 | 0;
    if (
      keys[at + 3] === source &&
      keys[at + 7] === destination &&
      ports === ((sourcePort << 16) | destinationPort) &&
      this.#restMatches(at, at + 4, segment)
    ) {
      return 0;
    }
    if (
      keys[at + 7] === source &&
      keys[at + 3] === destination &&
      ports === ((destinationPort << 16) | sourcePort) &&
      this.#restMatches(at + 4, at, segment)
    ) {
      return 1;
    }
    return -1;
  }

  /** The upper 96 bits of both addresses. */
  #restMatches(source: number, destination: number, segment: Segment): boolean {
    const keys = this.#keys;
    if (segment.ipVersion === 4) return keys[source + 2] === IPV4_MAPPED && keys[source] === 0;
    return (
      keys[source] === (segment.source0 | 0) &&
      keys[source + 1] === (segment.source1 | 0) &&
      keys[source + 2] === (segment.source2 | 0) &&
      keys[destination] === (segment.destination0 | 0) &&
      keys[destination + 1] === (segment.destination1 | 0) &&
      keys[destination + 2] === (segment.destination2 | 0)
    );
  }

  #hash(segment: Segment): number {
    const { source0, source1, source2, source3, sourcePort } = segment;
    const { destination0, destination1, destination2, destination3, destinationPort } = segment;
    return mixed(
      endHash(source0, source1, source2, source3, sourcePort, this.#seed) +
        endHash(destination0, destination1, destination2, destination3, destinationPort, this.#seed),
    );
  }

  #hashOf(slot: number): number {
    const keys = this.#keys;
    const at = slot * WORDS;
    const ports = keys[at + PORTS];
    return mixed(
      endHash(keys[at], keys[at + 1], keys[at + 2], keys[at + 3], ports >>> 16, this.#seed) +
        endHash(keys[at + 4], keys[at + 5], keys[at + 6], keys[at + 7], ports & 0xffff, this.#seed),
    );
  }
}

/** Multiply-xor as in MurmurHash3's finalizer: neighbouring addresses and ports must spread. */
function endHash(a: number, b: number, c: number, d: number, port: number, seed: number): number {
  const address = Math.imul(a ^ seed, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35) ^ d;
  const hash = Math.imul(address ^ Math.imul(port + 1, 0x27d4eb2f), 0x85ebca6b);
  return Math.imul(hash ^ (hash >>> 15) ^ seed, 0xc2b2ae35);
}

function mixed(sum: number): number {
  const hash = Math.imul(sum ^ (sum >>> 16), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
