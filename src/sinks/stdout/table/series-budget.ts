/** How many series the table may remember: attributes such as a cgroup or a port have no natural end. */
export class SeriesBudget {
  readonly limit: number;
  /** Data points that came for series beyond the limit. */
  refusedPoints = 0;
  #taken = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Room for one more series, if there is any. */
  take(): boolean {
    if (this.#taken >= this.limit) return false;
    this.#taken++;
    return true;
  }
}
