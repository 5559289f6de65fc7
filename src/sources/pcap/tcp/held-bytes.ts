import { sequenceDistance } from './sequence.ts';

/** Bytes that came before those that precede them. */
export interface Piece {
  readonly sequence: number;
  /** On the wire; `bytes` has less when the record was cut off. */
  readonly length: number;
  readonly bytes: Uint8Array;
  /** When it came. */
  readonly nanos: number;
}

/** What a piece costs besides its bytes, so that one byte per segment is not for free. */
const PIECE_OVERHEAD_BYTES = 128;

/**
 * What waits for a hole to be filled, for all directions of all connections, in the order of the stream. Where two
 * segments overlap, what came first stays.
 */
export class HeldBytes {
  readonly #pieces = new Map<number, Piece[]>();
  readonly #costs = new Map<number, number>();
  /** Payload that is held now, on the wire. */
  payloadBytes = 0;
  totalCost = 0;

  get isEmpty(): boolean {
    return this.#pieces.size === 0;
  }

  has(side: number): boolean {
    return this.#pieces.has(side);
  }

  cost(side: number): number {
    return this.#costs.get(side) ?? 0;
  }

  first(side: number): Piece | undefined {
    return this.#pieces.get(side)?.[0];
  }

  /** Copies what is not yet held of a piece that lies ahead of `next`. Returns how many bytes that were. */
  hold(side: number, next: number, piece: Piece): number {
    const pieces = this.#pieces.get(side) ?? [];
    let from = sequenceDistance(piece.sequence, next);
    const end = from + piece.length;
    let held = 0;
    let at = firstEndingAfter(pieces, from, next);
    while (from < end) {
      const other = pieces[at];
      const otherFrom =
        other === undefined ? Number.POSITIVE_INFINITY : sequenceDistance(other.sequence, next);
      if (from < otherFrom) {
        const part = partOf(
          piece,
          from - sequenceDistance(piece.sequence, next),
          Math.min(end, otherFrom) - from,
        );
        pieces.splice(at, 0, part);
        held += part.length;
        this.#spend(side, part.bytes.length + PIECE_OVERHEAD_BYTES);
        from += part.length;
      } else {
        from = Math.max(from, otherFrom + other.length);
      }
      at++;
    }
    this.#pieces.set(side, pieces);
    this.payloadBytes += held;
    return held;
  }

  /** Takes the first piece of a direction that holds some. */
  take(side: number): Piece {
    const pieces = this.#pieces.get(side)!;
    const piece = pieces.shift()!;
    this.payloadBytes -= piece.length;
    this.#spend(side, -piece.bytes.length - PIECE_OVERHEAD_BYTES);
    if (pieces.length === 0) {
      this.#pieces.delete(side);
      this.#costs.delete(side);
    }
    return piece;
  }

  #spend(side: number, cost: number): void {
    this.totalCost += cost;
    this.#costs.set(side, this.cost(side) + cost);
  }
}

/** From the back, because what comes is almost always the newest. */
function firstEndingAfter(pieces: readonly Piece[], from: number, next: number): number {
  let at = pieces.length;
  while (at > 0 && sequenceDistance(pieces[at - 1].sequence, next) + pieces[at - 1].length > from) at--;
  return at;
}

function partOf(piece: Piece, offset: number, length: number): Piece {
  return {
    sequence: (piece.sequence + offset) | 0,
    length,
    bytes: piece.bytes.slice(offset, offset + length),
    nanos: piece.nanos,
  };
}
