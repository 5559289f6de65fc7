import type { RecordFormat } from './capture-format.ts';

const FIRST_CARRY_BYTES = 4096;

/**
 * Feeds a format with whole records out of pieces that are cut anywhere. What lies whole within a piece is read in
 * place; only the record across a cut is copied, so large pieces cost nothing.
 */
export class RecordStream {
  readonly #format: RecordFormat;
  /** The record that the last piece left unfinished. */
  #carry = new Uint8Array(FIRST_CARRY_BYTES);
  #carried = 0;
  /** Bytes to come that nobody needs. */
  #skip = 0;
  /** Where in the file the next piece, or the carried record, begins. */
  #offset = 0;

  constructor(format: RecordFormat) {
    this.#format = format;
  }

  /** Where the fault is: bytes from the start of the file. */
  get offset(): number {
    return this.#offset;
  }

  /** What is wrong when the file ends here; `undefined` when it ends with a whole record. */
  get unfinished(): string | undefined {
    if (this.#carried > 0) return `the file ends within the record at byte ${this.#offset}`;
    return this.#skip > 0 ? `the file ends within a record that reaches to byte ${this.#offset}` : undefined;
  }

  push(piece: Uint8Array): void {
    let at = this.#skipped(piece);
    while (this.#carried > 0 && at < piece.length && this.#format.fault === undefined) {
      at += this.#finishCarried(piece, at);
    }
    if (this.#format.fault !== undefined || at === piece.length) return;
    const view = new DataView(piece.buffer, piece.byteOffset, piece.length);
    const end = this.#format.read(piece, view, at);
    this.#offset += end - at;
    this.#skip = Math.max(0, end - piece.length);
    if (this.#format.fault === undefined && end < piece.length) this.#keep(piece, end, piece.length);
  }

  #skipped(piece: Uint8Array): number {
    const skipped = Math.min(this.#skip, piece.length);
    this.#skip -= skipped;
    return skipped;
  }

  /** Takes from the piece what the carried record lacks; returns how much that was. */
  #finishCarried(piece: Uint8Array, at: number): number {
    const before = this.#carry.subarray(0, this.#carried);
    const wanted = this.#format.lengthAt(viewOf(before), 0) - this.#carried;
    const taken = Math.min(wanted, piece.length - at);
    this.#keep(piece, at, at + taken);
    if (taken < wanted) return taken;
    const record = this.#carry.subarray(0, this.#carried);
    const end = this.#format.read(record, viewOf(record), 0);
    this.#offset += end;
    if (end > 0) this.#carried = 0;
    // The rest of a record that is not needed, in this piece or in later ones.
    this.#skip = Math.max(0, end - record.length);
    return taken + this.#skipped(piece.subarray(at + taken));
  }

  #keep(piece: Uint8Array, from: number, to: number): void {
    const needed = this.#carried + to - from;
    if (needed > this.#carry.length) {
      const larger = new Uint8Array(Math.max(needed, this.#carry.length * 2));
      larger.set(this.#carry.subarray(0, this.#carried));
      this.#carry = larger;
    }
    this.#carry.set(piece.subarray(from, to), this.#carried);
    this.#carried = needed;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
