/** `000` to `999`, three bytes each: a number is written three digits at a time. */
const THREE_DIGITS = Uint8Array.from({ length: 3000 }, (_, index) => {
  const number = Math.floor(index / 3);
  return 0x30 + (Math.floor(number / 10 ** (2 - (index % 3))) % 10);
});

const UTF8 = new TextEncoder();
const DOT = 0x2e;
/** Whole numbers below are written without making a text of them. */
const LARGEST_FAST = 1e15;
/** The longest text of a number. */
const NUMBER_BYTES = 32;

/**
 * Text for a program to read, written as bytes into one buffer that is used again: a string for each piece of each
 * line would take longer than the work that the line tells of.
 */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written since `clear`; valid until the next write. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  /** Raw bytes. */
  bytes(source: Uint8Array): void {
    const count = source.length;
    if (this.#length + count > this.#bytes.length) this.#grow(count);
    const target = this.#bytes;
    const at = this.#length;
    // Up to here a loop is faster than the call.
    if (count > 48) target.set(source, at);
    else for (let index = 0; index < count; index++) target[at + index] = source[index];
    this.#length = at + count;
  }

  /** One byte for each character; false, and nothing written, when one is above U+00FF. */
  latin1(text: string): boolean {
    const count = text.length;
    if (this.#length + count > this.#bytes.length) this.#grow(count);
    const target = this.#bytes;
    const at = this.#length;
    for (let index = 0; index < count; index++) {
      const code = text.charCodeAt(index);
      if (code > 0xff) return false;
      target[at + index] = code;
    }
    this.#length = at + count;
    return true;
  }

  utf8(text: string): void {
    const most = text.length * 3;
    if (this.#length + most > this.#bytes.length) this.#grow(most);
    this.#length += UTF8.encodeInto(text, this.#bytes.subarray(this.#length)).written;
  }

  /** A number as JavaScript writes it. */
  number(value: number): void {
    if (!(value >= 0 && value < LARGEST_FAST && Math.floor(value) === value)) {
      this.latin1(String(value));
      return;
    }
    this.#roomForNumber();
    this.#whole(value);
  }

  /** Seconds with six decimals, rounded: 0.0000274 is `0.000027`. */
  secondsWithMicros(seconds: number): void {
    const micros = Math.round(seconds * 1e6);
    if (!(micros >= 0 && micros < LARGEST_FAST)) {
      this.latin1(seconds.toFixed(6));
      return;
    }
    this.#roomForNumber();
    const whole = Math.floor(micros / 1e6);
    this.#whole(whole);
    this.#sixDecimals(micros - whole * 1e6);
  }

  /** `.` and six digits: 74 is `.000074`. */
  fraction(micros: number): void {
    this.#roomForNumber();
    this.#sixDecimals(micros);
  }

  #sixDecimals(micros: number): void {
    const bytes = this.#bytes;
    const at = this.#length;
    const thousands = Math.floor(micros / 1000);
    const high = thousands * 3;
    const low = (micros - thousands * 1000) * 3;
    bytes[at] = DOT;
    bytes[at + 1] = THREE_DIGITS[high];
    bytes[at + 2] = THREE_DIGITS[high + 1];
    bytes[at + 3] = THREE_DIGITS[high + 2];
    bytes[at + 4] = THREE_DIGITS[low];
    bytes[at + 5] = THREE_DIGITS[low + 1];
    bytes[at + 6] = THREE_DIGITS[low + 2];
    this.#length = at + 7;
  }

  #whole(value: number): void {
    if (value < 1000) {
      this.#upToThree(value);
      return;
    }
    const thousands = Math.floor(value / 1000);
    this.#whole(thousands);
    this.#three(value - thousands * 1000);
  }

  #upToThree(value: number): void {
    const digit = value * 3;
    const bytes = this.#bytes;
    if (value >= 100) bytes[this.#length++] = THREE_DIGITS[digit];
    if (value >= 10) bytes[this.#length++] = THREE_DIGITS[digit + 1];
    bytes[this.#length++] = THREE_DIGITS[digit + 2];
  }

  #three(value: number): void {
    const digit = value * 3;
    const bytes = this.#bytes;
    bytes[this.#length++] = THREE_DIGITS[digit];
    bytes[this.#length++] = THREE_DIGITS[digit + 1];
    bytes[this.#length++] = THREE_DIGITS[digit + 2];
  }

  #roomForNumber(): void {
    if (this.#length + NUMBER_BYTES > this.#bytes.length) this.#grow(NUMBER_BYTES);
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + needed));
    larger.set(this.view());
    this.#bytes = larger;
  }
}
