import { CarriedBytes } from './carried-bytes.ts';
import { ChunkLines } from './chunk-lines.ts';
import { CR, headEndIn, LF, lineEndIn } from './line-ends.ts';
import { BODY, type MessageOwner } from './message-owner.ts';
import { VERDICT } from './start-line.ts';

/** A head that is longer is given up: no server takes one. */
const LONGEST_HEAD = 64 * 1024;
const LONGEST_START_LINE = 16 * 1024;

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

/** Cuts the bytes of one direction into HTTP/1 messages (RFC 9112 §6 and 7), and finds back when it cannot. */
export class MessageReader {
  readonly #owner: MessageOwner;
  #state: number = STATE.start;
  /** Of the body or the chunk. */
  #remaining = 0;
  /** Once a body was chunked. */
  #chunk: ChunkLines | undefined;
  readonly #carried = new CarriedBytes();
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
    this.#carried.length = 0;
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
        if (this.#carried.length > 0 && owner.isLikelyStart(this.#carried.bytes, 0, this.#carried.length)) {
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
    const isStart = this.#hasBegun || owner.isLikelyStart(this.#carried.bytes, 0, this.#carried.length);
    if (!isStart) {
      owner.skipped(this.#carried.length);
      this.#carried.length = 0;
      owner.missed(missing, false);
      this.#lose();
      return;
    }
    if (!this.#hasBegun) {
      owner.begin(this.#carried.sinceNanos);
      owner.came(this.#carried.length, this.#carried.sinceNanos);
      this.#hasBegun = true;
    }
    const verdict = owner.looksLikeStart(this.#carried.bytes, 0, this.#carried.length);
    let body = 0;
    if (verdict === VERDICT.yes) {
      owner.scanHead(this.#carried.bytes, 0, this.#carried.length);
      body = owner.head(this.#carried.bytes, 0, this.#carried.length);
    } else {
      owner.startIsCut(this.#carried.bytes, 0, this.#carried.length);
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
    this.#carried.sinceNanos = nanos;
    this.#carried.keep(bytes, start, end);
    return end;
  }

  #continueHead(bytes: Uint8Array, start: number, end: number, nanos: number): number {
    const owner = this.#owner;
    const before = this.#carried.length;
    const searchFrom = Math.max(0, before - 3);
    this.#carried.keep(bytes, start, end);
    if (!this.#hasBegun) {
      const verdict = owner.looksLikeStart(this.#carried.bytes, 0, this.#carried.length);
      if (
        verdict === VERDICT.no ||
        (verdict === VERDICT.maybe && this.#carried.length > LONGEST_START_LINE)
      ) {
        owner.skipped(before);
        this.#carried.length = 0;
        this.#lose();
        return start;
      }
      if (verdict === VERDICT.maybe) return end;
      owner.begin(this.#carried.sinceNanos);
      owner.came(before, this.#carried.sinceNanos);
      this.#hasBegun = true;
    }
    const emptyLineEnd = headEndIn(this.#carried.bytes, searchFrom, this.#carried.length);
    if (emptyLineEnd < 0 && this.#carried.length <= LONGEST_HEAD) {
      owner.came(end - start, nanos);
      return end;
    }
    // The start line is looked at again, for its positions.
    owner.looksLikeStart(this.#carried.bytes, 0, this.#carried.length);
    const headEnd = emptyLineEnd < 0 ? -1 : owner.scanHead(this.#carried.bytes, 0, this.#carried.length);
    if (headEnd < 0) {
      owner.came(end - start, nanos);
      this.#carried.length = 0;
      this.#cut();
      return end;
    }
    owner.came(headEnd - before, nanos);
    this.#headIsThere(this.#carried.bytes, 0, headEnd, nanos);
    this.#carried.clear();
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

  #chunkSize(bytes: Uint8Array, start: number, end: number, nanos: number): number {
    const chunk = this.#chunk!;
    const lineEnd = chunk.readSize(bytes, start, end);
    this.#owner.came((lineEnd < 0 ? end : lineEnd) - start, nanos);
    if (lineEnd < 0) return end;
    if (!chunk.hasSize) {
      this.#cut();
    } else if (chunk.size === 0) {
      this.#beginLines(STATE.trailers);
    } else {
      this.#remaining = chunk.size;
      this.#state = STATE.chunkData;
    }
    return lineEnd;
  }

  /** Lines up to the next one that ends: behind a chunk one, behind the last chunk all up to an empty one. */
  #lines(bytes: Uint8Array, start: number, end: number, nanos: number): number {
    const chunk = this.#chunk!;
    for (let at = chunk.readLine(bytes, start, end); at >= 0; at = chunk.readLine(bytes, at, end)) {
      const { isEmpty } = chunk;
      chunk.begin();
      if (this.#state === STATE.trailers && !isEmpty) continue;
      this.#owner.came(at - start, nanos);
      if (this.#state === STATE.trailers) this.#finish(nanos);
      else if (isEmpty) this.#beginChunk();
      else this.#cut();
      return at;
    }
    this.#owner.came(end - start, nanos);
    return end;
  }

  /** Looks for a start line at the beginning of each line; one that is cut by the segment's end is carried. */
  #lost(bytes: Uint8Array, start: number, end: number, nanos: number): number {
    if (this.#carried.length > 0) return this.#lostLine(bytes, start, end, nanos);
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
    this.#carried.sinceNanos = nanos;
    this.#carried.keep(bytes, at, end);
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
      !owner.isLikelyStart(this.#carried.bytes, 0, this.#carried.length) &&
      owner.isLikelyStart(bytes, start, end) &&
      owner.looksLikeStart(bytes, start, end) !== VERDICT.no
    ) {
      this.#dropCarried(nanos);
      return start;
    }
    const at = lineEndIn(bytes, start, end);
    this.#carried.keep(bytes, start, at);
    const verdict = this.#startAt(this.#carried.bytes, 0, this.#carried.length);
    if (verdict === VERDICT.maybe && this.#carried.length <= LONGEST_START_LINE) return at;
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
    const length = this.#carried.length;
    this.#carried.length = 0;
    this.#passOver(length, nanos);
  }

  #passOver(length: number, nanos: number): void {
    if (length === 0) return;
    if (this.#hasBegun) this.#owner.came(length, nanos);
    else this.#owner.skipped(length);
  }

  #beginChunk(): void {
    this.#state = STATE.chunkSize;
    this.#chunk ??= new ChunkLines();
    this.#chunk.begin();
  }

  #beginLines(state: number): void {
    this.#state = state;
    this.#chunk!.begin();
  }

  #finish(nanos: number): void {
    this.#hasBegun = false;
    this.#mayHaveNoBody = false;
    this.#state = STATE.start;
    this.#owner.finish(nanos);
  }

  #cut(): void {
    this.#mayHaveNoBody = false;
    this.#carried.length = 0;
    this.#state = STATE.lost;
    this.#owner.cut();
  }

  #lose(): void {
    this.#hasBegun = false;
    this.#state = STATE.lost;
  }
}
