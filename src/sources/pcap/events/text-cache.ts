/** A text of one column, and the code that it has in the batch that is being gathered. */
export interface Text {
  readonly text: string;
  batch: number;
  code: number;
}

const SLOTS = 512;
/** Longer texts are not kept: they hardly come twice. */
const LONGEST = 128;
const HASHED = 24;

/**
 * Bytes to texts, each decoded once as long as it keeps coming. Direct-mapped, so that nothing has to be evicted
 * and memory is bounded: a text takes the place of the one that had its slot. A text that was given out lives as
 * long as somebody holds it.
 */
export class TextCache {
  readonly #texts: (Text | undefined)[] = new Array<Text | undefined>(SLOTS).fill(undefined);
  readonly #lengths = new Uint8Array(SLOTS);
  readonly #bytes = new Uint8Array(SLOTS * LONGEST);

  textOf(bytes: Uint8Array, start: number, end: number): Text {
    const length = end - start;
    if (length > LONGEST) return newText(decode(bytes, start, end));
    const slot = hashOf(bytes, start, end) & (SLOTS - 1);
    const at = slot * LONGEST;
    const known = this.#texts[slot];
    if (known !== undefined && this.#lengths[slot] === length) {
      const kept = this.#bytes;
      let same = 0;
      while (same < length && kept[at + same] === bytes[start + same]) same++;
      if (same === length) return known;
    }
    const text = newText(decode(bytes, start, end));
    this.#texts[slot] = text;
    this.#lengths[slot] = length;
    for (let index = 0; index < length; index++) this.#bytes[at + index] = bytes[start + index];
    return text;
  }
}

/** Texts of one column that follow from those of another: made once for each, and gone with it. */
export class DerivedTexts {
  readonly #derived = new WeakMap<Text, Text>();

  of(source: Text, derive: (text: string) => string): Text {
    const known = this.#derived.get(source);
    if (known !== undefined) return known;
    const text = newText(derive(source.text));
    this.#derived.set(source, text);
    return text;
  }
}

export function newText(text: string): Text {
  return { text, batch: 0, code: 0 };
}

/** Texts differ at their end more often than at their beginning. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = end - start > HASHED ? end - HASHED : start; at < end; at++) {
    hash = Math.imul(hash ^ bytes[at], 0x01000193);
  }
  return hash ^ (hash >>> 15);
}

/** UTF-8 where it is, otherwise each byte as the character of that number (ISO 8859-1), so that nothing is lost. */
function decode(bytes: Uint8Array, start: number, end: number): string {
  for (let at = start; at < end; at++) {
    if (bytes[at] >= 0x80) return decodeUtf8(bytes.subarray(start, end));
  }
  return latin1(bytes, start, end);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return latin1(bytes, 0, bytes.length);
  }
}

/** Without the object that `Buffer.from` would make. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.prototype.latin1Slice.call(bytes, start, end);
}
