/** RFC 8446 §4: what is told apart of the messages in clear. */
export const MESSAGE = { clientHello: 1, serverHello: 2, newSessionTicket: 4, serverHelloDone: 14 } as const;

/** A hello with a post-quantum key is 1.8 kB; with many tickets or an ECH some kilobytes. */
const LARGEST_HELLO_BYTES = 65_536;
const HEADER_BYTES = 4;

/** `bytes` from 0 to `length` are the body of a hello; other messages come without. */
export type OnMessage = (type: number, body: Uint8Array, length: number, nanos: number) => void;

/** Handshake messages of one direction out of its records; a message may span records, a record hold several. */
export class HandshakeReader {
  readonly #on: OnMessage;
  #header = 0;
  #headerBytes = 0;
  #missing = 0;
  #body = new Uint8Array(0);
  #bodyBytes = 0;
  #damaged = false;
  #lost = false;

  constructor(on: OnMessage) {
    this.#on = on;
  }

  data(bytes: Uint8Array, start: number, end: number, nanos: number): void {
    let at = start;
    while (at < end && !this.#lost) {
      if (this.#headerBytes < HEADER_BYTES) {
        this.#header = (this.#header << 8) | bytes[at];
        this.#headerBytes += 1;
        at += 1;
        if (this.#headerBytes === HEADER_BYTES) this.#begin(nanos);
        continue;
      }
      const taken = Math.min(this.#missing, end - at);
      if (this.#keeps()) {
        this.#body.set(bytes.subarray(at, at + taken), this.#bodyBytes);
        this.#bodyBytes += taken;
      }
      at += taken;
      this.#missing -= taken;
      if (this.#missing === 0) this.#finish(nanos);
    }
  }

  /** `length` bytes are missing: of one message, or, where it cannot be told of which, all that follow are passed over. */
  gap(length: number, nanos: number): void {
    if (this.#headerBytes < HEADER_BYTES || length > this.#missing) {
      this.#lost = true;
      return;
    }
    this.#damaged = true;
    this.#missing -= length;
    if (this.#missing === 0) this.#finish(nanos);
  }

  #begin(nanos: number): void {
    this.#missing = this.#header & 0xff_ffff;
    this.#bodyBytes = 0;
    this.#damaged = false;
    if (this.#keeps() && this.#body.length < this.#missing) this.#body = new Uint8Array(this.#missing);
    if (this.#missing === 0) this.#finish(nanos);
  }

  #keeps(): boolean {
    const type = this.#header >>> 24;
    const length = this.#header & 0xff_ffff;
    const isHello = type === MESSAGE.clientHello || type === MESSAGE.serverHello;
    return isHello && !this.#damaged && length <= LARGEST_HELLO_BYTES;
  }

  #finish(nanos: number): void {
    this.#headerBytes = 0;
    this.#on(this.#header >>> 24, this.#body, this.#damaged ? 0 : this.#bodyBytes, nanos);
  }
}
