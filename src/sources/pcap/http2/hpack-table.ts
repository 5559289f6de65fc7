import { STATIC_ENTRIES, STATIC_NAMES, STATIC_VALUES } from './static-table.ts';

/** RFC 7541 §4.1: what an entry counts beside its name and value. */
const ENTRY_OVERHEAD_BYTES = 32;
const DEFAULT_BYTES = 4096;
/** What is kept at most, whatever the peers agree on: browsers and servers use 4 to 64 KiB. */
const KEPT_BYTES = 65_536;

/**
 * One direction's dynamic table, as far as the capture shows it. `undefined` is what nobody can know: the entries
 * from before the capture began or a hole in it. An index that the table does not have is an error of the peer only
 * while the table is complete.
 *
 * Entries are never asked for after the peer has evicted them, so keeping one too long (its size is not known when
 * its name is not) does no harm, and losing an old one makes it unknown, never wrong.
 */
export class HpackTable {
  #names: (string | undefined)[] = [];
  #values: (string | undefined)[] = [];
  #sizes: number[] = [];
  /** Entries before this one are evicted; the newest is the last of the arrays. */
  #oldest = 0;
  #bytes = 0;
  #limit = DEFAULT_BYTES;
  #complete: boolean;

  constructor(complete: boolean) {
    this.#complete = complete;
    if (!complete) this.#limit = KEPT_BYTES;
  }

  /** Forgets: what follows may refer to entries that the capture does not have. */
  lose(): void {
    this.#complete = false;
    this.#limit = KEPT_BYTES;
    this.#evict(0);
  }

  get complete(): boolean {
    return this.#complete;
  }

  /** Whether `index` can be asked for; 0 never can. */
  has(index: number): boolean {
    if (index < 1) return false;
    return !this.#complete || index <= STATIC_ENTRIES + this.#names.length - this.#oldest;
  }

  name(index: number): string | undefined {
    if (index <= STATIC_ENTRIES) return STATIC_NAMES[index - 1];
    return this.#names[this.#place(index)];
  }

  value(index: number): string | undefined {
    if (index <= STATIC_ENTRIES) return STATIC_VALUES[index - 1];
    return this.#values[this.#place(index)];
  }

  add(name: string | undefined, value: string | undefined): void {
    const size = (name?.length ?? 0) + (value?.length ?? 0) + ENTRY_OVERHEAD_BYTES;
    // §4.4: an entry larger than the table empties it and is not added.
    this.#evict(Math.max(0, this.#limit - size));
    if (size > this.#limit) return;
    this.#names.push(name);
    this.#values.push(value);
    this.#sizes.push(size);
    this.#bytes += size;
  }

  /** A dynamic table size update (§6.3). */
  resize(bytes: number): void {
    this.#evict(bytes);
    if (bytes > KEPT_BYTES) this.#complete = false;
    this.#limit = Math.min(bytes, KEPT_BYTES);
  }

  /** Where the index lies; before `#oldest` for one that is not there, which must give `undefined`. */
  #place(index: number): number {
    const place = this.#names.length - (index - STATIC_ENTRIES);
    return place < this.#oldest ? -1 : place;
  }

  #evict(bytes: number): void {
    while (this.#bytes > bytes && this.#oldest < this.#names.length) {
      this.#bytes -= this.#sizes[this.#oldest];
      this.#oldest += 1;
    }
    if (this.#oldest * 2 <= this.#names.length) return;
    this.#names.splice(0, this.#oldest);
    this.#values.splice(0, this.#oldest);
    this.#sizes.splice(0, this.#oldest);
    this.#oldest = 0;
  }
}
