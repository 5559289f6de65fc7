import { HpackTable } from './hpack-table.ts';
import { decodeHuffman, huffmanTextBytes } from './huffman.ts';

/** One header field; `undefined` for what the capture cannot tell. */
export type OnField = (name: string | undefined, value: string | undefined) => void;

/** A length or an index beyond this is damage, not a header. */
const LARGEST_INTEGER = 0xff_ffff;

/**
 * Header blocks of one direction of a connection (RFC 7541). A block that is damaged or missing makes the entries of
 * the dynamic table unknown from there on, and says so with `undefined`; it is never an exception and never a guess.
 */
export class HpackDecoder {
  readonly #table: HpackTable;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #broken = false;
  #text = new Uint8Array(256);

  /** `complete`: the connection is seen from its first byte on. */
  constructor(complete: boolean) {
    this.#table = new HpackTable(complete);
  }

  /** A header block was lost, whole or in part. */
  lose(): void {
    this.#table.lose();
  }

  /** Every field of a whole block, in order. False when it is damaged: the fields up to there were given. */
  decode(bytes: Uint8Array, start: number, end: number, onField: OnField): boolean {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#broken = false;
    while (this.#at < this.#end && !this.#broken) this.#field(onField);
    if (this.#broken) this.#table.lose();
    return !this.#broken;
  }

  #field(onField: OnField): void {
    const first = this.#bytes[this.#at];
    if (first >= 0x80) this.#indexed(onField);
    else if (first >= 0x40) this.#literal(onField, 6, true);
    else if (first < 0x20) this.#literal(onField, 4, false);
    else this.#resize();
  }

  #resize(): void {
    const bytes = this.#integer(5);
    if (!this.#broken) this.#table.resize(bytes);
  }

  #indexed(onField: OnField): void {
    const index = this.#integer(7);
    if (!this.#broken && this.#table.has(index)) onField(this.#table.name(index), this.#table.value(index));
    else this.#broken = true;
  }

  #literal(onField: OnField, prefixBits: number, remember: boolean): void {
    const index = this.#integer(prefixBits);
    if (index > 0 && !this.#table.has(index)) this.#broken = true;
    const name = index > 0 ? this.#table.name(index) : this.#string();
    const value = this.#string();
    if (this.#broken) return;
    if (remember) this.#table.add(name, value);
    onField(name, value);
  }

  /** RFC 7541 §5.1. Worked example: 1337 with a prefix of 5 bits is 1f 9a 0a: 31 + 26 + 10 × 128. */
  #integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    let value = this.#bytes[this.#at++] & mask;
    if (value < mask) return value;
    for (let shift = 0; shift < 28; shift += 7) {
      if (this.#at >= this.#end) break;
      const byte = this.#bytes[this.#at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (value > LARGEST_INTEGER) break;
      if (byte < 0x80) return value;
    }
    this.#broken = true;
    return 0;
  }

  #string(): string {
    if (this.#broken || this.#at >= this.#end) {
      this.#broken = true;
      return '';
    }
    const coded = this.#bytes[this.#at] >= 0x80;
    const length = this.#integer(7);
    const start = this.#at;
    if (this.#broken || length > this.#end - start) {
      this.#broken = true;
      return '';
    }
    this.#at += length;
    if (!coded) return latin1(this.#bytes, start, this.#at);
    return this.#huffman(start, this.#at);
  }

  #huffman(start: number, end: number): string {
    const room = huffmanTextBytes(end - start);
    if (this.#text.length < room) this.#text = new Uint8Array(room * 2);
    const length = decodeHuffman(this.#bytes, start, end, this.#text);
    if (length >= 0) return latin1(this.#text, 0, length);
    this.#broken = true;
    return '';
  }
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
