import type { Exchange } from '../events/exchange.ts';
import { latin1, newText } from '../events/text-cache.ts';
import { BODY, type MessageOwner } from './message-owner.ts';
import { beginsWithMethod } from './methods.ts';
import type { Http1Shared } from './shared.ts';
import type { Http1Stream } from './stream.ts';

/** What becomes of a connection's requests. */
export class RequestOwner implements MessageOwner {
  readonly #shared: Http1Shared;
  readonly #stream: Http1Stream;

  constructor(shared: Http1Shared, stream: Http1Stream) {
    this.#shared = shared;
    this.#stream = stream;
  }

  looksLikeStart(bytes: Uint8Array, start: number, end: number): number {
    return this.#shared.requestLine.look(bytes, start, end);
  }

  isLikelyStart(bytes: Uint8Array, start: number, end: number): boolean {
    return beginsWithMethod(bytes, start, end);
  }

  scanHead(bytes: Uint8Array, start: number, end: number): number {
    const { requestScanner, requestLine } = this.#shared;
    const headers = nextLine(bytes, start + requestLine.length);
    return requestScanner.scan(bytes, headers, end, this.#exchange.requestHeaders);
  }

  begin(nanos: number): void {
    this.#stream.beginRequest(nanos);
  }

  came(length: number, nanos: number): void {
    this.#exchange.requestCame(length, nanos);
  }

  head(bytes: Uint8Array, start: number, end: number): number {
    const exchange = this.#exchange;
    const { requestLine, requestTexts, requestScanner, reads } = this.#shared;
    requestTexts.read(requestLine, bytes, start);
    exchange.method = requestTexts.method;
    exchange.target = requestTexts.target;
    exchange.requestProtocol = requestTexts.protocol;
    if (reads.requestHead) exchange.requestHead = latin1(bytes, start, Math.min(end, start + reads.maxText));
    if (requestScanner.framing.isChunked) return BODY.chunked;
    return Math.max(requestScanner.framing.contentLength, 0);
  }

  /** The method, and the target where a blank says that it is whole. */
  startIsCut(bytes: Uint8Array, start: number, end: number): void {
    const [method, target, ...rest] = latin1(bytes, start, end).split(' ');
    if (target === undefined) return;
    this.#exchange.method = newText(method);
    if (rest.length > 0) this.#exchange.target = newText(target);
  }

  content(bytes: Uint8Array, start: number, end: number): void {
    const exchange = this.#exchange;
    const { reads } = this.#shared;
    exchange.requestBodyBytes += end - start;
    if (!reads.requestBody) return;
    const room = reads.maxText - exchange.requestBody.length;
    if (room > 0) exchange.requestBody += latin1(bytes, start, Math.min(end, start + room));
  }

  finish(): void {
    this.#stream.finishRequest();
  }

  missed(length: number, within: boolean): void {
    if (within) this.#exchange.missedBytes += length;
    else this.#stream.missedBetween(length);
  }

  cut(): void {
    this.#exchange.isRequestCut = true;
  }

  skipped(length: number): void {
    this.#stream.skippedRequest(length);
  }

  /** No request ends with the connection. */
  mayFollow(): boolean {
    return false;
  }

  mayHaveNoBody(): boolean {
    return false;
  }

  get #exchange(): Exchange {
    return this.#stream.requesting;
  }
}

/** Behind the line end at `lineEnd`: a LF, or a CR and a LF. */
export function nextLine(bytes: Uint8Array, lineEnd: number): number {
  return bytes[lineEnd] === 13 ? lineEnd + 2 : lineEnd + 1;
}
