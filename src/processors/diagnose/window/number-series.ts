/** How finely a window is remembered: one reading for each such share of it. */
const READINGS_PER_WINDOW = 60;

/** One more on either side: the reading that the window begins with, and the newest, which may still move. */
const CAPACITY = READINGS_PER_WINDOW + 2;

/**
 * One counter or gauge over the window, in a ring. `total` adds up what a counter grew by, so that a reset (a value
 * below the one before: all of it is new) costs nothing but what was counted unseen.
 *
 * Readings that come more often than the window is remembered replace the newest one. Worked example: a window of 60 s
 * remembers one reading a second; with ten a second the ring still holds 62, the newest of them always up to date.
 */
export class NumberSeries {
  readonly #times = new Float64Array(CAPACITY);
  readonly #values = new Float64Array(CAPACITY);
  readonly #totals = new Float64Array(CAPACITY);
  readonly #spacingSeconds: number;
  #newest = -1;
  #length = 0;
  #total = 0;

  constructor(windowSeconds: number) {
    this.#spacingSeconds = windowSeconds / READINGS_PER_WINDOW;
  }

  get newestSeconds(): number {
    return this.#length === 0 ? Number.NEGATIVE_INFINITY : this.#times[this.#newest];
  }

  get latest(): number {
    return this.#length === 0 ? Number.NaN : this.#values[this.#newest];
  }

  /** A value as the counter or gauge stands, in a series that keeps its own account of what came before. */
  addCumulative(value: number, timeSeconds: number): void {
    if (this.#length > 0) this.#total += value >= this.latest ? value - this.latest : value;
    this.#put(value, timeSeconds);
  }

  /** What was counted between two times. The first of a series also says where the window begins. */
  addDelta(value: number, startSeconds: number, timeSeconds: number): void {
    if (this.#length === 0) this.#put(0, startSeconds);
    this.#total += value;
    this.#put(value, timeSeconds);
  }

  /** By how much it grew since the time, and in how many seconds: both 0 with fewer than two readings. */
  growthSince(sinceSeconds: number): { readonly increase: number; readonly seconds: number } {
    const first = this.#indexAt(sinceSeconds);
    if (first === undefined) return { increase: 0, seconds: 0 };
    return {
      increase: this.#totals[this.#newest] - this.#totals[first],
      seconds: this.#times[this.#newest] - this.#times[first],
    };
  }

  /** The values since the time, oldest first. */
  valuesSince(sinceSeconds: number): number[] {
    const values: number[] = [];
    for (let age = this.#length - 1; age >= 0; age--) {
      const index = this.#slot(age);
      if (this.#times[index] >= sinceSeconds) values.push(this.#values[index]);
    }
    return values;
  }

  #put(value: number, timeSeconds: number): void {
    // A clock that was set back: what came before belongs to no window any more.
    if (timeSeconds < this.newestSeconds) this.#length = 0;
    const replaces =
      this.#length > 1 && timeSeconds - this.#times[this.#slot(1)] < this.#spacingSeconds * 0.999;
    if (!replaces) {
      this.#newest = (this.#newest + 1) % CAPACITY;
      this.#length = Math.min(this.#length + 1, CAPACITY);
    }
    this.#times[this.#newest] = timeSeconds;
    this.#values[this.#newest] = value;
    this.#totals[this.#newest] = this.#total;
  }

  /** The reading that stands at the beginning of the window: the newest at or before it, otherwise the oldest. */
  #indexAt(sinceSeconds: number): number | undefined {
    if (this.#length < 2) return undefined;
    let low = 1;
    let high = this.#length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#times[this.#slot(middle)] <= sinceSeconds) high = middle;
      else low = middle + 1;
    }
    return this.#slot(low);
  }

  /** The slot of the reading that is so many readings older than the newest. */
  #slot(age: number): number {
    return (this.#newest - age + CAPACITY) % CAPACITY;
  }
}
