const SPACE = 32;
const TAB = 9;
const NEWLINE = 10;
const MINUS = 45;
const ZERO = 48;
/** 2^64 has 20 decimal digits, and 16 hexadecimal ones. */
const MOST_DIGITS = 20;
const LONG_PREFIX = 64;

/**
 * Walks over the lines of a text of /proc and reads words and numbers in place: a string for every field would cost
 * more than all the rest of decoding. Words are separated by spaces or tabs.
 */
export class LineScanner {
  readonly #bytes: Buffer;
  #at = 0;
  #lineStart = 0;
  #lineEnd = -1;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Goes to the next line that is not blank (arm64 ends `interrupts` with one of spaces); false when there is none. */
  nextLine(): boolean {
    do if (!this.#anyNextLine()) return false;
    while (this.atLineEnd());
    this.rewind();
    return true;
  }

  /** Back to the beginning of the line. */
  rewind(): void {
    this.#at = this.#lineStart;
  }

  /** Whether only blanks are left of the line. */
  atLineEnd(): boolean {
    this.#skipBlanks();
    return this.#at === this.#lineEnd;
  }

  /** Steps over `prefix` if it comes next; otherwise nothing happens. */
  take(prefix: Uint8Array): boolean {
    const start = this.#at;
    const end = start + prefix.length;
    if (end > this.#lineEnd || !isSame(this.#bytes, start, prefix)) return false;
    this.#at = end;
    return true;
  }

  /** The next word as a whole number, which may be negative; `NaN` when it is none, or when there is no word. */
  integer(): number {
    const bytes = this.#bytes;
    const lineEnd = this.#lineEnd;
    let at = this.#at;
    while (at < lineEnd && isBlank(bytes[at])) at++;
    const isNegative = at < lineEnd && bytes[at] === MINUS;
    const start = isNegative ? at + 1 : at;
    let value = 0;
    for (at = start; at < lineEnd; at++) {
      const digit = bytes[at] - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    this.#at = at;
    if (!this.#isNumber(start)) {
      this.#skipWord();
      return Number.NaN;
    }
    return isNegative ? -value : value;
  }

  /**
   * The next word as a whole number without a sign, in base 10 or 16 (lower case). `NaN` when it is none; the word
   * is still there then.
   */
  unsigned(base: 10 | 16): number {
    this.#skipBlanks();
    const bytes = this.#bytes;
    const lineEnd = this.#lineEnd;
    const start = this.#at;
    let at = start;
    let value = 0;
    for (; at < lineEnd; at++) {
      const digit = digitOf(bytes[at]);
      if (digit >= base) break;
      value = value * base + digit;
    }
    this.#at = at;
    if (this.#isNumber(start)) return value;
    this.#at = start;
    return Number.NaN;
  }

  /** The next word; empty at the end of the line. */
  word(): string {
    this.#skipBlanks();
    const start = this.#at;
    this.#skipWord();
    return textOf(this.#bytes, start, this.#at);
  }

  /** What is left of the line, with the blanks at its end. */
  rest(): string {
    this.#skipBlanks();
    const start = this.#at;
    this.#at = this.#lineEnd;
    return textOf(this.#bytes, start, this.#lineEnd);
  }

  /** The text up to the first `character`, which is stepped over, without blanks before it; `undefined` without one. */
  until(character: number): string | undefined {
    const index = this.#bytes.indexOf(character, this.#at);
    return this.#upTo(index);
  }

  /** The same with the last one of the line. */
  untilLast(character: number): string | undefined {
    const index = this.#bytes.lastIndexOf(character, this.#lineEnd - 1);
    return this.#upTo(index);
  }

  /** A copy of the bytes from the beginning of the line to here. */
  taken(): Uint8Array {
    return this.#bytes.slice(this.#lineStart, this.#at);
  }

  #anyNextLine(): boolean {
    const bytes = this.#bytes;
    const start = this.#lineEnd + 1;
    if (start >= bytes.length) return false;
    const end = bytes.indexOf(NEWLINE, start);
    this.#lineStart = start;
    this.#lineEnd = end === -1 ? bytes.length : end;
    this.#at = start;
    return true;
  }

  #upTo(index: number): string | undefined {
    if (index < this.#at || index >= this.#lineEnd) return undefined;
    this.#skipBlanks();
    const text = textOf(this.#bytes, this.#at, index);
    this.#at = index + 1;
    return text;
  }

  /** Whether the digits from `start` to here are a whole word. */
  #isNumber(start: number): boolean {
    const at = this.#at;
    const isWhole = at === this.#lineEnd || isBlank(this.#bytes[at]);
    return isWhole && at > start && at - start <= MOST_DIGITS;
  }

  #skipBlanks(): void {
    while (this.#at < this.#lineEnd && isBlank(this.#bytes[this.#at])) this.#at++;
  }

  #skipWord(): void {
    while (this.#at < this.#lineEnd && !isBlank(this.#bytes[this.#at])) this.#at++;
  }
}

/** Natively for a long prefix, such as the names of net/netstat; for a short one the call would cost more. */
function isSame(bytes: Buffer, start: number, prefix: Uint8Array): boolean {
  if (prefix.length > LONG_PREFIX) {
    return bytes.compare(prefix, 0, prefix.length, start, start + prefix.length) === 0;
  }
  for (let index = 0; index < prefix.length; index++) {
    if (bytes[start + index] !== prefix[index]) return false;
  }
  return true;
}

/** 0 to 15, or more for a byte that is no digit. */
function digitOf(byte: number): number {
  const digit = byte - ZERO;
  if (digit >= 0 && digit <= 9) return digit;
  return byte >= 97 && byte <= 102 ? byte - 87 : 16;
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}

/** The lines that are not empty, as texts: for files so small that it does not matter. */
export function linesOf(bytes: Uint8Array): readonly string[] {
  return textOf(bytes, 0, bytes.length)
    .split('\n')
    .filter((line) => line !== '');
}
