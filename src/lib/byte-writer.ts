const WORD = 4;

/** `000` to `999`, and the same behind a dot, each as the four bytes of a little-endian word: a number is written three digits at a time. */
const THREE_DIGITS = Int32Array.from({ length: 1000 }, (_, number) => wordOf(`${digitsOf(number)}\0`));
const DOT_AND_THREE_DIGITS = Int32Array.from({ length: 1000 }, (_, number) => wordOf(`.${digitsOf(number)}`));

const UTF8 = new TextEncoder();
const ZERO = 0x30;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DELETE = 0x7f;
/** Whole numbers below are written without making a text of them. */
const LARGEST_FAST = 1e15;
/** Doubles below are closer to each other than microseconds are. */
const LARGEST_MICROS = 2 ** 32;
/** Whole numbers below divide without floating point. */
const LARGEST_INT = 2 ** 31;
/** The longest text of a number, and a word more. */
const NUMBER_BYTES = 32;

/** Bytes that are written often, in whole words: what lies behind the last byte is overwritten by what follows. */
export interface Phrase {
  readonly words: Int32Array;
  /** In bytes. */
  readonly length: number;
}

export function phraseOf(text: string): Phrase {
  const bytes = UTF8.encode(text);
  const padded = new Uint8Array(Math.ceil(bytes.length / WORD) * WORD);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  const words = Int32Array.from({ length: padded.length / WORD }, (_, index) =>
    view.getInt32(index * WORD, true),
  );
  return { words, length: bytes.length };
}

/**
 * Text for a program to read, written as bytes into one buffer that is used again: a string for each piece of each
 * line would take longer than the work that the line tells of.
 */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  /** Of `#bytes`: words are written at any place. */
  #view: DataView<ArrayBuffer>;
  #length = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
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

  phrase({ words, length }: Phrase): void {
    const count = words.length;
    if (this.#length + count * WORD > this.#bytes.length) this.#grow(count * WORD);
    const view = this.#view;
    const at = this.#length;
    // Four bytes at a time: byte by byte, fixed texts took longer than all values between them.
    for (let index = 0; index < count; index++) view.setInt32(at + index * WORD, words[index], true);
    this.#length = at + length;
  }

  /** What was written at `from` once more. */
  again(from: number, length: number): void {
    const needed = length + WORD;
    if (this.#length + needed > this.#bytes.length) this.#grow(needed);
    const view = this.#view;
    const at = this.#length;
    for (let done = 0; done < length; done += WORD) {
      view.setInt32(at + done, view.getInt32(from + done, true), true);
    }
    this.#length = at + length;
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

  /** A text as JSON has it, in its quotation marks. */
  json(text: string): void {
    const count = text.length;
    if (this.#length + count + 2 > this.#bytes.length) this.#grow(count + 2);
    const target = this.#bytes;
    const at = this.#length + 1;
    target[at - 1] = QUOTE;
    for (let index = 0; index < count; index++) {
      const code = text.charCodeAt(index);
      if (code < SPACE || code >= DELETE || code === QUOTE || code === BACKSLASH) {
        this.utf8(JSON.stringify(text));
        return;
      }
      target[at + index] = code;
    }
    target[at + count] = QUOTE;
    this.#length = at + count + 1;
  }

  utf8(text: string): void {
    const most = text.length * 3;
    if (this.#length + most > this.#bytes.length) this.#grow(most);
    this.#length += UTF8.encodeInto(text, this.#bytes.subarray(this.#length)).written;
  }

  /** A number as JavaScript writes it. */
  number(value: number): void {
    if (!(value >= 0 && value < LARGEST_FAST)) {
      this.latin1(String(value));
      return;
    }
    this.#roomForNumber();
    const whole = Math.floor(value);
    if (whole === value) this.#whole(whole);
    else this.#fractional(value, whole);
  }

  /**
   * Most are microseconds: a decimal of so few digits is the shortest that reads as its double, so that no other has
   * to be looked for, which takes JavaScript ten times as long.
   */
  #fractional(value: number, whole: number): void {
    const micros = Math.round(value * 1e6);
    if (value >= LARGEST_MICROS || micros === 0 || micros / 1e6 !== value) {
      this.latin1(String(value));
      return;
    }
    this.#whole(whole);
    this.#sixDecimals(micros - whole * 1e6);
    while (this.#bytes[this.#length - 1] === ZERO) this.#length--;
  }

  /** Nine digits, with zeros on the left. */
  nineDigits(value: number): void {
    this.#roomForNumber();
    const millions = Math.floor(value / 1e6);
    const thousands = Math.floor(value / 1e3) - millions * 1000;
    this.#view.setInt32(this.#length, THREE_DIGITS[millions], true);
    this.#view.setInt32(this.#length + 3, THREE_DIGITS[thousands], true);
    this.#view.setInt32(this.#length + 6, THREE_DIGITS[value % 1000], true);
    this.#length += 9;
  }

  /** Another byte in the place of one that was written. */
  replace(at: number, byte: number): void {
    this.#bytes[at] = byte;
  }

  /** Seconds with six decimals, rounded: 0.0000274 is `0.000027`. */
  secondsWithMicros(seconds: number): void {
    const micros = Math.round(seconds * 1e6);
    if (!(micros >= 0 && micros < LARGEST_FAST)) {
      this.latin1(seconds.toFixed(6));
      return;
    }
    this.#roomForNumber();
    if (micros < 1e6) {
      this.#bytes[this.#length++] = ZERO;
      this.#sixDecimals(micros);
      return;
    }
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
    const whole = micros | 0;
    const thousands = (whole / 1000) | 0;
    const at = this.#length;
    this.#view.setInt32(at, DOT_AND_THREE_DIGITS[thousands], true);
    this.#view.setInt32(at + 4, THREE_DIGITS[whole - thousands * 1000], true);
    this.#length = at + 7;
  }

  #whole(value: number): void {
    if (value < 1000) {
      this.#upToThree(value);
      return;
    }
    const thousands = value < LARGEST_INT ? ((value | 0) / 1000) | 0 : Math.floor(value / 1000);
    this.#whole(thousands);
    this.#view.setInt32(this.#length, THREE_DIGITS[value - thousands * 1000], true);
    this.#length += 3;
  }

  #upToThree(value: number): void {
    const digits = value >= 100 ? 3 : value >= 10 ? 2 : 1;
    // Little-endian: the first digit is the lowest byte.
    this.#view.setInt32(this.#length, THREE_DIGITS[value] >> (8 * (3 - digits)), true);
    this.#length += digits;
  }

  #roomForNumber(): void {
    if (this.#length + NUMBER_BYTES > this.#bytes.length) this.#grow(NUMBER_BYTES);
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + needed));
    larger.set(this.view());
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

function digitsOf(number: number): string {
  return String(number).padStart(3, '0');
}

function wordOf(text: string): number {
  return Buffer.from(text, 'latin1').readInt32LE();
}
