import type { Segment } from '../segment.ts';
import { FlowIndex } from './flow-index.ts';
import { RecencyLists } from './recency-lists.ts';

/** Where a connection is in its life; each phase has a list of its own, least recently used first. */
export const PHASE = {
  /** A SYN without an answer, or a SYN/ACK alone. */
  halfOpen: 0,
  open: 1,
} as const;

/** What was seen of a connection: bits of `seen`. */
export const SEEN = {
  syn: 1,
  synAck: 2,
  /** The ACK that ends the handshake, or data in its place. */
  established: 4,
  /** The capture began in its midst. */
  midStream: 8,
  /** Who is the client follows from content and ports alone. */
  rolesGuessed: 16,
  simultaneousOpen: 32,
} as const;

/** What was seen of one direction: bits of `seenOf`. */
export const SEEN_OF = {
  /** `nextSequence` is known. */
  synchronized: 1,
  /** A FIN was seen; `finSequence` is its place. */
  fin: 2,
  /** All data before the FIN was delivered, or given up. */
  finInOrder: 4,
  rst: 8,
  /** A round trip is being measured. */
  timing: 16,
  /** The other side acknowledged bytes that were not seen. */
  acknowledgedUnseen: 32,
  /** `acknowledged` is known. */
  acknowledged: 64,
  /** The direction sent at least one byte of payload. */
  data: 128,
} as const;

const FIRST_SLOTS = 1024;
export const HISTORY_LETTERS = 24;

/**
 * All connections, field by field: no object per connection, so that a flood of SYNs costs some 500 bytes each.
 * A field of the connection is indexed by its slot; one of a direction by slot × 2 + direction, where 0 is the
 * direction of the first packet. Times are nanoseconds since the capture clock's base, `NaN` where unknown.
 */
export class ConnectionTable {
  readonly index = new FlowIndex(FIRST_SLOTS);
  readonly recency = new RecencyLists(Object.keys(PHASE).length, FIRST_SLOTS);
  /** How many slots there are; never more than asked for. */
  slots = 0;
  readonly #free: number[] = [];
  #capacity = FIRST_SLOTS;

  phase = new Uint8Array(FIRST_SLOTS);
  seen = new Uint8Array(FIRST_SLOTS);
  /** The direction that is the client's: 0 unless roles were guessed otherwise. */
  clientSide = new Uint8Array(FIRST_SLOTS);
  /** Direction whose FIN or RST came first, plus 1; 0: none yet. */
  firstCloser = new Uint8Array(FIRST_SLOTS);
  /** What it was recognized as: a number that the layer above gives a meaning; 0: nothing. */
  protocol = new Uint8Array(FIRST_SLOTS);
  ipVersion = new Uint8Array(FIRST_SLOTS);
  historyLength = new Uint8Array(FIRST_SLOTS);
  /** Letters of `History` that were written, as bits. */
  historySeen = new Int32Array(FIRST_SLOTS);
  history = new Uint8Array(FIRST_SLOTS * HISTORY_LETTERS);
  turns = new Int32Array(FIRST_SLOTS);
  exchanges = new Int32Array(FIRST_SLOTS);
  /** SYNs after the first. */
  synRetransmits = new Int32Array(FIRST_SLOTS);
  /** The first packet: of the first SYN, unless the capture began later. */
  firstNanos = new Float64Array(FIRST_SLOTS);
  newestSynNanos = new Float64Array(FIRST_SLOTS);
  synAckNanos = new Float64Array(FIRST_SLOTS);
  /** The end of the handshake. */
  establishedNanos = new Float64Array(FIRST_SLOTS);
  lastNanos = new Float64Array(FIRST_SLOTS);
  lastDataNanos = new Float64Array(FIRST_SLOTS);
  longestIdleNanos = new Float64Array(FIRST_SLOTS);
  /** The first FIN or RST. */
  firstCloseNanos = new Float64Array(FIRST_SLOTS);
  /** The newest data of the client, while no data of the server followed. */
  askedNanos = new Float64Array(FIRST_SLOTS);
  responseFirstNanos = new Float64Array(FIRST_SLOTS);
  responseMaxNanos = new Float64Array(FIRST_SLOTS);
  responseTotalNanos = new Float64Array(FIRST_SLOTS);

  seenOf = new Uint8Array(FIRST_SLOTS * 2);
  /** Where the newest segment came from that brought something new (`Segment.interfaceId`). */
  interfaceId = new Int32Array(FIRST_SLOTS * 2);
  /** Initial sequence number, that of the SYN. */
  initialSequence = new Int32Array(FIRST_SLOTS * 2);
  /** The first byte that was not delivered yet: what RFC 9293 calls RCV.NXT. */
  nextSequence = new Int32Array(FIRST_SLOTS * 2);
  finSequence = new Int32Array(FIRST_SLOTS * 2);
  /** The highest acknowledgment of this direction's data. */
  acknowledged = new Int32Array(FIRST_SLOTS * 2);
  /** As this direction announced it last. */
  window = new Int32Array(FIRST_SLOTS * 2);
  segments = new Int32Array(FIRST_SLOTS * 2);
  bytes = new Float64Array(FIRST_SLOTS * 2);
  missedBytes = new Float64Array(FIRST_SLOTS * 2);
  retransmits = new Int32Array(FIRST_SLOTS * 2);
  outOfOrder = new Int32Array(FIRST_SLOTS * 2);
  duplicateAcks = new Int32Array(FIRST_SLOTS * 2);
  zeroWindows = new Int32Array(FIRST_SLOTS * 2);
  keepAlives = new Int32Array(FIRST_SLOTS * 2);
  /** Segments in a row that made no sense where the stream is. */
  strays = new Uint8Array(FIRST_SLOTS * 2);
  timedSequence = new Int32Array(FIRST_SLOTS * 2);
  timedNanos = new Float64Array(FIRST_SLOTS * 2);
  /** From a segment of this direction to its ACK: smoothed as RFC 6298 has it, and the least. */
  smoothedRttNanos = new Float64Array(FIRST_SLOTS * 2);
  leastRttNanos = new Float64Array(FIRST_SLOTS * 2);

  /** Makes room for the connection of a segment that no connection has, and puts it on the list of its phase. */
  open(segment: Segment, phase: number): number {
    const slot = this.#free.pop() ?? this.slots++;
    if (slot >= this.#capacity) this.#grow();
    this.#clear(slot, segment.nanos);
    this.phase[slot] = phase;
    this.ipVersion[slot] = segment.ipVersion;
    this.index.insert(slot, segment);
    this.recency.add(phase, slot);
    return slot;
  }

  release(slot: number): void {
    this.index.remove(slot);
    this.recency.remove(this.phase[slot], slot);
    this.#free.push(slot);
  }

  enter(slot: number, phase: number): void {
    this.recency.remove(this.phase[slot], slot);
    this.phase[slot] = phase;
    this.recency.add(phase, slot);
  }

  /** The slot of `slot × 2 + direction` whose direction is the client's. */
  isFromClient(side: number): boolean {
    return (side & 1) === this.clientSide[side >> 1];
  }

  #clear(slot: number, nanos: number): void {
    this.seen[slot] = 0;
    this.clientSide[slot] = 0;
    this.firstCloser[slot] = 0;
    this.protocol[slot] = 0;
    this.historyLength[slot] = 0;
    this.historySeen[slot] = 0;
    this.turns[slot] = 0;
    this.exchanges[slot] = 0;
    this.synRetransmits[slot] = 0;
    this.firstNanos[slot] = nanos;
    this.lastNanos[slot] = nanos;
    this.newestSynNanos[slot] = Number.NaN;
    this.synAckNanos[slot] = Number.NaN;
    this.establishedNanos[slot] = Number.NaN;
    this.lastDataNanos[slot] = Number.NaN;
    this.longestIdleNanos[slot] = 0;
    this.firstCloseNanos[slot] = Number.NaN;
    this.askedNanos[slot] = Number.NaN;
    this.responseFirstNanos[slot] = Number.NaN;
    this.responseMaxNanos[slot] = 0;
    this.responseTotalNanos[slot] = 0;
    this.#clearSide(slot * 2);
    this.#clearSide(slot * 2 + 1);
  }

  #clearSide(side: number): void {
    this.seenOf[side] = 0;
    this.interfaceId[side] = 0;
    this.window[side] = -1;
    this.segments[side] = 0;
    this.bytes[side] = 0;
    this.missedBytes[side] = 0;
    this.retransmits[side] = 0;
    this.outOfOrder[side] = 0;
    this.duplicateAcks[side] = 0;
    this.zeroWindows[side] = 0;
    this.keepAlives[side] = 0;
    this.strays[side] = 0;
    this.smoothedRttNanos[side] = Number.NaN;
    this.leastRttNanos[side] = Number.NaN;
  }

  #grow(): void {
    this.#capacity *= 2;
    this.index.grow(this.#capacity);
    this.recency.grow(this.#capacity);
    const fields = this as unknown as Record<string, unknown>;
    for (const [name, field] of Object.entries(fields)) {
      if (ArrayBuffer.isView(field)) fields[name] = grown(field as NumberArray, 2);
    }
  }
}

type NumberArray = Uint8Array | Int32Array | Float64Array;

function grown<T extends NumberArray>(old: T, factor: number): T {
  const larger = new (old.constructor as new (length: number) => T)(old.length * factor);
  larger.set(old as never);
  return larger;
}
