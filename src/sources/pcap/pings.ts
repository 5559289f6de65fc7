/** Pings in flight that are remembered for each direction; a ping that is never answered must cost no memory. */
const LIMIT = 16;

/** Round trips of pings that one side sent: HTTP/2's PING and WebSocket's. Times in nanoseconds. */
export class Pings {
  /** Payload as text, and when it was sent; oldest first. */
  readonly #waiting: { readonly payload: string; readonly nanos: number }[] = [];
  sent = 0;
  answered = 0;
  shortestNanos = Number.NaN;
  longestNanos = Number.NaN;
  totalNanos = 0;

  /** NaN without an answer. */
  get meanNanos(): number {
    return this.totalNanos / this.answered;
  }

  ping(payload: string, nanos: number): void {
    this.sent += 1;
    this.#waiting.push({ payload, nanos });
    if (this.#waiting.length > LIMIT) this.#waiting.shift();
  }

  /** An answer settles its ping and those before it (RFC 6455 §5.5.3: only the newest need be answered). */
  pong(payload: string, nanos: number): void {
    for (let index = this.#waiting.length - 1; index >= 0; index -= 1) {
      if (this.#waiting[index].payload !== payload) continue;
      const took = nanos - this.#waiting[index].nanos;
      this.#waiting.splice(0, index + 1);
      this.answered += 1;
      this.totalNanos += took;
      if (!(this.shortestNanos <= took)) this.shortestNanos = took;
      if (!(this.longestNanos >= took)) this.longestNanos = took;
      return;
    }
  }
}
