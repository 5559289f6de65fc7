import { type Segment, TCP_FLAG } from '../segment.ts';
import { type ConnectionTable, SEEN_OF } from './connection-table.ts';
import type { Delivery } from './delivery.ts';
import { HISTORY, noteCount } from './history.ts';
import { sequenceDistance } from './sequence.ts';

/** No window is larger (RFC 7323 §2.2), so no ACK can be further ahead. */
const LARGEST_WINDOW = 1 << 30;
const NOT_PURE = TCP_FLAG.syn | TCP_FLAG.fin | TCP_FLAG.rst;

/** What the ACK of one side says about the data of the other: round trips, duplicates, and bytes that are not in the capture. */
export class Acknowledgments {
  readonly #table: ConnectionTable;
  readonly #delivery: Delivery;

  constructor(table: ConnectionTable, delivery: Delivery) {
    this.#table = table;
    this.#delivery = delivery;
  }

  /** The segment, of `side`, has the ACK bit, and neither SYN nor RST. Comes before its payload is taken. */
  take(side: number, segment: Segment): void {
    const table = this.#table;
    const other = side ^ 1;
    const acknowledgment = segment.acknowledgment | 0;
    if ((table.seenOf[other] & SEEN_OF.synchronized) === 0) {
      this.#delivery.synchronize(other, acknowledgment);
    }
    const ahead = sequenceDistance(acknowledgment, table.nextSequence[other]);
    if (ahead > 0) this.#unseen(other, ahead, segment);
    if (ahead > LARGEST_WINDOW) return;
    this.#roundTrip(other, acknowledgment, segment.nanos);
    this.#count(side, other, acknowledgment, segment);
  }

  /**
   * Bytes are acknowledged that the capture does not have. An ACK may have overtaken its data on the way into the
   * capture, so a bare one is believed when it is not alone: when data or a FIN rides on it, when another follows,
   * or when later data is there already.
   */
  #unseen(other: number, ahead: number, segment: Segment): void {
    if (ahead > LARGEST_WINDOW) return;
    const table = this.#table;
    const isFirst = (table.seenOf[other] & SEEN_OF.acknowledgedUnseen) === 0;
    // The FIN is there, and its ACK is for all before it.
    const ofFin = (table.seenOf[other] & SEEN_OF.fin) !== 0;
    if (isFirst && !ofFin && segment.payloadLength === 0 && (segment.flags & TCP_FLAG.fin) === 0) {
      if (!this.#delivery.held.has(other)) {
        table.seenOf[other] |= SEEN_OF.acknowledgedUnseen;
        return;
      }
    }
    table.seenOf[other] &= ~SEEN_OF.acknowledgedUnseen;
    this.#giveUp(other, segment.acknowledgment | 0, segment.nanos);
  }

  /** A FIN takes a number too. The one behind all data of a FIN that was not captured is no lost byte. */
  #giveUp(other: number, acknowledgment: number, nanos: number): void {
    const table = this.#table;
    if ((table.seenOf[other] & SEEN_OF.fin) !== 0) {
      const fin = table.finSequence[other];
      const target = sequenceDistance(acknowledgment, fin) > 0 ? fin : acknowledgment;
      this.#delivery.giveUpTo(other, target, nanos);
    } else if (
      sequenceDistance(acknowledgment, table.nextSequence[other]) > 1 ||
      this.#delivery.held.has(other)
    ) {
      this.#delivery.giveUpTo(other, acknowledgment, nanos);
    }
  }

  #roundTrip(other: number, acknowledgment: number, nanos: number): void {
    const table = this.#table;
    if ((table.seenOf[other] & SEEN_OF.timing) === 0) return;
    if (sequenceDistance(acknowledgment, table.timedSequence[other]) < 0) return;
    table.seenOf[other] &= ~SEEN_OF.timing;
    addRoundTrip(table, other, nanos - table.timedNanos[other]);
  }

  /** A duplicate ACK as RFC 5681 §2 defines it. */
  #count(side: number, other: number, acknowledgment: number, segment: Segment): void {
    const table = this.#table;
    const { window } = segment;
    if ((table.seenOf[other] & SEEN_OF.acknowledged) === 0) {
      table.seenOf[other] |= SEEN_OF.acknowledged;
      table.acknowledged[other] = acknowledgment;
    } else {
      const progress = sequenceDistance(acknowledgment, table.acknowledged[other]);
      if (progress > 0) {
        table.acknowledged[other] = acknowledgment;
      } else if (
        progress === 0 &&
        segment.payloadLength === 0 &&
        (segment.flags & NOT_PURE) === 0 &&
        table.window[side] === window &&
        (sequenceDistance(table.nextSequence[other], acknowledgment) > 0 || this.#delivery.held.has(other))
      ) {
        table.duplicateAcks[side]++;
      }
    }
    if (window === 0 && table.window[side] !== 0) {
      table.zeroWindows[side]++;
      noteCount(table, side, HISTORY.w, table.zeroWindows[side]);
    }
    table.window[side] = window;
  }
}

/** RFC 6298 §2: a new sample has an eighth of the weight. */
export function addRoundTrip(table: ConnectionTable, side: number, nanos: number): void {
  if (!(nanos >= 0)) return;
  const smoothed = table.smoothedRttNanos[side];
  table.smoothedRttNanos[side] = !Number.isNaN(smoothed) ? smoothed + (nanos - smoothed) / 8 : nanos;
  const least = table.leastRttNanos[side];
  if (!(least <= nanos)) table.leastRttNanos[side] = nanos;
}
