import { type Segment, TCP_FLAG } from '../segment.ts';
import { addRoundTrip } from './acknowledgments.ts';
import { type ConnectionTable, PHASE, SEEN, SEEN_OF } from './connection-table.ts';
import type { Delivery } from './delivery.ts';
import { HISTORY, note } from './history.ts';
import { sequenceDistance } from './sequence.ts';

/** From SYN to the ACK of the SYN/ACK, in whatever order the capture has them and whichever of them it has. */
export class Handshake {
  readonly #table: ConnectionTable;
  readonly #delivery: Delivery;

  constructor(table: ConnectionTable, delivery: Delivery) {
    this.#table = table;
    this.#delivery = delivery;
  }

  /** A SYN that a connection with the same four-tuple gets begins another one, unless it belongs to its handshake. */
  beginsAnew(side: number, segment: Segment): boolean {
    const table = this.#table;
    const slot = side >> 1;
    const sequence = segment.sequence | 0;
    const isKnown = (table.seenOf[side] & SEEN_OF.synchronized) !== 0;
    if ((segment.flags & TCP_FLAG.ack) !== 0) return false;
    if ((table.seen[slot] & SEEN.midStream) !== 0) return true;
    if (isKnown) {
      // Sent again, or, after a SYN/ACK came first, what that one answered.
      if (table.initialSequence[side] === sequence) return false;
      return true;
    }
    // Nothing of this side yet: the other's SYN crossed it (RFC 9293 §3.5, simultaneous open).
    return table.phase[slot] !== PHASE.halfOpen;
  }

  /** A SYN or SYN/ACK of the connection. */
  syn(side: number, segment: Segment): void {
    const table = this.#table;
    const slot = side >> 1;
    const sequence = segment.sequence | 0;
    const isFirst = (table.seenOf[side] & SEEN_OF.synchronized) === 0;
    if (isFirst) {
      table.initialSequence[side] = sequence;
      this.#delivery.synchronize(side, (sequence + 1) | 0);
    } else if (table.initialSequence[side] !== sequence) {
      return;
    }
    if ((segment.flags & TCP_FLAG.ack) === 0) this.#plainSyn(side, segment);
    else this.#synAck(side, segment, isFirst);
    table.window[side] = segment.window;
    if (table.seen[slot] & SEEN.simultaneousOpen) this.#establishCrossing(slot, segment);
  }

  /** A segment without SYN on a half-open connection: the ACK of the handshake, or what stands in its place. */
  finish(side: number, segment: Segment): void {
    const table = this.#table;
    const slot = side >> 1;
    if ((segment.flags & TCP_FLAG.ack) === 0 && segment.payloadLength === 0) return;
    // A server's ACK of a SYN that it does not take (RFC 5961 §4) ends no handshake, its data does.
    if (!table.isFromClient(side) && segment.payloadLength === 0 && (segment.flags & TCP_FLAG.fin) === 0)
      return;
    table.establishedNanos[slot] = segment.nanos;
    table.seen[slot] |= SEEN.established;
    table.enter(slot, PHASE.open);
    if ((table.seen[slot] & SEEN.synAck) !== 0 && table.isFromClient(side)) {
      addRoundTrip(table, side ^ 1, segment.nanos - table.synAckNanos[slot]);
    }
  }

  #plainSyn(side: number, segment: Segment): void {
    const table = this.#table;
    const slot = side >> 1;
    if ((table.seen[slot] & SEEN.syn) === 0) {
      // A SYN/ACK that was captured before its SYN: the SYN was sent first all the same.
      table.seen[slot] |= SEEN.syn;
      table.newestSynNanos[slot] = segment.nanos;
    } else if (table.isFromClient(side)) {
      table.synRetransmits[slot]++;
      if ((table.seen[slot] & SEEN.synAck) === 0) table.newestSynNanos[slot] = segment.nanos;
    } else {
      table.seen[slot] |= SEEN.simultaneousOpen;
    }
    note(table, side, HISTORY.s);
  }

  #synAck(side: number, segment: Segment, isFirst: boolean): void {
    const table = this.#table;
    const slot = side >> 1;
    if (table.isFromClient(side)) return;
    const client = side ^ 1;
    const acknowledgment = segment.acknowledgment | 0;
    if ((table.seenOf[client] & SEEN_OF.synchronized) === 0) {
      // The SYN is not there, but its number is known.
      table.initialSequence[client] = (acknowledgment - 1) | 0;
      this.#delivery.synchronize(client, acknowledgment);
    }
    if ((table.seen[slot] & SEEN.synAck) !== 0) {
      if (!isFirst) table.retransmits[side]++;
      return;
    }
    // It answers another SYN than the one that was seen.
    if (sequenceDistance(acknowledgment, table.initialSequence[client]) <= 0) return;
    table.seen[slot] |= SEEN.synAck;
    table.synAckNanos[slot] = segment.nanos;
    if ((table.seen[slot] & SEEN.syn) !== 0) {
      addRoundTrip(table, client, segment.nanos - table.newestSynNanos[slot]);
    }
    note(table, side, HISTORY.h);
  }

  /** Both sent a SYN; the first SYN/ACK, of either, ends the handshake. */
  #establishCrossing(slot: number, segment: Segment): void {
    const table = this.#table;
    if ((segment.flags & TCP_FLAG.ack) === 0 || table.phase[slot] !== PHASE.halfOpen) return;
    table.establishedNanos[slot] = segment.nanos;
    table.seen[slot] |= SEEN.established | SEEN.synAck;
    if (!(table.synAckNanos[slot] >= 0)) table.synAckNanos[slot] = segment.nanos;
    table.enter(slot, PHASE.open);
  }
}
