/** RFC 8446 §5.1. */
export const RECORD = {
  /** Not of TLS: a ClientHello in the format of SSL 2 (RFC 5246 §E.2). */
  oldHello: 0x80,
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
} as const;

const HEADER_BYTES = 5;
const OLD_HEADER_BYTES = 2;
/** RFC 5246 §6.2.3: 2^14 plus 2048 for what encryption adds. */
const LARGEST_RECORD_BYTES = 16_384 + 2048;

export interface OnRecords {
  /** A piece of a record's fragment, as it came; `length` is that of the record. */
  piece(type: number, length: number, bytes: Uint8Array, start: number, end: number, nanos: number): void;
  /** The record is over. */
  recordEnd(type: number, length: number, nanos: number): void;
  /** `length` bytes of the fragment of a record are missing. */
  hole(type: number, length: number, nanos: number): void;
  /** Bytes between two records are missing, or are none. */
  lost(): void;
}

/** Records of one direction. Nothing is kept but a header. */
export class RecordReader {
  readonly #on: OnRecords;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerBytes = 0;
  #type = 0;
  #length = 0;
  #missing = 0;
  #searching = false;
  #mayBeOld: boolean;

  /** `mayBeOld`: the first record may be an `oldHello`. */
  constructor(on: OnRecords, mayBeOld: boolean) {
    this.#on = on;
    this.#mayBeOld = mayBeOld;
  }

  data(bytes: Uint8Array, start: number, end: number, nanos: number): void {
    let at = this.#searching ? this.#search(bytes, start, end) : start;
    while (at < end && !this.#searching) {
      if (this.#missing === 0) {
        this.#header[this.#headerBytes] = bytes[at];
        this.#headerBytes += 1;
        at += 1;
        if (this.#headerBytes === OLD_HEADER_BYTES && this.#mayBeOld) this.#beginOld();
        if (this.#headerBytes === HEADER_BYTES) this.#begin(nanos);
        continue;
      }
      const taken = Math.min(this.#missing, end - at);
      this.#on.piece(this.#type, this.#length, bytes, at, at + taken, nanos);
      at += taken;
      this.#missing -= taken;
      if (this.#missing === 0) this.#on.recordEnd(this.#type, this.#length, nanos);
    }
  }

  gap(length: number, nanos: number): void {
    if (this.#searching) return;
    const within = this.#missing > 0 && length <= this.#missing;
    if (!within) {
      this.#lose();
      return;
    }
    this.#on.hole(this.#type, length, nanos);
    this.#missing -= length;
    if (this.#missing === 0) this.#on.recordEnd(this.#type, this.#length, nanos);
  }

  #beginOld(): void {
    this.#mayBeOld = false;
    if (this.#header[0] < RECORD.oldHello) return;
    this.#headerBytes = 0;
    this.#type = RECORD.oldHello;
    this.#length = ((this.#header[0] & 0x7f) << 8) | this.#header[1];
    this.#missing = this.#length;
  }

  #begin(nanos: number): void {
    this.#headerBytes = 0;
    if (!isRecordHeader(this.#header, 0)) {
      this.#lose();
      return;
    }
    this.#type = this.#header[0];
    this.#length = lengthAt(this.#header, 0);
    this.#missing = this.#length;
    if (this.#length === 0) this.#on.recordEnd(this.#type, 0, nanos);
  }

  #lose(): void {
    this.#searching = true;
    this.#headerBytes = 0;
    this.#missing = 0;
    this.#on.lost();
  }

  /** Where a record begins behind a hole: one that ends with these bytes, or that another one follows. */
  #search(bytes: Uint8Array, start: number, end: number): number {
    for (let at = start; at + HEADER_BYTES <= end; at += 1) {
      if (!isRecordHeader(bytes, at) || lengthAt(bytes, at) === 0) continue;
      const next = at + HEADER_BYTES + lengthAt(bytes, at);
      if (next !== end && (next + HEADER_BYTES > end || !isRecordHeader(bytes, next))) continue;
      this.#searching = false;
      return at;
    }
    return end;
  }
}

/** Whether bytes can begin a TLS record; fewer than five are judged by what is there. */
export function isRecordHeader(bytes: Uint8Array, at: number): boolean {
  const type = bytes[at];
  if (type < RECORD.changeCipherSpec || type > RECORD.applicationData) return false;
  return bytes[at + 1] === 3 && bytes[at + 2] <= 4 && lengthAt(bytes, at) <= LARGEST_RECORD_BYTES;
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return (bytes[at + 3] << 8) | bytes[at + 4];
}
