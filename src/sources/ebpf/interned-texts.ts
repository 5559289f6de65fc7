/** Distinct keys kept before the dictionary starts anew: addresses of 4096 peers, some 300 KiB. */
const LIMIT = 4096;
const INITIAL_SLOTS = 1024;
const WORDS = 5;

/**
 * Texts of 16-byte keys (an address, a thread's name), each made once. A column of events then needs only a code
 * for each event, and no string or object is made for a key that was seen before.
 *
 * The table is open addressing with linear probing. Worked example: the key of 127.0.0.1 is the four words
 * [0x0100007f, 0, 0, 0] and the tag 4; they lie in `#keys` at slot × 5, and `#codes[slot]` is its code, 0 meaning
 * that the slot is free (code 0 is also "no value" in a column, so it is never given out).
 */
export class InternedTexts {
  readonly #toText: (bytes: Uint8Array, tag: number) => string;
  #keys = new Uint32Array(INITIAL_SLOTS * WORDS);
  #codes = new Uint32Array(INITIAL_SLOTS);
  #texts: string[] = [''];
  #published: readonly string[] | undefined;

  constructor(toText: (bytes: Uint8Array, tag: number) => string) {
    this.#toText = toText;
  }

  /** Call before each batch: when too many keys were seen, the dictionary starts anew, so memory stays bounded. */
  begin(): void {
    if (this.#texts.length <= LIMIT) return;
    this.#keys = new Uint32Array(INITIAL_SLOTS * WORDS);
    this.#codes = new Uint32Array(INITIAL_SLOTS);
    this.#texts = [''];
    this.#published = undefined;
  }

  /** The code of a key: its sixteen bytes as four little-endian words, and a tag that is part of the key. */
  codeOf(a: number, b: number, c: number, d: number, tag: number): number {
    const keys = this.#keys;
    const codes = this.#codes;
    const mask = codes.length - 1;
    let slot = hash(a, b, c, d, tag) & mask;
    for (;;) {
      const code = codes[slot];
      if (code === 0) return this.#add(slot, a, b, c, d, tag);
      const at = slot * WORDS;
      if (
        keys[at] === a &&
        keys[at + 1] === b &&
        keys[at + 2] === c &&
        keys[at + 3] === d &&
        keys[at + 4] === tag
      ) {
        return code;
      }
      slot = (slot + 1) & mask;
    }
  }

  /** What the codes mean. A later `codeOf` never changes an array that was given out. */
  dictionary(): readonly string[] {
    this.#published ??= this.#texts.slice();
    return this.#published;
  }

  #add(slot: number, a: number, b: number, c: number, d: number, tag: number): number {
    const bytes = new Uint8Array(16);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, a, true);
    view.setUint32(4, b, true);
    view.setUint32(8, c, true);
    view.setUint32(12, d, true);
    const code = this.#texts.push(this.#toText(bytes, tag)) - 1;
    this.#published = undefined;
    this.#codes[slot] = code;
    this.#keys.set([a, b, c, d, tag], slot * WORDS);
    if (this.#texts.length * 2 > this.#codes.length) this.#grow();
    return code;
  }

  #grow(): void {
    const keys = this.#keys;
    const codes = this.#codes;
    const slots = codes.length * 2;
    this.#keys = new Uint32Array(slots * WORDS);
    this.#codes = new Uint32Array(slots);
    for (let old = 0; old < codes.length; old += 1) {
      if (codes[old] === 0) continue;
      const key = keys.subarray(old * WORDS, (old + 1) * WORDS);
      let slot = hash(key[0], key[1], key[2], key[3], key[4]) & (slots - 1);
      while (this.#codes[slot] !== 0) slot = (slot + 1) & (slots - 1);
      this.#codes[slot] = codes[old];
      this.#keys.set(key, slot * WORDS);
    }
  }
}

/** Multiply-xor, as in MurmurHash3's finalizer: neighbouring addresses differ in one byte and must still spread. */
function hash(a: number, b: number, c: number, d: number, tag: number): number {
  let mixed = Math.imul(a ^ tag, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 15) ^ d, 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}
