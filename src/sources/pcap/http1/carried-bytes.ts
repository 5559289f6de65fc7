/** What a reader keeps between messages for a head that comes in pieces. */
const KEPT_BYTES = 2048;
const FIRST_BYTES = 512;
/** Shared by all that carry nothing, which is almost every one at any time. */
const NOTHING = new Uint8Array(0);

/** The beginning of a line or a head, whose rest is yet to come. */
export class CarriedBytes {
  bytes: Uint8Array = NOTHING;
  length = 0;
  /** When its first byte came. */
  sinceNanos = 0;

  keep(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.length + end - start;
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2, FIRST_BYTES));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(bytes.subarray(start, end), this.length);
    this.length = needed;
  }

  /** Its memory too, where that was much. */
  clear(): void {
    this.length = 0;
    if (this.bytes.length > KEPT_BYTES) this.bytes = NOTHING;
  }
}
