import type { Segment } from '../segment.ts';
import { type ConnectionTable, SEEN, SEEN_OF } from './connection-table.ts';
import { FlowIndex } from './flow-index.ts';
import { RecencyLists } from './recency-lists.ts';

const FIRST_SLOTS = 1024;
/** The one list, oldest close first. */
const CLOSED = 0;

/**
 * Connections that are over, for as long as something of theirs may come late. Of each there is only what tells a late
 * segment from a new connection: where closes are many, the slots of the connection table would else go round through
 * memory that no cache holds.
 */
export class LingeringConnections {
  readonly #index = new FlowIndex(FIRST_SLOTS);
  readonly #order = new RecencyLists(1, FIRST_SLOTS);
  readonly #free: number[] = [];
  #slots = 0;
  #capacity = FIRST_SLOTS;
  #lastNanos = new Float64Array(FIRST_SLOTS);
  /** Initial sequence numbers of both directions, `NaN` where they are not known. */
  #initialSequence = new Float64Array(FIRST_SLOTS * 2);

  get size(): number {
    return this.#order.size(CLOSED);
  }

  /** Takes over from the table, whose slot is free afterwards. */
  add(table: ConnectionTable, tableSlot: number): void {
    const slot = this.#free.pop() ?? this.#slots++;
    if (slot >= this.#capacity) this.#grow();
    this.#index.insertFrom(slot, table.index, tableSlot);
    this.#order.add(CLOSED, slot);
    this.#lastNanos[slot] = table.lastNanos[tableSlot];
    const isMidStream = (table.seen[tableSlot] & SEEN.midStream) !== 0;
    for (let side = 0; side < 2; side++) {
      const tableSide = tableSlot * 2 + side;
      const isKnown = !isMidStream && (table.seenOf[tableSide] & SEEN_OF.synchronized) !== 0;
      this.#initialSequence[slot * 2 + side] = isKnown ? table.initialSequence[tableSide] : Number.NaN;
    }
    table.release(tableSlot);
  }

  /** Slot × 2 + direction of the connection that a segment is late for, or -1. */
  find(segment: Segment): number {
    return this.size === 0 ? -1 : this.#index.find(segment);
  }

  /** Whether a SYN, without ACK, is not one that the connection found for it began with. */
  beginsAnew(side: number, segment: Segment): boolean {
    return this.#initialSequence[side] !== (segment.sequence | 0);
  }

  remove(slot: number): void {
    this.#index.remove(slot);
    this.#order.remove(CLOSED, slot);
    this.#free.push(slot);
  }

  removeOldest(): void {
    this.remove(this.#order.oldest(CLOSED));
  }

  /** Forgets those whose last segment came before. */
  forgetBefore(nanos: number): void {
    for (;;) {
      const slot = this.#order.oldest(CLOSED);
      if (slot < 0 || this.#lastNanos[slot] > nanos) return;
      this.remove(slot);
    }
  }

  #grow(): void {
    this.#capacity *= 2;
    this.#index.grow(this.#capacity);
    this.#order.grow(this.#capacity);
    const lastNanos = new Float64Array(this.#capacity);
    lastNanos.set(this.#lastNanos);
    this.#lastNanos = lastNanos;
    const initialSequence = new Float64Array(this.#capacity * 2);
    initialSequence.set(this.#initialSequence);
    this.#initialSequence = initialSequence;
  }
}
