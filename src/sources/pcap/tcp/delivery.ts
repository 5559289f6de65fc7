import type { Segment } from '../segment.ts';
import { type ConnectionTable, SEEN_OF } from './connection-table.ts';
import { HeldBytes } from './held-bytes.ts';
import { HISTORY, note, noteCount } from './history.ts';
import type { SegmentCounts } from './segment-counts.ts';
import { sequenceDistance } from './sequence.ts';
import type { ProtocolStream } from './stream.ts';

/** No window is larger (RFC 7323 §2.2): what lies further away belongs to another time. */
const LARGEST_WINDOW = 1 << 30;
/** Segments in a row out of any window, after which the stream is taken to be where they say. */
const STRAYS_TO_FOLLOW = 4;
/** A hole that is filled later than this was filled by a retransmission, as Wireshark has it. */
const REORDERING_NANOS = 3e6;
/** How long to wait for a hole to be filled where no ACK of the other side tells whether it must be. */
const BLIND_WAIT_NANOS = 1e9;

export interface DeliveryLimits {
  /** Bytes held for one direction until a hole is given up. */
  readonly perDirection: number;
  /** The same for all connections together. */
  readonly total: number;
}

/** Brings the payload of each direction into order, each byte once, and hands it to the protocol. */
export class Delivery {
  readonly held = new HeldBytes();
  readonly #table: ConnectionTable;
  readonly #counts: SegmentCounts;
  readonly #limits: DeliveryLimits;
  readonly #streamOf: (slot: number) => ProtocolStream;

  constructor(
    table: ConnectionTable,
    counts: SegmentCounts,
    limits: DeliveryLimits,
    streamOf: (slot: number) => ProtocolStream,
  ) {
    this.#table = table;
    this.#counts = counts;
    this.#limits = limits;
    this.#streamOf = streamOf;
  }

  /** `sequence` is that of the first byte of payload, which a SYN precedes by one. The segment has payload. */
  take(side: number, sequence: number, segment: Segment): void {
    const table = this.#table;
    if ((table.seenOf[side] & SEEN_OF.synchronized) === 0) this.synchronize(side, sequence);
    const distance = sequenceDistance(sequence, table.nextSequence[side]);
    if (distance === 0 && this.held.isEmpty) {
      const { bytes, payloadStart, payloadCaptured, payloadLength, nanos } = segment;
      this.#deliver(side, bytes, payloadStart, payloadCaptured, payloadLength, nanos);
    } else if (distance > LARGEST_WINDOW || distance < -LARGEST_WINDOW) {
      this.#stray(side, sequence, segment);
    } else if (distance > 0) {
      this.#early(side, sequence, segment);
    } else {
      this.#overlapping(side, -distance, segment);
    }
  }

  synchronize(side: number, nextSequence: number): void {
    this.#table.nextSequence[side] = nextSequence;
    this.#table.seenOf[side] |= SEEN_OF.synchronized;
  }

  /** What lies before `sequence` will not come any more: the stream goes on there. */
  giveUpTo(side: number, sequence: number, nanos: number): void {
    const table = this.#table;
    for (;;) {
      // What is held may lie before what comes next: behind a FIN there is no more data, whatever was sent.
      this.#drain(side, nanos);
      const missing = sequenceDistance(sequence, table.nextSequence[side]);
      if (missing <= 0) return;
      const first = this.held.first(side);
      const ahead =
        first === undefined ? missing : sequenceDistance(first.sequence, table.nextSequence[side]);
      this.#gap(side, Math.min(ahead, missing), nanos);
    }
  }

  /** Nothing more will come: delivers what is held, with gaps before it. */
  finish(side: number, nanos: number): void {
    for (let piece = this.held.first(side); piece !== undefined; piece = this.held.first(side)) {
      this.giveUpTo(side, piece.sequence, nanos);
    }
  }

  /** The connection is over: what is held still lies behind its FIN, where no data can be. */
  discard(side: number): void {
    while (this.held.has(side)) this.#counts.outOfWindow += this.held.take(side).length;
  }

  /** The first bytes of the segment, or all, were there before. */
  #overlapping(side: number, old: number, segment: Segment): void {
    const table = this.#table;
    const { payloadLength, payloadStart, payloadCaptured, bytes, nanos } = segment;
    const again = Math.min(old, payloadLength);
    if (again > 0) {
      if (this.#isKeepAlive(side, old, payloadLength)) table.keepAlives[side]++;
      else this.#retransmitted(side);
      this.#counts.retransmitted += again;
    }
    if (again === payloadLength) return;
    const captured = payloadCaptured > again ? payloadCaptured - again : 0;
    const first = this.held.first(side);
    const room =
      first === undefined
        ? payloadLength - again
        : Math.min(payloadLength - again, sequenceDistance(first.sequence, table.nextSequence[side]));
    const holeSince = first?.nanos;
    this.#deliver(side, bytes, payloadStart + again, Math.min(captured, room), room, nanos);
    if (holeSince === undefined) return;
    this.#filled(side, holeSince, nanos);
    this.#drain(side, nanos);
    const rest = payloadLength - again - room;
    if (rest > 0) this.#takeRest(side, segment, rest);
  }

  /** What reached into bytes that were held: those stay, and what lies behind them is looked at again. */
  #takeRest(side: number, segment: Segment, rest: number): void {
    const { payloadLength, payloadStart, payloadCaptured } = segment;
    const skipped = payloadLength - rest;
    const sequence = (segment.sequence + ((segment.flags & 2) === 0 ? 0 : 1) + skipped) | 0;
    const covered = sequenceDistance(this.#table.nextSequence[side], sequence);
    if (covered >= rest) {
      this.#counts.retransmitted += rest;
      return;
    }
    const bytes = segment.bytes.slice(
      payloadStart + skipped,
      payloadStart + Math.max(skipped, payloadCaptured),
    );
    this.#counts.retransmitted += Math.max(0, covered);
    const from = Math.max(0, covered);
    const piece = {
      sequence: (sequence + from) | 0,
      length: rest - from,
      bytes: bytes.subarray(Math.min(from, bytes.length)),
      nanos: segment.nanos,
    };
    const held = this.held.hold(side, this.#table.nextSequence[side], piece);
    this.#counts.retransmitted += piece.length - held;
    this.#drain(side, segment.nanos);
  }

  /** A keep-alive probe repeats the byte before the next (RFC 9293 §3.8.4), which the other side has acknowledged. */
  #isKeepAlive(side: number, old: number, length: number): boolean {
    const table = this.#table;
    return (
      length === 1 &&
      old === 1 &&
      (table.seenOf[side] & SEEN_OF.acknowledged) !== 0 &&
      sequenceDistance(table.acknowledged[side], table.nextSequence[side]) === 0
    );
  }

  #early(side: number, sequence: number, segment: Segment): void {
    const { bytes, payloadStart, payloadCaptured, payloadLength, nanos } = segment;
    const { held } = this;
    const next = this.#table.nextSequence[side];
    const piece = {
      sequence,
      length: payloadLength,
      bytes: bytes.subarray(payloadStart, payloadStart + payloadCaptured),
      nanos,
    };
    const added = held.hold(side, next, piece);
    if (added < payloadLength) this.#counts.retransmitted += payloadLength - added;
    if (added === 0) this.#retransmitted(side);
    const first = held.first(side)!;
    if (
      held.cost(side) > this.#limits.perDirection ||
      held.totalCost > this.#limits.total ||
      this.#waitedBlindly(side, first.nanos, nanos)
    ) {
      this.giveUpTo(side, first.sequence, nanos);
    }
  }

  #waitedBlindly(side: number, since: number, nanos: number): boolean {
    return (this.#table.seenOf[side] & SEEN_OF.acknowledged) === 0 && nanos - since > BLIND_WAIT_NANOS;
  }

  #stray(side: number, sequence: number, segment: Segment): void {
    const table = this.#table;
    table.strays[side]++;
    if (table.strays[side] < STRAYS_TO_FOLLOW) {
      this.#counts.outOfWindow += segment.payloadLength;
      return;
    }
    this.finish(side, segment.nanos);
    // How much is missing is unknown: more than a window. One byte says that something is.
    this.#gap(side, 1, segment.nanos);
    table.nextSequence[side] = sequence;
    this.take(side, sequence, segment);
  }

  /** Delivers what is held, as far as it follows on. */
  #drain(side: number, nanos: number): void {
    const table = this.#table;
    for (;;) {
      const first = this.held.first(side);
      if (first === undefined || sequenceDistance(first.sequence, table.nextSequence[side]) > 0) return;
      const { bytes, length, sequence } = this.held.take(side);
      const old = sequenceDistance(table.nextSequence[side], sequence);
      if (old >= length) {
        this.#counts.retransmitted += length;
        continue;
      }
      this.#counts.retransmitted += old;
      const captured = Math.max(0, bytes.length - old);
      this.#deliver(side, bytes, old, captured, length - old, nanos);
    }
  }

  #filled(side: number, since: number, nanos: number): void {
    const table = this.#table;
    if (nanos - since > REORDERING_NANOS) this.#retransmitted(side);
    else table.outOfOrder[side]++;
  }

  #retransmitted(side: number): void {
    const table = this.#table;
    table.retransmits[side]++;
    // Karn: which of two copies an ACK is for cannot be known.
    table.seenOf[side] &= ~SEEN_OF.timing;
    noteCount(table, side, HISTORY.t, table.retransmits[side]);
  }

  #gap(side: number, length: number, nanos: number): void {
    const table = this.#table;
    table.nextSequence[side] = (table.nextSequence[side] + length) | 0;
    table.missedBytes[side] += length;
    this.#counts.missedBytes += length;
    note(table, side, HISTORY.g);
    this.#streamOf(side >> 1).gap(table.isFromClient(side), length, nanos);
  }

  #deliver(
    side: number,
    bytes: Uint8Array,
    start: number,
    captured: number,
    length: number,
    nanos: number,
  ): void {
    const table = this.#table;
    const slot = side >> 1;
    const fromClient = table.isFromClient(side);
    if ((table.seenOf[side] & SEEN_OF.data) === 0) {
      table.seenOf[side] |= SEEN_OF.data;
      note(table, side, HISTORY.d);
    }
    table.nextSequence[side] = (table.nextSequence[side] + length) | 0;
    table.bytes[side] += length;
    table.strays[side] = 0;
    this.#counts.delivered += captured;
    if ((table.seenOf[side] & SEEN_OF.timing) === 0) {
      table.seenOf[side] |= SEEN_OF.timing;
      table.timedSequence[side] = table.nextSequence[side];
      table.timedNanos[side] = nanos;
    }
    noteTurn(table, slot, fromClient, nanos);
    const stream = this.#streamOf(slot);
    if (captured > 0) stream.data(fromClient, bytes, start, start + captured, nanos);
    if (captured === length) return;
    this.#counts.notCaptured += length - captured;
    table.missedBytes[side] += length - captured;
    stream.gap(fromClient, length - captured, nanos);
  }
}

/** Idle and response times of the connection, whatever its protocol. */
function noteTurn(table: ConnectionTable, slot: number, fromClient: boolean, nanos: number): void {
  const last = table.lastDataNanos[slot];
  const idle = nanos - (!Number.isNaN(last) ? last : table.firstNanos[slot]);
  if (idle > table.longestIdleNanos[slot]) table.longestIdleNanos[slot] = idle;
  table.lastDataNanos[slot] = nanos;
  const asked = table.askedNanos[slot];
  if (fromClient) {
    table.askedNanos[slot] = nanos;
  } else if (!Number.isNaN(asked)) {
    const response = nanos - asked;
    if (table.turns[slot] === 0) table.responseFirstNanos[slot] = response;
    table.turns[slot]++;
    table.responseTotalNanos[slot] += response;
    if (response > table.responseMaxNanos[slot]) table.responseMaxNanos[slot] = response;
    table.askedNanos[slot] = Number.NaN;
  }
}
