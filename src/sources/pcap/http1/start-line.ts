import { RepeatedBytes } from './repeated-bytes.ts';

/** What the bytes at a message's beginning are; `maybe`: too few of them to tell. */
export const VERDICT = { no: 0, yes: 1, maybe: 2 } as const;

const CR = 13;
const LF = 10;
const SPACE = 32;
const ZERO = 48;
const NINE = 57;
const LONGEST_METHOD = 32;
/** `HTTP/` */
const HTTP = [72, 84, 84, 80, 47] as const;

/** RFC 9110 §5.6.2: the characters of a token. */
const IS_TOKEN = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  IS_TOKEN[character.charCodeAt(0)] = 1;
}

/**
 * `METHOD target HTTP/1.1`, the one that was looked at last. Positions count from the line's beginning, so they stay
 * right when the same line comes again, which is told without reading it.
 */
export class RequestLine {
  /** Another number for every line that is not as the one before it. */
  generation = 0;
  methodLength = 0;
  targetStart = 0;
  targetEnd = 0;
  versionStart = 0;
  /** Without the line's end. */
  length = 0;
  readonly #last = new RepeatedBytes();

  /** A `VERDICT`. A target with blanks in it is taken as it is. */
  look(bytes: Uint8Array, start: number, end: number): number {
    if (this.#last.isAt(bytes, start, end)) return VERDICT.yes;
    this.generation++;
    this.#last.length = 0;
    let at = start;
    const methodLimit = Math.min(end, start + LONGEST_METHOD);
    while (at < methodLimit && IS_TOKEN[bytes[at]] === 1) at++;
    if (at === methodLimit) return at === end ? VERDICT.maybe : VERDICT.no;
    if (at === start || bytes[at] !== SPACE) return VERDICT.no;
    this.methodLength = at - start;
    this.targetStart = at + 1 - start;
    let space = at;
    for (at++; at < end && bytes[at] !== LF; at++) if (bytes[at] === SPACE) space = at;
    if (at === end) return VERDICT.maybe;
    const lineEnd = bytes[at - 1] === CR ? at - 1 : at;
    this.length = lineEnd - start;
    this.targetEnd = space - start;
    this.versionStart = space + 1 - start;
    if (this.targetEnd < this.targetStart || !isVersion(bytes, space + 1, lineEnd)) return VERDICT.no;
    this.#last.remember(bytes, start, at + 1);
    return VERDICT.yes;
  }
}

/** `HTTP/1.1 200 OK`; the text may be missing. As `RequestLine`. */
export class ResponseLine {
  generation = 0;
  status = 0;
  versionLength = 0;
  reasonStart = 0;
  length = 0;
  readonly #last = new RepeatedBytes();

  /** A `VERDICT`. */
  look(bytes: Uint8Array, start: number, end: number): number {
    if (this.#last.isAt(bytes, start, end)) return VERDICT.yes;
    this.generation++;
    this.#last.length = 0;
    const compared = Math.min(HTTP.length, end - start);
    for (let index = 0; index < compared; index++) {
      if (bytes[start + index] !== HTTP[index]) return VERDICT.no;
    }
    let at = start;
    while (at < end && bytes[at] !== LF) at++;
    if (at === end) return VERDICT.maybe;
    const lineEnd = bytes[at - 1] === CR ? at - 1 : at;
    if (!this.#parse(bytes, start, lineEnd)) return VERDICT.no;
    this.#last.remember(bytes, start, at + 1);
    return VERDICT.yes;
  }

  #parse(bytes: Uint8Array, start: number, lineEnd: number): boolean {
    let space = start;
    while (space < lineEnd && bytes[space] !== SPACE) space++;
    const status = space + 1;
    if (!isVersion(bytes, start, space) || lineEnd - status < 3) return false;
    this.status = 0;
    for (let digit = status; digit < status + 3; digit++) {
      if (bytes[digit] < ZERO || bytes[digit] > NINE) return false;
      this.status = this.status * 10 + bytes[digit] - ZERO;
    }
    this.versionLength = space - start;
    this.length = lineEnd - start;
    this.reasonStart = Math.min(status + 4, lineEnd) - start;
    return this.status >= 100 && (status + 3 === lineEnd || bytes[status + 3] === SPACE);
  }
}

/** `HTTP/1.1` and the like. */
function isVersion(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < HTTP.length + 1) return false;
  for (let index = 0; index < HTTP.length; index++) if (bytes[start + index] !== HTTP[index]) return false;
  return bytes[start + HTTP.length] === ZERO + 1 || bytes[start + HTTP.length] === ZERO;
}
