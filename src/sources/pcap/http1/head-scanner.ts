import { type Text, TextCache } from '../events/text-cache.ts';
import { RepeatedBytes } from './repeated-bytes.ts';

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const COMMA = 44;
const COLON = 58;
const TO_LOWER = 32;

/** Headers that decide where a message ends and what follows it. */
const FRAMING: readonly string[] = ['content-length', 'transfer-encoding', 'connection', 'upgrade'];
const [CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION, UPGRADE] = FRAMING.keys();
const BUCKETS = 256;
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

/**
 * Walks over the header lines of one message, byte by byte, once, and looks only at those that are known: names are
 * compared whole and without regard to case. What was found last lies in the fields.
 */
export class HeadScanner {
  /** -1: none, or none that makes sense. */
  contentLength = -1;
  hasTransferEncoding = false;
  /** `chunked` is the last encoding. */
  isChunked = false;
  /** `connection: upgrade` is there. */
  asksUpgrade = false;
  connectionCloses = false;
  connectionKeepsAlive = false;
  /** The first protocol that `upgrade` names, in lower case. */
  upgrade = '';
  /** The headers that were scanned last, which the fields and `#lastValues` are of. */
  readonly #last = new RepeatedBytes();
  readonly #lastValues: (Text | undefined)[];
  readonly #buckets: (readonly KnownHeader[] | undefined)[] = new Array<undefined>(BUCKETS).fill(undefined);

  /** `wanted` are names in lower case. Their values go to the places that they have there. */
  constructor(wanted: readonly string[]) {
    this.#lastValues = wanted.map(() => undefined);
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
    if (this.#last.isAt(bytes, start, end)) {
      for (let index = 0; index < this.#lastValues.length; index++) values[index] = this.#lastValues[index];
      return start + this.#last.length;
    }
    this.#begin();
    const bodyStart = this.#scanLines(bytes, start, end, values);
    if (bodyStart >= 0 && this.#last.remember(bytes, start, bodyStart)) {
      for (let index = 0; index < this.#lastValues.length; index++) this.#lastValues[index] = values[index];
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
      const nameEnd = at;
      const known = byte === COLON ? this.#buckets[hash & (BUCKETS - 1)] : undefined;
      while (bytes[at] !== LF) {
        at++;
        if (at === end) return -1;
      }
      if (known !== undefined) this.#header(known, bytes, line, nameEnd, at, values);
      at++;
    }
    return -1;
  }

  #begin(): void {
    this.#last.length = 0;
    this.contentLength = -1;
    this.hasTransferEncoding = false;
    this.isChunked = false;
    this.asksUpgrade = false;
    this.connectionCloses = false;
    this.connectionKeepsAlive = false;
    this.upgrade = '';
  }

  #header(
    candidates: readonly KnownHeader[],
    bytes: Uint8Array,
    start: number,
    nameEnd: number,
    lineEnd: number,
    values: (Text | undefined)[],
  ): void {
    for (const header of candidates) {
      if (!isName(header.name, bytes, start, nameEnd)) continue;
      let from = nameEnd + 1;
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
    switch (which) {
      case CONTENT_LENGTH:
        if (this.contentLength < 0) this.contentLength = wholeNumber(bytes, from, to);
        break;
      case TRANSFER_ENCODING:
        this.hasTransferEncoding = true;
        this.isChunked = endsWithToken(bytes, from, to, CHUNKED);
        break;
      case CONNECTION:
        this.asksUpgrade ||= hasToken(bytes, from, to, UPGRADE_TOKEN);
        this.connectionCloses ||= hasToken(bytes, from, to, CLOSE);
        this.connectionKeepsAlive ||= hasToken(bytes, from, to, KEEP_ALIVE);
        break;
      case UPGRADE:
        this.upgrade = firstToken(bytes, from, to);
        break;
    }
  }
}

const CHUNKED = tokenBytes('chunked');
const UPGRADE_TOKEN = tokenBytes('upgrade');
const CLOSE = tokenBytes('close');
const KEEP_ALIVE = tokenBytes('keep-alive');

function tokenBytes(token: string): Uint8Array {
  return new TextEncoder().encode(token);
}

function nameHash(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let at = start; at < end; at++) hash = Math.imul(hash, 31) + (bytes[at] | TO_LOWER);
  return hash;
}

/** `name` in lower case. A name may be followed by blanks before the colon, which some senders do. */
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
