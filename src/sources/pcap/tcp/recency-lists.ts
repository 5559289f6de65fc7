const NONE = -1;

/**
 * Slots in the order in which they were last used, several lists over one pair of arrays: a slot is on one list at
 * a time. Doubly linked, because every packet moves its connection to the new end.
 */
export class RecencyLists {
  readonly #oldest: Int32Array;
  readonly #newest: Int32Array;
  readonly #sizes: Int32Array;
  #older: Int32Array;
  #newer: Int32Array;

  constructor(lists: number, slots: number) {
    this.#oldest = new Int32Array(lists).fill(NONE);
    this.#newest = new Int32Array(lists).fill(NONE);
    this.#sizes = new Int32Array(lists);
    this.#older = new Int32Array(slots);
    this.#newer = new Int32Array(slots);
  }

  /** -1 when the list is empty. */
  oldest(list: number): number {
    return this.#oldest[list];
  }

  size(list: number): number {
    return this.#sizes[list];
  }

  add(list: number, slot: number): void {
    this.#sizes[list]++;
    this.#append(list, slot);
  }

  remove(list: number, slot: number): void {
    this.#sizes[list]--;
    this.#cut(list, slot);
  }

  /** The slot is on the list and was just used. */
  touch(list: number, slot: number): void {
    if (this.#newest[list] === slot) return;
    this.#cut(list, slot);
    this.#append(list, slot);
  }

  grow(slots: number): void {
    const older = new Int32Array(slots);
    const newer = new Int32Array(slots);
    older.set(this.#older);
    newer.set(this.#newer);
    this.#older = older;
    this.#newer = newer;
  }

  #append(list: number, slot: number): void {
    const newest = this.#newest[list];
    this.#older[slot] = newest;
    this.#newer[slot] = NONE;
    if (newest === NONE) this.#oldest[list] = slot;
    else this.#newer[newest] = slot;
    this.#newest[list] = slot;
  }

  #cut(list: number, slot: number): void {
    const older = this.#older[slot];
    const newer = this.#newer[slot];
    if (older === NONE) this.#oldest[list] = newer;
    else this.#newer[older] = newer;
    if (newer === NONE) this.#newest[list] = older;
    else this.#older[newer] = older;
  }
}
