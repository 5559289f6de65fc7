import { type Segment, TCP_FLAG } from '../segment.ts';
import { Acknowledgments } from './acknowledgments.ts';
import { ConnectionTable, PHASE, SEEN, SEEN_OF } from './connection-table.ts';
import { isCopy } from './copies.ts';
import { Delivery } from './delivery.ts';
import { Fins } from './fins.ts';
import { Handshake } from './handshake.ts';
import { HISTORY, note } from './history.ts';
import { LingeringConnections } from './lingering-connections.ts';
import { type CloseReason, SegmentCounts } from './segment-counts.ts';
import { sequenceDistance } from './sequence.ts';
import type { ConnectionEnd, ProtocolStream } from './stream.ts';

export interface TcpLimits {
  readonly maxConnections: number;
  readonly idleNanos: number;
  readonly reassemblyBytesPerDirection: number;
  readonly reassemblyBytes: number;
}

/** What the layers above make of connections. */
export interface ConnectionObserver {
  /** Asked once per connection, when its first payload is there. */
  streamOf(slot: number): ProtocolStream;
  /**
   * 0 or 1: the first payload of an unknown connection says that it is worth picking up, and whose direction is the
   * client's, relative to the segment's sender (0: the sender is the client); -1: it is not.
   */
  pickUp(segment: Segment): number;
  /** After the stream, if there is one, has heard of its end. */
  closed(
    slot: number,
    nanos: number,
    reason: CloseReason,
    how: ConnectionEnd,
    byClient: boolean | undefined,
  ): void;
}

/** How long to wait for an answer to a SYN: Linux waits 64 s between its last two. */
const UNANSWERED_NANOS = 75e9;
/** How long what comes late is known to belong to a connection that is over: half of TIME_WAIT on Linux. */
const LINGER_NANOS = 30e9;
/** Windows of more than 16 MiB are rare, and a RST beyond the window is somebody else's. */
const FARTHEST_RESET = 1 << 24;
const SWEEP_NANOS = 1e9;
const NONSENSE = TCP_FLAG.fin | TCP_FLAG.rst;

const END_OF: Readonly<Record<CloseReason, ConnectionEnd>> = {
  fin: 'fin',
  reset: 'reset',
  refused: 'reset',
  unanswered: 'evicted',
  reused: 'reused',
  idle: 'evicted',
  evicted: 'evicted',
  capture_end: 'capture_end',
};

/** Segments to connections, each of which gives its bytes in order to a protocol and ends exactly once. */
export class TcpAnalyzer {
  readonly table = new ConnectionTable();
  readonly counts = new SegmentCounts();
  readonly delivery: Delivery;
  readonly #limits: TcpLimits;
  readonly #observer: ConnectionObserver;
  readonly #acknowledgments: Acknowledgments;
  readonly #handshake: Handshake;
  readonly #fins: Fins;
  readonly #lingering = new LingeringConnections();
  readonly #streams: (ProtocolStream | undefined)[] = [];
  #newestNanos = Number.NEGATIVE_INFINITY;
  #nextSweepNanos = Number.NEGATIVE_INFINITY;

  constructor(limits: TcpLimits, observer: ConnectionObserver) {
    this.#limits = limits;
    this.#observer = observer;
    const delivery = {
      perDirection: limits.reassemblyBytesPerDirection,
      total: limits.reassemblyBytes,
    };
    this.delivery = new Delivery(this.table, this.counts, delivery, (slot) => this.#streamOf(slot));
    this.#acknowledgments = new Acknowledgments(this.table, this.delivery);
    this.#handshake = new Handshake(this.table, this.delivery);
    this.#fins = new Fins(this.table, this.delivery);
  }

  /** Connections that are open, half-open ones included. */
  get openConnections(): number {
    const { recency } = this.table;
    return recency.size(PHASE.halfOpen) + recency.size(PHASE.open);
  }

  take(segment: Segment): void {
    const { counts } = this;
    const { flags, payloadLength } = segment;
    counts.segments++;
    counts.payloadBytes += payloadLength;
    this.#advance(segment.nanos);
    if ((flags & TCP_FLAG.syn) !== 0 && (flags & NONSENSE) !== 0) {
      counts.badFlags++;
      counts.badFlagsBytes += payloadLength;
      return;
    }
    const side = this.#sideOf(segment);
    if (side < 0) return;
    if (isCopy(this.table, side, segment)) {
      counts.copies++;
      counts.copiedBytes += payloadLength;
      return;
    }
    counts.ofConnections++;
    this.#count(side, segment);
    if ((flags & TCP_FLAG.rst) !== 0) this.#reset(side, segment);
    else this.#regular(side, segment);
  }

  /** Time passed without packets: what is idle ends. */
  tick(nanos: number): void {
    this.#advance(nanos);
  }

  /** The capture is over: every connection ends, or the `most` that were used longest ago. */
  end(most = Number.POSITIVE_INFINITY): void {
    const { recency } = this.table;
    let left = most;
    for (const phase of [PHASE.halfOpen, PHASE.open]) {
      for (let slot = recency.oldest(phase); slot >= 0 && left > 0; slot = recency.oldest(phase)) {
        left--;
        this.#giveUpOn(slot, this.table.lastNanos[slot], 'capture_end');
      }
    }
  }

  /** Another stream takes over, such as after an upgrade. */
  setStream(slot: number, stream: ProtocolStream): void {
    this.#streams[slot] = stream;
  }

  #advance(nanos: number): void {
    if (nanos > this.#newestNanos) this.#newestNanos = nanos;
    if (this.#newestNanos < this.#nextSweepNanos) return;
    this.#nextSweepNanos = this.#newestNanos + SWEEP_NANOS;
    this.#sweep();
  }

  #sweep(): void {
    const now = this.#newestNanos;
    const { idleNanos } = this.#limits;
    this.#endIdle(PHASE.halfOpen, Math.min(idleNanos, UNANSWERED_NANOS), 'unanswered', now);
    this.#endIdle(PHASE.open, idleNanos, 'idle', now);
    this.#lingering.forgetBefore(now - LINGER_NANOS);
  }

  #endIdle(phase: number, limitNanos: number, reason: CloseReason, now: number): void {
    const { recency, lastNanos } = this.table;
    for (;;) {
      const slot = recency.oldest(phase);
      if (slot < 0 || now - lastNanos[slot] < limitNanos) return;
      this.#giveUpOn(slot, now, reason);
    }
  }

  /** The connection and direction that a segment belongs to, made where it begins one; -1: it belongs to none. */
  #sideOf(segment: Segment): number {
    const found = this.table.index.find(segment);
    if (found < 0) return this.#late(segment) ? -1 : this.#begin(segment);
    if ((segment.flags & TCP_FLAG.syn) !== 0 && this.#handshake.beginsAnew(found, segment)) {
      this.#giveUpOn(found >> 1, segment.nanos, 'reused');
      return this.#begin(segment);
    }
    return found;
  }

  /** Whether a segment, of no connection that is open, comes from one that is over. */
  #late(segment: Segment): boolean {
    const found = this.#lingering.find(segment);
    if (found < 0) return false;
    const isSyn = (segment.flags & (TCP_FLAG.syn | TCP_FLAG.ack)) === TCP_FLAG.syn;
    if (isSyn && this.#lingering.beginsAnew(found, segment)) {
      this.#lingering.remove(found >> 1);
      return false;
    }
    this.counts.afterClose++;
    this.counts.afterCloseBytes += segment.payloadLength;
    return true;
  }

  #begin(segment: Segment): number {
    const { flags, payloadLength } = segment;
    const isSyn = (flags & TCP_FLAG.syn) !== 0;
    const role =
      isSyn || (flags & TCP_FLAG.rst) !== 0 || payloadLength === 0 ? -1 : this.#observer.pickUp(segment);
    if (!isSyn && role < 0) {
      this.counts.noConnection++;
      this.counts.noConnectionBytes += payloadLength;
      return -1;
    }
    this.#makeRoom(segment.nanos);
    this.counts.opened++;
    const slot = this.table.open(segment, isSyn ? PHASE.halfOpen : PHASE.open);
    this.#streams[slot] = undefined;
    if (isSyn) {
      // Who sends a SYN/ACK accepted the connection, whose SYN is not in the capture.
      if ((flags & TCP_FLAG.ack) !== 0) this.table.clientSide[slot] = 1;
    } else {
      this.table.clientSide[slot] = role;
      this.table.seen[slot] |= SEEN.midStream | SEEN.rolesGuessed;
    }
    return slot * 2;
  }

  /** First what is over, then what never was, then what is least used. */
  #makeRoom(nanos: number): void {
    const { recency } = this.table;
    if (this.openConnections + this.#lingering.size < this.#limits.maxConnections) return;
    if (this.#lingering.size > 0) {
      this.#lingering.removeOldest();
      return;
    }
    const halfOpen = recency.oldest(PHASE.halfOpen);
    this.#giveUpOn(halfOpen >= 0 ? halfOpen : recency.oldest(PHASE.open), nanos, 'evicted');
  }

  #count(side: number, segment: Segment): void {
    const { table } = this;
    const slot = side >> 1;
    table.segments[side]++;
    if (segment.nanos > table.lastNanos[slot]) table.lastNanos[slot] = segment.nanos;
    table.recency.touch(table.phase[slot], slot);
  }

  #regular(side: number, segment: Segment): void {
    const { table } = this;
    const { flags, payloadLength, nanos } = segment;
    const slot = side >> 1;
    const wasOver = this.#fins.isOver(slot);
    const bothClosed = (table.seenOf[slot * 2] & table.seenOf[slot * 2 + 1] & SEEN_OF.fin) !== 0;
    const isSyn = (flags & TCP_FLAG.syn) !== 0;
    if (isSyn) this.#handshake.syn(side, segment);
    else if (table.phase[slot] === PHASE.halfOpen) this.#handshake.finish(side, segment);
    if ((flags & TCP_FLAG.ack) !== 0 && !isSyn) {
      this.#acknowledgments.take(side, segment);
      this.#fins.settle(side ^ 1, nanos);
      if (payloadLength === 0) this.#bareAck(side, segment);
    }
    if (payloadLength > 0) {
      this.delivery.take(side, isSyn ? (segment.sequence + 1) | 0 : segment.sequence | 0, segment);
    }
    if ((flags & TCP_FLAG.fin) !== 0) this.#fins.take(side, segment);
    this.#fins.settle(side, nanos);
    // The first ACK after both FINs is the end: that of the last FIN, unless the capture lost it.
    const isLast = wasOver || (bothClosed && payloadLength === 0 && this.#fins.isOver(slot));
    if (isLast && (flags & TCP_FLAG.ack) !== 0) this.#close(slot, nanos, 'fin');
  }

  #bareAck(side: number, segment: Segment): void {
    const { table } = this;
    if ((segment.flags & TCP_FLAG.fin) !== 0) return;
    note(table, side, HISTORY.a);
    const isProbe =
      (table.seenOf[side] & (SEEN_OF.synchronized | SEEN_OF.finInOrder)) === SEEN_OF.synchronized &&
      sequenceDistance(segment.sequence | 0, table.nextSequence[side]) === -1;
    if (isProbe) table.keepAlives[side]++;
  }

  #reset(side: number, segment: Segment): void {
    const { table, counts } = this;
    const slot = side >> 1;
    // Old or far away: the other side ignores it, and so must we (RFC 5961 §3).
    const distance = sequenceDistance(segment.sequence | 0, table.nextSequence[side]);
    const known = (table.seenOf[side] & SEEN_OF.synchronized) !== 0;
    counts.outOfWindow += segment.payloadLength;
    if (known && table.phase[slot] === PHASE.open && (distance < -0xffff || distance > FARTHEST_RESET))
      return;
    table.seenOf[side] |= SEEN_OF.rst;
    const refused =
      table.phase[slot] === PHASE.halfOpen &&
      !table.isFromClient(side) &&
      (table.seen[slot] & SEEN.synAck) === 0;
    this.#finishDirections(slot, segment.nanos);
    note(table, side, HISTORY.r);
    this.#fins.closedFirst(side, segment.nanos);
    this.#close(slot, segment.nanos, refused ? 'refused' : 'reset');
  }

  #finishDirections(slot: number, nanos: number): void {
    this.delivery.finish(slot * 2, nanos);
    this.delivery.finish(slot * 2 + 1, nanos);
    this.#fins.settle(slot * 2, nanos);
    this.#fins.settle(slot * 2 + 1, nanos);
  }

  /**
   * Ends a connection without a close of its own, and forgets it. Both FINs without the last ACK are a close all the
   * same.
   */
  #giveUpOn(slot: number, nanos: number, reason: CloseReason): void {
    this.#finishDirections(slot, nanos);
    if (this.#fins.isOver(slot)) this.#conclude(slot, this.table.lastNanos[slot], 'fin');
    else this.#conclude(slot, nanos, reason);
    this.table.release(slot);
  }

  #close(slot: number, nanos: number, reason: CloseReason): void {
    this.#conclude(slot, nanos, reason);
    this.#lingering.add(this.table, slot);
  }

  #conclude(slot: number, nanos: number, reason: CloseReason): void {
    const { table } = this;
    const closer = table.firstCloser[slot];
    const isClose = reason === 'fin' || reason === 'reset' || reason === 'refused';
    const byClient = closer === 0 || !isClose ? undefined : closer - 1 === table.clientSide[slot];
    this.delivery.discard(slot * 2);
    this.delivery.discard(slot * 2 + 1);
    this.#streams[slot]?.end(nanos, END_OF[reason], byClient);
    this.counts.ended[reason]++;
    this.#observer.closed(slot, nanos, reason, END_OF[reason], byClient);
    this.#streams[slot] = undefined;
  }

  #streamOf(slot: number): ProtocolStream {
    const stream = this.#streams[slot];
    if (stream !== undefined) return stream;
    const made = this.#observer.streamOf(slot);
    this.#streams[slot] = made;
    return made;
  }
}
