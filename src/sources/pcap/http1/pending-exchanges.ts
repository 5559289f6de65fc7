import type { Exchange } from '../events/exchange.ts';

/**
 * The exchanges of one connection that were not emitted yet, oldest first and linked to one another. Responses
 * answer them in this order, so at any time the first of them have their response, and the others wait for it.
 */
export class PendingExchanges {
  size = 0;
  /** How many wait for their response, the one that is being answered included. */
  waiting = 0;
  oldest: Exchange | undefined;
  /** The first that waits for its response, or for the rest of it. */
  answering: Exchange | undefined;
  #newest: Exchange | undefined;

  add(exchange: Exchange): void {
    exchange.next = undefined;
    if (this.#newest === undefined) this.oldest = exchange;
    else this.#newest.next = exchange;
    this.#newest = exchange;
    this.answering ??= exchange;
    this.size++;
    this.waiting++;
  }

  /** The response of `answering` is over. */
  answered(): void {
    const exchange = this.answering!;
    exchange.isResponseOver = true;
    this.answering = exchange.next;
    this.waiting--;
  }

  /** Takes the oldest out; there is one. It may still have waited. */
  take(): Exchange {
    const exchange = this.oldest!;
    if (exchange === this.answering) {
      this.answering = exchange.next;
      this.waiting--;
    }
    this.oldest = exchange.next;
    if (this.oldest === undefined) this.#newest = undefined;
    this.size--;
    exchange.next = undefined;
    return exchange;
  }
}
