import type { Segment } from '../segment.ts';
import { type ConnectionTable, SEEN_OF } from './connection-table.ts';
import type { Delivery } from './delivery.ts';
import { HISTORY, note } from './history.ts';
import { sequenceDistance } from './sequence.ts';

/** What ends the directions of connections, and who was first. */
export class Fins {
  readonly #table: ConnectionTable;
  readonly #delivery: Delivery;

  constructor(table: ConnectionTable, delivery: Delivery) {
    this.#table = table;
    this.#delivery = delivery;
  }

  /** Both directions are closed, and all before their FINs is there or was given up. */
  isOver(slot: number): boolean {
    return (this.#table.seenOf[slot * 2] & this.#table.seenOf[slot * 2 + 1] & SEEN_OF.finInOrder) !== 0;
  }

  /** A segment of `side` with a FIN. */
  take(side: number, segment: Segment): void {
    const table = this.#table;
    const sequence = (segment.sequence + segment.payloadLength) | 0;
    if ((table.seenOf[side] & SEEN_OF.synchronized) === 0) this.#delivery.synchronize(side, sequence);
    if ((table.seenOf[side] & SEEN_OF.fin) !== 0) {
      // With payload it is counted as such; Zeek's letter is for payload alone.
      if (segment.payloadLength === 0 && sequence === table.finSequence[side]) table.retransmits[side]++;
      return;
    }
    // One from before what was delivered already is not of this stream.
    if (sequenceDistance(sequence, table.nextSequence[side]) < 0) return;
    table.seenOf[side] |= SEEN_OF.fin;
    table.finSequence[side] = sequence;
    note(table, side, HISTORY.f);
  }

  /** Whether all data before the FIN is there now. */
  settle(side: number, nanos: number): void {
    const table = this.#table;
    if ((table.seenOf[side] & (SEEN_OF.fin | SEEN_OF.finInOrder)) !== SEEN_OF.fin) return;
    if (sequenceDistance(table.finSequence[side], table.nextSequence[side]) > 0) return;
    table.seenOf[side] |= SEEN_OF.finInOrder;
    table.nextSequence[side] = (table.finSequence[side] + 1) | 0;
    this.closedFirst(side, nanos);
  }

  /** A FIN in order, or a RST: who sends it first closes the connection. */
  closedFirst(side: number, nanos: number): void {
    const table = this.#table;
    const slot = side >> 1;
    if (table.firstCloser[slot] !== 0) return;
    table.firstCloser[slot] = (side & 1) + 1;
    table.firstCloseNanos[slot] = nanos;
  }
}
