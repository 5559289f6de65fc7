import { VERDICT } from './start-line.ts';

const LF = 10;
const CR = 13;
/** A head that is longer is given up: no server takes one. */
const LONGEST_HEAD = 64 * 1024;
const LONGEST_START_LINE = 16 * 1024;
/** What a reader keeps between messages for a head that comes in pieces. */
const KEPT_CARRY_BYTES = 2048;
const MOST_CHUNK_DIGITS = 13;
/** Shared by all readers that carry nothing, which is almost every one at any time. */
const NOTHING = new Uint8Array(0);

const STATE = {
  /** Between messages. */
  start: 0,
  /** A head of which the beginning is carried. */
  head: 1,
  /** A body of known length. */
  body: 2,
  untilClose: 3,
  chunkSize: 4,
  chunkData: 5,
  /** The line end behind a chunk. */
  chunkEnd: 6,
  trailers: 7,
  /** Where the next message begins is not known: until one is seen. */
  lost: 8,
  /** Another protocol took over. */
  over: 9,
} as const;

/** How the body of a message ends: its length, or one of these. */
export const BODY = { chunked: -1, untilClose: -2, handedOver: -3 } as const;

/** What a direction's messages are given to. */
export interface MessageOwner {
  /** Whether a message begins there; `VERDICT`. */
  looksLikeStart(bytes: Uint8Array, start: number, end: number): number;
  /** Where it may be one, or `TE / HTTP/1.1` the rest of `DELETE`: whether it is to be believed. */
  isLikelyStart(bytes: Uint8Array, start: number, end: number): boolean;
  /** The whole head, if it is there: returns its end, or -1. The start line was looked at just before. */
  scanHead(bytes: Uint8Array, start: number, end: number): number;
  /** The first byte of a message came. */
  begin(nanos: number): void;
  /** Bytes of the message, head and framing included. */
  came(length: number, nanos: number): void;
  /** The head is there, from `start` to `end`: what body follows, its length or a `BODY`. */
  head(bytes: Uint8Array, start: number, end: number): number;
  /** Not even the first line is there whole. */
  startIsCut(bytes: Uint8Array, start: number, end: number): void;
  /** Bytes of the message's content. */
  content(bytes: Uint8Array, start: number, end: number): void;
  /** The message is complete, or as complete as it will be. */
  finish(nanos: number): void;
  /** Bytes of the message that is being read, or before the next, that are not in the capture. */
  missed(length: number, within: boolean): void;
  /** The message that is being read will not be followed to its end. */
  cut(): void;
  /** Bytes that are no message. */
  skipped(length: number): void;
  /** Whether a message may follow although the one that is being read has no end of its own. */
  mayFollow(): boolean;
  /** Whether the body that the head announces may not be there: it may answer a HEAD that is not in the capture. */
  mayHaveNoBody(): boolean;
}

/** Cuts the bytes of one direction into HTTP/1 messages (RFC 9112 §6 and 7), and finds back when it cannot. */
export class MessageReader {
  readonly #owner: MessageOwner;
  #state: number = STATE.start;
  /** Of the body or the chunk. */
  #remaining = 0;
  #chunkDigits = 0;
  /** A line of the trailers, or of a chunk's size, has bytes in it. */
  #lineHasBytes = false;
  #carry: Uint8Array = NOTHING;
  #carried = 0;
  #carriedSinceNanos = 0;
  /** `begin` was called for the head that is carried. */
  #hasBegun = false;
  /** The head was just read, and a body is not sure to follow. */
  #mayHaveNoBody = false;
  /** Nothing came since bytes were missing: what comes may begin in the midst of a word. */
  #isBehindGap = false;

  constructor(owner: MessageOwner) {
    this.#owner = owner;
  }

  /** Between messages: nothing is being read. */
  get isIdle(): boolean {
    return this.#state === STATE.start || (this.#state === STATE.lost && !this.#hasBegun);
  }

  get isLost(): boolean {
    return this.#state === STATE.lost;
  }

  reset(): void {
    this.#state = STATE.start;
    this.#carried = 0;
    this.#hasBegun = false;
    this.#mayHaveNoBody = false;
    this.#isBehindGap = false;
  }

  /** Returns where it stopped: `end`, unless another protocol takes over. */
  take(bytes: Uint8Array, start: number, end: number, nanos: number): number {
    let at = start;
    while (at < end) {
      if (this.#mayHaveNoBody) this.#lookForBody(bytes, at, end, nanos);
      switch (this.#state) {
        case STATE.start:
          at = this.#start(bytes, at, end, nanos);
          break;
        case STATE.head:
          at = this.#continueHead(bytes, at, end, nanos);
          break;
        case STATE.body:
        case STATE.chunkData:
          at = this.#content(bytes, at, end, nanos);
          break;
        case STATE.untilClose:
          at = this.#untilClose(bytes, at, end, nanos);
          break;
        case STATE.chunkSize:
          at = this.#chunkSize(bytes, at, end, nanos);
          break;
        case STATE.chunkEnd:
        case STATE.trailers:
          at = this.#lines(bytes, at, end, nanos);
          break;
        case STATE.lost:
          at = this.#lost(bytes, at, end, nanos);
          break;
        default:
          return at;
      }
    }
    return at;
  }

  /** Bytes that the capture lost. */
  gap(length: number, nanos: number): void {
    const owner = this.#owner;
    this.#isBehindGap = true;
    switch (this.#state) {
      case STATE.start:
        owner.missed(length, false);
        this.#lose();
        return;
      case STATE.body: {
        const rest = this.#miss(length);
        if (this.#remaining === 0) this.#finish(nanos);
        if (rest > 0) this.gap(rest, nanos);
        return;
      }
      case STATE.chunkData: {
        const rest = this.#miss(length);
        if (rest > 0) {
          owner.missed(rest, true);
          this.#cut();
        } else if (this.#remaining === 0) {
          this.#beginLines(STATE.chunkEnd);
        }
        return;
      }
      case STATE.head:
        this.#headIsCut(length, nanos);
        return;
      case STATE.untilClose:
        owner.missed(length, true);
        return;
      case STATE.lost:
        if (this.#carried > 0 && owner.isLikelyStart(this.#carry, 0, this.#carried)) {
          this.#found(nanos);
          this.#headIsCut(length, nanos);
          return;
        }
        this.#dropCarried(nanos);
        owner.missed(length, this.#hasBegun);
        return;
      case STATE.over:
        return;
      default:
        owner.missed(length, true);
        this.#cut();
    }
  }

  /** Of a head that is not whole, as of every one where a capture keeps the first bytes of packets, what is there. */
  #headIsCut(missing: number, nanos: number): void {
    const owner = this.#owner;
    const isStart = this.#hasBegun || owner.isLikelyStart(this.#carry, 0, this.#carried);
    if (!isStart) {
      owner.skipped(this.#carried);
      this.#carried = 0;
      owner.missed(missing, false);
      this.#lose();
      return;
    }
    if (!this.#hasBegun) {
      owner.begin(this.#carriedSinceNanos);
      owner.came(this.#carried, this.#carriedSinceNanos);
      this.#hasBegun = true;
    }
    const verdict = owner.looksLikeStart(this.#carry, 0, this.#carried);
    let body = 0;
    if (verdict === VERDICT.yes) {
      owner.scanHead(this.#carry, 0, this.#carried);
      body = owner.head(this.#carry, 0, this.#carried);
    } else {
      owner.startIsCut(this.#carry, 0, this.#carried);
    }
    owner.missed(missing, true);
    this.#cut();
    if (body !== BODY.handedOver) return;
    this.#finish(nanos);
    this.#state = STATE.over;
  }

  /** The other side went on, so what is being read without an end in sight is over. */
  giveUp(nanos: number): void {
    if (this.#state !== STATE.lost || !this.#hasBegun) return;
    this.#dropCarried(nanos);
    this.#hasBegun = false;
    this.#owner.finish(nanos);
  }

  /** No byte will follow, which is how some messages end. */
  end(nanos: number): void {
    if (!this.#hasBegun || this.#state === STATE.lost) this.#dropCarried(nanos);
    if (this.#state === STATE.untilClose) this.#finish(nanos);
    else if (!this.isIdle && this.#hasBegun) this.#owner.cut();
  }

  /** Part of what is missing belongs to the body or chunk; returns how much does not. */
  #miss(length: number): number {
    const within = Math.min(length, this.#remaining);
    this.#owner.missed(within, true);
    this.#remaining -= within;
    return length - within;
  }

  #start(bytes: Uint8Array, start: number, end: number, nanos: number): number {
    const owner = this.#owner;
    // Empty lines before a message are to be ignored (RFC 9112 §2.2).
    if (bytes[start] === CR || bytes[start] === LF) {
      owner.skipped(1);
      return start + 1;
    }
    const verdict = owner.looksLikeStart(bytes, start, end);
    if (verdict === VERDICT.no) {
      this.#lose();
      return start;
    }
    if (verdict === VERDICT.yes) {
      owner.begin(nanos);
      this.#hasBegun = true;
      const headEnd = owner.scanHead(bytes, start, end);
      if (headEnd >= 0) {
        owner.came(headEnd - start, nanos);
        this.#headIsThere(bytes, start, headEnd, nanos);
        return headEnd;
      }
      owner.came(end - start, nanos);
    }
    this.#state = STATE.head;
    this.#carriedSinceNanos = nanos;
    this.#keep(bytes, start, end);
    return end;
  }

  #continueHead(bytes: Uint8Array, start: number, end: number, nanos: number): number {
    const owner = this.#owner;
    const before = this.#carried;
    const searchFrom = Math.max(0, before - 3);
    this.#keep(bytes, start, end);
    if (!this.#hasBegun) {
      const verdict = owner.looksLikeStart(this.#carry, 0, this.#carried);
      if (verdict === VERDICT.no || (verdict === VERDICT.maybe && this.#carried > LONGEST_START_LINE)) {
        owner.skipped(before);
        this.#carried = 0;
        this.#lose();
        return start;
      }
      if (verdict === VERDICT.maybe) return end;
      owner.begin(this.#carriedSinceNanos);
      owner.came(before, this.#carriedSinceNanos);
      this.#hasBegun = true;
    }
    const emptyLineEnd = headEndIn(this.#carry, searchFrom, this.#carried);
    if (emptyLineEnd < 0 && this.#carried <= LONGEST_HEAD) {
      owner.came(end - start, nanos);
      return end;
    }
    // The start line is looked at again, for its positions.
    owner.looksLikeStart(this.#carry, 0, this.#carried);
    const headEnd = emptyLineEnd < 0 ? -1 : owner.scanHead(this.#carry, 0, this.#carried);
    if (headEnd < 0) {
      owner.came(end - start, nanos);
      this.#carried = 0;
      this.#cut();
      return end;
    }
    owner.came(headEnd - before, nanos);
    this.#headIsThere(this.#carry, 0, headEnd, nanos);
    this.#carried = 0;
    if (this.#carry.length > KEPT_CARRY_BYTES) this.#carry = NOTHING;
    return start + headEnd - before;
  }

  #headIsThere(bytes: Uint8Array, start: number, headEnd: number, nanos: number): void {
    const body = this.#owner.head(bytes, start, headEnd);
    this.#mayHaveNoBody = body !== 0 && body !== BODY.handedOver && this.#owner.mayHaveNoBody();
    if (body > 0) {
      this.#remaining = body;
      this.#state = STATE.body;
    } else if (body === 0) {
      this.#finish(nanos);
    } else if (body === BODY.chunked) {
      this.#beginChunk();
    } else if (body === BODY.untilClose) {
      this.#state = STATE.untilClose;
    } else {
      this.#finish(nanos);
      this.#state = STATE.over;
    }
  }

  /** Another message where the body should be: there is none. */
  #lookForBody(bytes: Uint8Array, start: number, end: number, nanos: number): void {
    this.#mayHaveNoBody = false;
    const verdict = this.#owner.looksLikeStart(bytes, start, end);
    if (verdict !== VERDICT.no && this.#owner.isLikelyStart(bytes, start, end)) this.#finish(nanos);
  }

  #content(bytes: Uint8Array, start: number, end: number, nanos: number): number {
    const length = Math.min(end - start, this.#remaining);
    this.#owner.came(length, nanos);
    this.#owner.content(bytes, start, start + length);
    this.#remaining -= length;
    if (this.#remaining === 0) {
      if (this.#state === STATE.body) this.#finish(nanos);
      else this.#beginLines(STATE.chunkEnd);
    }
    return start + length;
  }

  #untilClose(bytes: Uint8Array, start: number, end: number, nanos: number): number {
    const owner = this.#owner;
    if (owner.mayFollow() && owner.looksLikeStart(bytes, start, end) === VERDICT.yes) {
      this.#finish(nanos);
      return start;
    }
    owner.came(end - start, nanos);
    owner.content(bytes, start, end);
    return end;
  }

  /** `1a;extension=x` and a line end, or `0` for the last. */
  #chunkSize(bytes: Uint8Array, start: number, end: number, nanos: number): number {
    let at = start;
    while (at < end && bytes[at] !== LF) {
      const digit = hexDigit(bytes[at]);
      if (!this.#lineHasBytes && digit >= 0 && this.#chunkDigits < MOST_CHUNK_DIGITS) {
        this.#remaining = this.#remaining * 16 + digit;
        this.#chunkDigits++;
      } else {
        // An extension or the line's end: what follows is no digit any more.
        this.#lineHasBytes = true;
      }
      at++;
    }
    const length = Math.min(at + 1, end) - start;
    this.#owner.came(length, nanos);
    if (at === end) return end;
    if (this.#chunkDigits === 0) this.#cut();
    else if (this.#remaining === 0) this.#beginLines(STATE.trailers);
    else this.#state = STATE.chunkData;
    return at + 1;
  }

  /** Lines up to the next one that ends: behind a chunk one, behind the last chunk all up to an empty one. */
  #lines(bytes: Uint8Array, start: number, end: number, nanos: number): number {
    let at = start;
    for (; at < end; at++) {
      const byte = bytes[at];
      if (byte === CR) continue;
      if (byte !== LF) {
        this.#lineHasBytes = true;
        continue;
      }
      const isEmpty = !this.#lineHasBytes;
      this.#lineHasBytes = false;
      if (this.#state === STATE.chunkEnd || isEmpty) {
        this.#owner.came(at + 1 - start, nanos);
        if (this.#state === STATE.trailers) this.#finish(nanos);
        else if (isEmpty) this.#beginChunk();
        else this.#cut();
        return at + 1;
      }
    }
    this.#owner.came(end - start, nanos);
    return end;
  }

  /** Looks for a start line at the beginning of each line; one that is cut by the segment's end is carried. */
  #lost(bytes: Uint8Array, start: number, end: number, nanos: number): number {
    if (this.#carried > 0) return this.#lostLine(bytes, start, end, nanos);
    let at = start;
    let verdict: number = VERDICT.no;
    while (at < end) {
      verdict = this.#startAt(bytes, at, end);
      if (verdict !== VERDICT.no) break;
      this.#isBehindGap = false;
      at = lineEndIn(bytes, at, end);
    }
    this.#passOver(at - start, nanos);
    if (at === end) return end;
    if (verdict === VERDICT.yes) {
      this.#isBehindGap = false;
      this.#found(nanos);
      return at;
    }
    this.#carriedSinceNanos = nanos;
    this.#keep(bytes, at, end);
    return end;
  }

  /** Behind a gap a line may have lost its beginning. */
  #startAt(bytes: Uint8Array, start: number, end: number): number {
    const verdict = this.#owner.looksLikeStart(bytes, start, end);
    if (verdict === VERDICT.no || !this.#isBehindGap) return verdict;
    return this.#owner.isLikelyStart(bytes, start, end) ? verdict : VERDICT.no;
  }

  /** A line goes on that may be a start line. */
  #lostLine(bytes: Uint8Array, start: number, end: number, nanos: number): number {
    const owner = this.#owner;
    // The end of a body may look like the beginning of a method; what is known to be one counts more.
    if (
      !owner.isLikelyStart(this.#carry, 0, this.#carried) &&
      owner.isLikelyStart(bytes, start, end) &&
      owner.looksLikeStart(bytes, start, end) !== VERDICT.no
    ) {
      this.#dropCarried(nanos);
      return start;
    }
    const at = lineEndIn(bytes, start, end);
    this.#keep(bytes, start, at);
    const verdict = this.#startAt(this.#carry, 0, this.#carried);
    if (verdict === VERDICT.maybe && this.#carried <= LONGEST_START_LINE) return at;
    this.#isBehindGap = false;
    if (verdict === VERDICT.yes) {
      this.#found(nanos);
      this.#state = STATE.head;
      return at;
    }
    this.#dropCarried(nanos);
    return at;
  }

  /** The message that was being read, if one was, ends where another begins. */
  #found(nanos: number): void {
    if (this.#hasBegun) this.#finish(nanos);
    this.#state = STATE.start;
  }

  #dropCarried(nanos: number): void {
    const length = this.#carried;
    this.#carried = 0;
    this.#passOver(length, nanos);
  }

  #passOver(length: number, nanos: number): void {
    if (length === 0) return;
    if (this.#hasBegun) this.#owner.came(length, nanos);
    else this.#owner.skipped(length);
  }

  #beginChunk(): void {
    this.#state = STATE.chunkSize;
    this.#remaining = 0;
    this.#chunkDigits = 0;
    this.#lineHasBytes = false;
  }

  #beginLines(state: number): void {
    this.#state = state;
    this.#lineHasBytes = false;
  }

  #finish(nanos: number): void {
    this.#hasBegun = false;
    this.#mayHaveNoBody = false;
    this.#state = STATE.start;
    this.#owner.finish(nanos);
  }

  #cut(): void {
    this.#mayHaveNoBody = false;
    this.#carried = 0;
    this.#state = STATE.lost;
    this.#owner.cut();
  }

  #lose(): void {
    this.#hasBegun = false;
    this.#state = STATE.lost;
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.#carried + end - start;
    if (needed > this.#carry.length) {
      const larger = new Uint8Array(Math.max(needed, this.#carry.length * 2, 512));
      larger.set(this.#carry.subarray(0, this.#carried));
      this.#carry = larger;
    }
    this.#carry.set(bytes.subarray(start, end), this.#carried);
    this.#carried = needed;
  }
}

/** Behind the first line end; `end` where there is none. */
function lineEndIn(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== LF) at++;
  return at < end ? at + 1 : end;
}

/** Behind the first empty line that ends at or after `from`; -1: there is none. */
function headEndIn(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    if (bytes[at] !== LF) continue;
    if (at + 1 < end && bytes[at + 1] === LF) return at + 2;
    if (at + 2 < end && bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return -1;
}

/** -1: it is none. */
function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
