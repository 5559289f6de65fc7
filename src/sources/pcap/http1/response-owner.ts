import type { Exchange } from '../events/exchange.ts';
import { latin1, newText } from '../events/text-cache.ts';
import type { Framing } from './head-scanner.ts';
import { BODY, type MessageOwner } from './message-owner.ts';
import { nextLine } from './request-owner.ts';
import type { Http1Shared } from './shared.ts';
import type { Http1Stream } from './stream.ts';

const SWITCHING_PROTOCOLS = 101;
const NO_CONTENT = 204;
const NOT_MODIFIED = 304;

/** What becomes of a connection's responses. */
export class ResponseOwner implements MessageOwner {
  readonly #shared: Http1Shared;
  readonly #stream: Http1Stream;
  /** The message that is being read is a 1xx, which a final response follows. */
  #isInterim = false;

  constructor(shared: Http1Shared, stream: Http1Stream) {
    this.#shared = shared;
    this.#stream = stream;
  }

  looksLikeStart(bytes: Uint8Array, start: number, end: number): number {
    return this.#shared.responseLine.look(bytes, start, end);
  }

  /** Hardly anything else begins a line with `HTTP/`, or with as much of it as is there. */
  isLikelyStart(): boolean {
    return true;
  }

  scanHead(bytes: Uint8Array, start: number, end: number): number {
    const { responseScanner, responseLine } = this.#shared;
    // Headers of an interim response are none of the final one.
    this.#isInterim = isInterim(responseLine.status);
    const values = this.#isInterim ? [] : this.#exchange.responseHeaders;
    return responseScanner.scan(bytes, nextLine(bytes, start + responseLine.length), end, values);
  }

  begin(): void {
    this.#isInterim = isInterim(this.#shared.responseLine.status);
    this.#stream.beginResponse();
  }

  came(length: number, nanos: number): void {
    if (this.#isInterim) this.#exchange.responseBytes += length;
    else this.#exchange.responseCame(length, nanos);
  }

  head(bytes: Uint8Array, start: number, end: number): number {
    const exchange = this.#exchange;
    const { responseLine, responseTexts, responseScanner, reads } = this.#shared;
    if (this.#isInterim) {
      exchange.interimResponses++;
      return 0;
    }
    responseTexts.read(responseLine, bytes, start);
    exchange.status = responseLine.status;
    exchange.responseProtocol = responseTexts.protocol;
    exchange.reason = responseTexts.reason;
    if (reads.responseHead)
      exchange.responseHead = latin1(bytes, start, Math.min(end, start + reads.maxText));
    return this.#bodyOf(exchange, responseScanner.framing);
  }

  /** The version, and the status where it is whole. */
  startIsCut(bytes: Uint8Array, start: number, end: number): void {
    const [, protocol, status] = /^(HTTP\/1\.\d) ([1-9]\d\d)/.exec(latin1(bytes, start, end)) ?? [];
    if (protocol === undefined) return;
    this.#exchange.status = Number(status);
    this.#exchange.responseProtocol = newText(protocol);
  }

  content(bytes: Uint8Array, start: number, end: number): void {
    const exchange = this.#exchange;
    const { reads } = this.#shared;
    exchange.responseBodyBytes += end - start;
    if (!reads.responseBody) return;
    const room = reads.maxText - exchange.responseBody.length;
    if (room > 0) exchange.responseBody += latin1(bytes, start, Math.min(end, start + room));
  }

  finish(): void {
    if (this.#isInterim) return;
    const exchange = this.#exchange;
    this.#stream.finishResponse(exchange.responseLastNanos);
  }

  missed(length: number, within: boolean): void {
    if (within) this.#exchange.missedBytes += length;
    else this.#stream.missedBetween(length);
  }

  cut(): void {
    this.#exchange.isResponseCut = true;
  }

  skipped(length: number): void {
    this.#stream.skippedResponse(length);
  }

  /** A server that says not how long its response is may keep the connection all the same. */
  mayFollow(): boolean {
    return this.#stream.waiting > 1;
  }

  mayHaveNoBody(): boolean {
    const { method, missedBytes, skippedBytes } = this.#exchange;
    return method === undefined || missedBytes + skippedBytes > 0;
  }

  /** RFC 9112 §6.3, in its order. */
  #bodyOf(exchange: Exchange, { contentLength, isChunked, hasTransferEncoding, upgrade }: Framing): number {
    const { status } = exchange;
    const method = exchange.method?.text;
    if (status === SWITCHING_PROTOCOLS) {
      this.#stream.handOver(upgrade, exchange);
      return BODY.handedOver;
    }
    if (method === 'HEAD' || status === NO_CONTENT || status === NOT_MODIFIED) return 0;
    if (method === 'CONNECT' && status < 300) {
      this.#stream.handOver('', exchange);
      return BODY.handedOver;
    }
    if (isChunked) return BODY.chunked;
    if (hasTransferEncoding) return BODY.untilClose;
    return contentLength >= 0 ? contentLength : BODY.untilClose;
  }

  get #exchange(): Exchange {
    return this.#stream.answering!;
  }
}

function isInterim(status: number): boolean {
  return status < 200 && status !== SWITCHING_PROTOCOLS;
}
