import type { Exchange } from '../events/exchange.ts';
import type { Aftermath } from '../events/exchange-cells.ts';
import type { ConnectionEnd, ProtocolStream } from '../tcp/stream.ts';
import { MessageReader } from './message-reader.ts';
import { PendingExchanges } from './pending-exchanges.ts';
import { RequestOwner } from './request-owner.ts';
import { ResponseOwner } from './response-owner.ts';
import type { Http1Shared } from './shared.ts';

/** Requests that may wait for their responses on one connection; the oldest is then given up. */
const MOST_PENDING = 1024;

/**
 * HTTP/1 on one connection: every request is an exchange, and responses answer them in order (RFC 9112 §9.3.2).
 * Exchanges wait in `#pending`, oldest first, until the next request or the end of the connection, since only then
 * is known what they were followed by.
 */
export class Http1Stream implements ProtocolStream {
  readonly #shared: Http1Shared;
  readonly #requests: MessageReader;
  readonly #responses: MessageReader;
  readonly #pending = new PendingExchanges();
  #slot = 0;
  /** Bytes that could not be said to belong to an exchange; the next one says so. */
  #missedBytes = 0;
  #skippedBytes = 0;
  #lastResponseNanos = Number.NaN;
  /** The protocol that took over: after an upgrade, or in a tunnel. */
  #next: ProtocolStream | undefined;
  #requesting: Exchange | undefined;
  /** Became stream 1 of HTTP/2, which answers it: the 101 is not its response. */
  #upgraded: Exchange | undefined;

  constructor(shared: Http1Shared) {
    this.#shared = shared;
    this.#requests = new MessageReader(new RequestOwner(shared, this));
    this.#responses = new MessageReader(new ResponseOwner(shared, this));
  }

  begin(slot: number): this {
    this.#slot = slot;
    this.#missedBytes = 0;
    this.#skippedBytes = 0;
    this.#lastResponseNanos = Number.NaN;
    this.#next = undefined;
    this.#requesting = undefined;
    this.#upgraded = undefined;
    this.#requests.reset();
    this.#responses.reset();
    return this;
  }

  data(fromClient: boolean, bytes: Uint8Array, start: number, end: number, nanos: number): void {
    const next = this.#next;
    if (next !== undefined) {
      if (fromClient && this.#pending.size > 0) this.#emitAll(this.#shared.aftermath.next(nanos));
      next.data(fromClient, bytes, start, end, nanos);
      return;
    }
    const reader = fromClient ? this.#requests : this.#responses;
    const stopped = reader.take(bytes, start, end, nanos);
    if (stopped < end) this.#next?.data(fromClient, bytes, stopped, end, nanos);
  }

  gap(fromClient: boolean, length: number, nanos: number): void {
    if (this.#next !== undefined) this.#next.gap(fromClient, length, nanos);
    else if (fromClient) this.#requests.gap(length, nanos);
    else this.#responses.gap(length, nanos);
  }

  end(nanos: number, how: ConnectionEnd, byClient: boolean | undefined): void {
    this.#requests.end(nanos);
    this.#responses.end(nanos);
    this.#emitAll(this.#shared.aftermath.end(nanos, how, byClient));
    this.#next?.end(nanos, how, byClient);
    this.#next = undefined;
    this.#shared.streamIsOver(this);
  }

  /** The exchange of the request that is being read. */
  get requesting(): Exchange {
    return this.#requesting!;
  }

  /** The exchange whose response is being read, or is the next to be answered; `undefined`: nothing waits. */
  get answering(): Exchange | undefined {
    return this.#pending.answering;
  }

  get waiting(): number {
    return this.#pending.waiting;
  }

  /** A request begins. */
  beginRequest(nanos: number): void {
    // Who sends the next request without waiting pipelines, unless the end of the response was not seen.
    const pending = this.#pending;
    if (this.#responses.isLost && pending.waiting === 1) this.#concludeLost(nanos);
    const { waiting } = pending;
    const exchange = this.#add();
    this.#requesting = exchange;
    exchange.requestFirstNanos = nanos;
    exchange.pipelined = waiting;
    this.#emitReady();
    if (pending.size > MOST_PENDING) this.#emitOldest();
  }

  /** A response begins: to the oldest request that waits, or to one that the capture does not have. */
  beginResponse(): void {
    const exchange = this.#pending.answering ?? this.#add();
    exchange.queuedNanos = this.#lastResponseNanos;
  }

  /** The response of `answering` is over. */
  finishResponse(nanos: number): void {
    this.#pending.answered();
    if (this.#upgraded !== undefined) {
      this.#pending.take();
      return;
    }
    this.#lastResponseNanos = nanos;
    if (this.#shared.emitsAtResponse) this.#emitAnswered();
    else this.#emitReady();
  }

  /** Behind the response of this exchange another protocol is spoken: the one that a 101 names, or `''`. */
  handOver(protocol: string, exchange: Exchange): void {
    // All before it were answered and so are emitted: it is the oldest.
    if (protocol === 'h2c' && this.#next === undefined) this.#upgraded = exchange;
    this.#next ??= this.#shared.successor(this.#slot, protocol, exchange);
  }

  /** The request is complete; its response may have come before. */
  finishRequest(): void {
    if (this.#shared.emitsAtResponse) this.#emitAnswered();
  }

  missedBetween(length: number): void {
    const waiting = this.answering;
    if (waiting === undefined) this.#missedBytes += length;
    else waiting.missedBytes += length;
  }

  /** Bytes of the client before its next request. */
  skippedRequest(length: number): void {
    this.#skippedBytes += length;
  }

  /** Bytes of the server, which stand in the way of the response that is waited for. */
  skippedResponse(length: number): void {
    const waiting = this.answering;
    if (waiting === undefined) this.#skippedBytes += length;
    else waiting.skippedBytes += length;
  }

  #add(): Exchange {
    const shared = this.#shared;
    const exchange = shared.exchanges.begin(this.#slot);
    exchange.missedBytes = this.#missedBytes;
    exchange.skippedBytes = this.#skippedBytes;
    this.#missedBytes = 0;
    this.#skippedBytes = 0;
    this.#pending.add(exchange);
    return exchange;
  }

  /** The response's end, or all of it, is missing, and yet the client went on: it is over. */
  #concludeLost(nanos: number): void {
    this.#responses.giveUp(nanos);
    const waiting = this.answering;
    if (waiting === undefined) return;
    if (waiting.hasResponse) waiting.isResponseCut = true;
    this.finishResponse(waiting.hasResponse ? waiting.responseLastNanos : nanos);
  }

  /** Those that are over and followed by another. */
  #emitReady(): void {
    const pending = this.#pending;
    while (pending.size > 1 && this.#isOver(pending.oldest!)) this.#emitOldest();
  }

  /** Those that are over, whatever follows. */
  #emitAnswered(): void {
    const pending = this.#pending;
    while (pending.oldest !== undefined && this.#isOver(pending.oldest)) this.#emitOldest();
  }

  /** A response may be over before its request is. */
  #isOver(exchange: Exchange): boolean {
    if (!exchange.isResponseOver) return false;
    return exchange !== this.#requesting || this.#requests.isIdle;
  }

  #emitOldest(): void {
    const exchange = this.#pending.take();
    const next = this.#pending.oldest;
    this.#shared.exchanges.emitHttp(
      exchange,
      this.#shared.aftermath.next(next === undefined ? Number.NaN : began(next)),
    );
  }

  /** All but the last are followed by the next one, whatever happens to the connection. */
  #emitAll(aftermath: Aftermath): void {
    const pending = this.#pending;
    const { closeNanos, originator, nextNanos } = aftermath;
    while (pending.size > 1) this.#emitOldest();
    if (pending.size === 0) return;
    const last = pending.take();
    // What came behind the last exchange has none of its own to be told by.
    last.skippedBytes += this.#skippedBytes;
    last.missedBytes += this.#missedBytes;
    this.#skippedBytes = 0;
    this.#missedBytes = 0;
    aftermath.closeNanos = closeNanos;
    aftermath.originator = originator;
    aftermath.nextNanos = nextNanos;
    this.#shared.exchanges.emitHttp(last, aftermath);
  }
}

function began(exchange: Exchange): number {
  return exchange.hasRequest ? exchange.requestFirstNanos : exchange.responseFirstNanos;
}
