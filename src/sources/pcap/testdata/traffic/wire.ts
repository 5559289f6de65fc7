import type { Random } from '../../../../../test/random-numbers.ts';
import { TCP_FLAG } from '../../segment.ts';
import type { Conversation } from './conversation.ts';

/** What the network and TCP do to a conversation. Numbers are how often, in percent of segments. */
export interface Impairments {
  /** Segments have so many bytes of payload, fewer only at the end of a burst. */
  readonly smallestSegment: number;
  readonly largestSegment: number;
  readonly reordered: number;
  readonly duplicated: number;
  /** Lost before it passed where the capture was made: only the second copy is in it. */
  readonly lostBefore: number;
  /** Lost behind it: both copies are in it. */
  readonly lostBehind: number;
  /** Sent again with other cuts: some bytes more at both ends. */
  readonly overlapped: number;
  /** Probes between bursts. */
  readonly keepAlives: number;
  /** The initial sequence numbers are so far below the wrap; 0: anywhere. */
  readonly wrapDistance: number;
}

/** Nothing is lost, late or sent again. */
export const CALM: Impairments = {
  smallestSegment: 1,
  largestSegment: 1448,
  reordered: 0,
  duplicated: 0,
  lostBefore: 0,
  lostBehind: 0,
  overlapped: 0,
  keepAlives: 0,
  wrapDistance: 0,
};

/** A segment as it passed where the capture was made. */
export interface WireSegment {
  readonly nanos: number;
  readonly fromClient: boolean;
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly flags: number;
  readonly window: number;
  readonly payload: Uint8Array;
  /** Where the payload lies in all that its side sends. */
  readonly offset: number;
}

interface Arrival {
  nanos: number;
  readonly start: number;
  readonly end: number;
  readonly reaches: boolean;
}

const MICROSECOND = 1000;
const MILLISECOND = 1e6;
const NOTHING = new Uint8Array(0);
const WINDOW = 64_000;

/** One side of the connection while it is being written. */
class Side {
  readonly initialSequence: number;
  /** All that it sends. */
  readonly stream: Uint8Array;
  /** How far bursts have got. */
  sent = 0;
  /** In-order bytes that the other side has. */
  arrived = 0;
  readonly #beyond: Arrival[] = [];
  finSent = false;

  constructor(initialSequence: number, stream: Uint8Array) {
    this.initialSequence = initialSequence;
    this.stream = stream;
  }

  /** Of the byte at `offset`: the SYN has one of its own. */
  sequenceOf(offset: number): number {
    return (this.initialSequence + 1 + offset) >>> 0;
  }

  get acknowledged(): number {
    return this.sequenceOf(this.arrived + (this.finSent ? 1 : 0));
  }

  arrive(arrival: Arrival): void {
    this.#beyond.push(arrival);
    let grew = true;
    while (grew) {
      grew = false;
      for (const { start, end } of this.#beyond) {
        if (start > this.arrived || end <= this.arrived) continue;
        this.arrived = end;
        grew = true;
      }
    }
  }
}

/** Writes one conversation as segments, in the order in which they passed. */
export class Wire {
  readonly segments: WireSegment[] = [];
  readonly #random: Random;
  readonly #impairments: Impairments;
  readonly #client: Side;
  readonly #server: Side;
  #nanos: number;

  constructor(conversation: Conversation, impairments: Impairments, random: Random, startNanos: number) {
    this.#random = random;
    this.#impairments = impairments;
    this.#nanos = startNanos;
    const streamOf = (side: boolean) =>
      Buffer.concat(
        conversation.bursts.filter(({ fromClient }) => fromClient === side).map(({ bytes }) => bytes),
      );
    this.#client = new Side(this.#initialSequence(), streamOf(true));
    this.#server = new Side(this.#initialSequence(), streamOf(false));
    this.#handshake();
    for (const { fromClient, bytes } of conversation.bursts) {
      this.#keepAlive();
      this.#burst(fromClient, bytes.length);
    }
    this.#close(conversation.close);
  }

  #initialSequence(): number {
    const { wrapDistance } = this.#impairments;
    return wrapDistance === 0 ? this.#random(0xffff_ffff) : 0xffff_ffff - this.#random(wrapDistance);
  }

  #happens(percent: number): boolean {
    return this.#random(100) < percent;
  }

  #wait(most: number): number {
    this.#nanos += MICROSECOND + this.#random(most);
    return this.#nanos;
  }

  #emit(
    fromClient: boolean,
    flags: number,
    start: number,
    end: number,
    nanos = this.#wait(5 * MILLISECOND),
  ): void {
    const side = fromClient ? this.#client : this.#server;
    const other = fromClient ? this.#server : this.#client;
    this.segments.push({
      nanos,
      fromClient,
      sequence: side.sequenceOf(start),
      acknowledgment: flags & TCP_FLAG.ack ? other.acknowledged : 0,
      flags,
      window: WINDOW,
      payload: end > start ? side.stream.subarray(start, end) : NOTHING,
      offset: start,
    });
  }

  #handshake(): void {
    this.#emit(true, TCP_FLAG.syn, -1, -1);
    this.#emit(false, TCP_FLAG.syn | TCP_FLAG.ack, -1, -1);
    this.#emit(true, TCP_FLAG.ack, 0, 0);
  }

  /** RFC 9293 §3.8.4: the byte before the next, or none, to make the other side answer. */
  #keepAlive(): void {
    if (!this.#happens(this.#impairments.keepAlives)) return;
    const fromClient = this.#random(2) === 0;
    const side = fromClient ? this.#client : this.#server;
    if (side.sent === 0) return;
    this.#nanos += 75e9;
    this.#emit(fromClient, TCP_FLAG.ack, side.sent - 1, side.sent - this.#random(2));
    this.#emit(!fromClient, TCP_FLAG.ack, this.#other(fromClient).sent, 0);
  }

  #other(fromClient: boolean): Side {
    return fromClient ? this.#server : this.#client;
  }

  #burst(fromClient: boolean, length: number): void {
    const side = fromClient ? this.#client : this.#server;
    const other = this.#other(fromClient);
    const arrivals = this.#arrivals(side, length);
    side.sent += length;
    for (const arrival of arrivals) {
      this.#nanos = Math.max(this.#nanos, arrival.nanos);
      this.#emit(fromClient, TCP_FLAG.ack | TCP_FLAG.psh, arrival.start, arrival.end, this.#nanos);
      if (!arrival.reaches) continue;
      side.arrive(arrival);
      if (this.#random(2) === 0)
        this.#emit(!fromClient, TCP_FLAG.ack, other.sent, 0, this.#wait(50 * MICROSECOND));
    }
    this.#emit(!fromClient, TCP_FLAG.ack, other.sent, 0);
  }

  /** The segments of a burst, each copy of them, by time. */
  #arrivals(side: Side, length: number): Arrival[] {
    const { smallestSegment, largestSegment, duplicated, lostBefore, lostBehind, overlapped } =
      this.#impairments;
    const first = side.sent;
    const arrivals: Arrival[] = [];
    let nanos = this.#wait(20 * MILLISECOND);
    const again = (start: number, end: number) => {
      const more = this.#happens(overlapped) ? 1 + this.#random(200) : 0;
      const later = nanos + 200 * MILLISECOND + this.#random(100 * MILLISECOND);
      const range = { start: Math.max(0, start - more), end: Math.min(first + length, end + more) };
      arrivals.push({ nanos: later, ...range, reaches: true });
    };
    for (let start = first; start < first + length; ) {
      const end = Math.min(
        first + length,
        start + smallestSegment + this.#random(largestSegment - smallestSegment + 1),
      );
      nanos += MICROSECOND + this.#random(MILLISECOND);
      const isLostBefore = this.#happens(lostBefore);
      const isLostBehind = !isLostBefore && this.#happens(lostBehind);
      if (!isLostBefore) arrivals.push({ nanos, start, end, reaches: !isLostBehind });
      if (isLostBefore || isLostBehind) again(start, end);
      if (this.#happens(duplicated))
        arrivals.push({ nanos: nanos + this.#random(3 * MILLISECOND), start, end, reaches: true });
      if (this.#happens(overlapped)) again(start, end);
      start = end;
    }
    this.#reorder(arrivals);
    return arrivals.sort((a, b) => a.nanos - b.nanos);
  }

  #reorder(arrivals: readonly Arrival[]): void {
    for (let index = 0; index + 1 < arrivals.length; index += 1) {
      if (!this.#happens(this.#impairments.reordered)) continue;
      const with_ = arrivals[Math.min(arrivals.length - 1, index + 1 + this.#random(3))];
      const { nanos } = arrivals[index];
      arrivals[index].nanos = with_.nanos;
      with_.nanos = nanos;
    }
  }

  #close(close: Conversation['close']): void {
    if (close === 'none') return;
    const byClient = close === 'fin_client' || close === 'reset_client';
    const side = byClient ? this.#client : this.#server;
    const other = this.#other(byClient);
    if (close === 'reset_client' || close === 'reset_server') {
      this.#emit(byClient, TCP_FLAG.rst | TCP_FLAG.ack, side.sent, 0);
      return;
    }
    this.#emit(byClient, TCP_FLAG.fin | TCP_FLAG.ack, side.sent, 0);
    side.finSent = true;
    this.#emit(!byClient, TCP_FLAG.fin | TCP_FLAG.ack, other.sent, 0);
    other.finSent = true;
    this.#emit(byClient, TCP_FLAG.ack, side.sent + 1, 0);
  }
}

/** For each byte that a side sent, when it and all before it had passed: what a reader of the stream can know. */
export function inOrderNanos(segments: readonly WireSegment[], fromClient: boolean): Float64Array {
  const ofSide = segments.filter(
    (segment) => segment.fromClient === fromClient && segment.payload.length > 0,
  );
  const total = ofSide.reduce((most, { offset, payload }) => Math.max(most, offset + payload.length), 0);
  const nanos = new Float64Array(total).fill(Number.POSITIVE_INFINITY);
  for (const segment of ofSide)
    for (let at = segment.offset; at < segment.offset + segment.payload.length; at += 1)
      nanos[at] = Math.min(nanos[at], segment.nanos);
  for (let at = 1; at < total; at += 1) nanos[at] = Math.max(nanos[at], nanos[at - 1]);
  return nanos;
}
