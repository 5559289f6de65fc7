import { type Text, TextCache } from '../events/text-cache.ts';
import { RepeatedHeads } from './repeated-heads.ts';

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const COMMA = 44;
const COLON = 58;
const TO_LOWER = 32;

/** Headers that decide where a message ends and what follows it. */
const FRAMING: readonly string[] = ['content-length', 'transfer-encoding', 'upgrade'];
const [CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE] = FRAMING.keys();
const BUCKETS = 256;
/** Heads that come in turn: of several sizes, with and without a close. More cost more to go through. */
const REPEATED_HEADS = 8;
/** Larger bodies than anything that exists are a mistake of the sender's. */
const LARGEST_LENGTH = 2 ** 53;

interface KnownHeader {
  readonly name: Uint8Array;
  /** Into `FRAMING`, or -1. */
  readonly framing: number;
  /** Into the values of the exchange, or -1: nobody reads it. */
  readonly wanted: number;
  readonly cache: TextCache;
}

/** What the headers of one message say about where it ends and what follows it. */
export class Framing {
  /** -1: none, or none that makes sense. */
  contentLength = -1;
  hasTransferEncoding = false;
  /** `chunked` is the last encoding. */
  isChunked = false;
  /** The first protocol that `upgrade` names, in lower case. */
  upgrade = '';
  /** Of the headers that somebody wants. */
  values: (Text | undefined)[] = [];
}

/**
 * Walks over the header lines of one message, byte by byte, once, and looks only at those that are known: names are
 * compared whole and without regard to case. Heads that come again are not walked over.
 */
export class HeadScanner {
  /** Of the head that was scanned last. */
  framing = new Framing();
  readonly #repeated = new RepeatedHeads<Framing>(REPEATED_HEADS);
  readonly #wanted: number;
  readonly #buckets: (readonly KnownHeader[] | undefined)[] = new Array<undefined>(BUCKETS).fill(undefined);

  /** `wanted` are names in lower case. Their values go to the places that they have there. */
  constructor(wanted: readonly string[]) {
    this.#wanted = wanted.length;
    for (const name of new Set<string>([...FRAMING, ...wanted])) {
      const bytes = new TextEncoder().encode(name);
      const bucket = nameHash(bytes, 0, bytes.length) & (BUCKETS - 1);
      const framing = FRAMING.indexOf(name);
      const header = { name: bytes, framing, wanted: wanted.indexOf(name), cache: new TextCache() };
      this.#buckets[bucket] = [...(this.#buckets[bucket] ?? []), header];
    }
  }

  /**
   * `start` is behind the start line. Returns where the message's body begins, or -1 when the empty line before it
   * is not there yet; the fields and `values` are then of no use.
   */
  scan(bytes: Uint8Array, start: number, end: number, values: (Text | undefined)[]): number {
    const known = this.#repeated.at(bytes, start, end);
    if (known !== undefined) {
      this.framing = known;
      for (let index = 0; index < this.#wanted; index++) values[index] = known.values[index];
      return start + this.#repeated.length;
    }
    const framing = new Framing();
    this.framing = framing;
    const bodyStart = this.#scanLines(bytes, start, end, values);
    if (bodyStart >= 0) {
      framing.values = values.slice();
      this.#repeated.remember(bytes, start, bodyStart, framing);
    }
    return bodyStart;
  }

  #scanLines(bytes: Uint8Array, start: number, end: number, values: (Text | undefined)[]): number {
    let at = start;
    while (at < end) {
      const first = bytes[at];
      if (first === LF) return at + 1;
      if (first === CR) {
        if (at + 1 === end) return -1;
        if (bytes[at + 1] === LF) return at + 2;
      }
      const line = at;
      let hash = 0;
      let byte = first;
      while (byte !== COLON && byte !== LF) {
        hash = Math.imul(hash, 31) + (byte | TO_LOWER);
        at++;
        if (at === end) return -1;
        byte = bytes[at];
      }
      const colon = at;
      let nameEnd = at;
      let known = byte === COLON ? this.#buckets[hash & (BUCKETS - 1)] : undefined;
      if (byte === COLON && isBlank(bytes[at - 1])) {
        // Blanks before the colon, which some senders write and recipients of a response pass over (RFC 9112 §5.1).
        while (nameEnd > line && isBlank(bytes[nameEnd - 1])) nameEnd--;
        known = this.#buckets[nameHash(bytes, line, nameEnd) & (BUCKETS - 1)];
      }
      while (bytes[at] !== LF) {
        at++;
        if (at === end) return -1;
      }
      if (known !== undefined) this.#header(known, bytes, line, nameEnd, colon, at, values);
      at++;
    }
    return -1;
  }

  #header(
    candidates: readonly KnownHeader[],
    bytes: Uint8Array,
    start: number,
    nameEnd: number,
    colon: number,
    lineEnd: number,
    values: (Text | undefined)[],
  ): void {
    for (const header of candidates) {
      if (!isName(header.name, bytes, start, nameEnd)) continue;
      let from = colon + 1;
      let to = lineEnd;
      while (from < to && isBlank(bytes[from])) from++;
      while (to > from && isBlank(bytes[to - 1])) to--;
      if (header.framing >= 0) this.#framing(header.framing, bytes, from, to);
      // Of a header that comes twice the first counts, as with Justniffer.
      if (header.wanted >= 0 && values[header.wanted] === undefined) {
        values[header.wanted] = header.cache.textOf(bytes, from, to);
      }
      return;
    }
  }

  #framing(which: number, bytes: Uint8Array, from: number, to: number): void {
    const { framing } = this;
    switch (which) {
      case CONTENT_LENGTH:
        if (framing.contentLength < 0) framing.contentLength = wholeNumber(bytes, from, to);
        break;
      case TRANSFER_ENCODING:
        framing.hasTransferEncoding = true;
        framing.isChunked = endsWithToken(bytes, from, to, CHUNKED);
        break;
      case UPGRADE:
        framing.upgrade = firstToken(bytes, from, to);
        break;
    }
  }
}

const CHUNKED = new TextEncoder().encode('chunked');

function nameHash(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let at = start; at < end; at++) hash = Math.imul(hash, 31) + (bytes[at] | TO_LOWER);
  return hash;
}

/** `name` in lower case. */
function isName(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== name.length) return false;
  for (let index = 0; index < name.length; index++) {
    if (lower(bytes[start + index]) !== name[index]) return false;
  }
  return true;
}

function lower(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte | TO_LOWER : byte;
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === CR;
}

/** -1 when it is none. A list of equal numbers is one number (RFC 9110 §8.6). */
function wholeNumber(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  let at = from;
  for (; at < to && bytes[at] >= 48 && bytes[at] <= 57; at++) value = value * 10 + bytes[at] - 48;
  const isWhole = at > from && (at === to || bytes[at] === COMMA);
  return isWhole && value < LARGEST_LENGTH ? value : -1;
}

/** Whether a list, parted by commas, has the token (in lower case) in it. */
function hasToken(bytes: Uint8Array, from: number, to: number, token: Uint8Array): boolean {
  for (let at = from; at + token.length <= to; at++) {
    let same = 0;
    while (same < token.length && lower(bytes[at + same]) === token[same]) same++;
    if (same === token.length) {
      const next = at + same;
      const isEnd = next === to || bytes[next] === COMMA || isBlank(bytes[next]);
      const isStart = at === from || bytes[at - 1] === COMMA || isBlank(bytes[at - 1]);
      if (isStart && isEnd) return true;
    }
  }
  return false;
}

function endsWithToken(bytes: Uint8Array, from: number, to: number, token: Uint8Array): boolean {
  const start = to - token.length;
  return (
    start >= from && hasToken(bytes, start, to, token) && (start === from || !isTokenByte(bytes[start - 1]))
  );
}

function isTokenByte(byte: number): boolean {
  return byte !== COMMA && !isBlank(byte);
}

function firstToken(bytes: Uint8Array, from: number, to: number): string {
  let end = from;
  while (end < to && isTokenByte(bytes[end])) end++;
  return Buffer.from(bytes.subarray(from, Math.min(end, from + 32)))
    .toString('latin1')
    .toLowerCase();
}
