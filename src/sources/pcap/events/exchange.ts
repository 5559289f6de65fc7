import type { Text } from './text-cache.ts';

/**
 * One exchange while it is being gathered: a request with its response, of HTTP or of a protocol that nobody
 * recognized. Times are nanoseconds since the capture clock's base, `NaN` until they are known. Used again and
 * again, see `ExchangePool`.
 */
export class Exchange {
  slot = 0;
  /** The one that follows it on its connection, while neither was emitted. */
  next: Exchange | undefined;
  /** From 1 on the connection. */
  ordinal = 0;
  requestFirstNanos = Number.NaN;
  requestLastNanos = Number.NaN;
  responseFirstNanos = Number.NaN;
  responseLastNanos = Number.NaN;
  /** What the response's times count from: the newest byte of the request when its first byte came. */
  askedNanos = Number.NaN;
  /** The end of the response before it on the connection, for which it had to wait. */
  queuedNanos = Number.NaN;
  requestBytes = 0;
  requestBodyBytes = 0;
  responseBytes = 0;
  responseBodyBytes = 0;
  missedBytes = 0;
  /** Bytes before it, or within, that were no message. */
  skippedBytes = 0;
  pipelined = 0;
  /** What the connection had counted when it began; how many since, once it is over. */
  retransmits = 0;
  duplicateAcks = 0;
  outOfOrder = 0;
  isRequestCut = false;
  isResponseCut = false;
  isResponseOver = false;
  /** HTTP/2: header fields that the capture cannot tell. */
  areFieldsUnknown = false;
  /** 0: not of HTTP/2. */
  http2StreamId = 0;
  /** The error code of a RST_STREAM, and who sent it. */
  http2Reset = '';
  http2ResetByClient = false;
  /** -1: none was sent. */
  grpcStatus = -1;
  /** 0: no status line was seen. */
  status = 0;
  interimResponses = 0;
  method: Text | undefined;
  target: Text | undefined;
  requestProtocol: Text | undefined;
  responseProtocol: Text | undefined;
  reason: Text | undefined;
  /** In the order in which the config and its readers named them. */
  readonly requestHeaders: (Text | undefined)[];
  readonly responseHeaders: (Text | undefined)[];
  /** Bytes as they were, one character each; only where somebody reads them. */
  requestHead = '';
  requestBody = '';
  responseHead = '';
  responseBody = '';

  /** Arrays that grow by themselves have room for seventeen. */
  constructor(requestHeaders: number, responseHeaders: number) {
    this.requestHeaders = new Array<undefined>(requestHeaders).fill(undefined);
    this.responseHeaders = new Array<undefined>(responseHeaders).fill(undefined);
  }

  get hasRequest(): boolean {
    return !Number.isNaN(this.requestFirstNanos);
  }

  get hasResponse(): boolean {
    return !Number.isNaN(this.responseFirstNanos);
  }

  reset(slot: number): void {
    this.slot = slot;
    this.ordinal = 0;
    this.requestFirstNanos = Number.NaN;
    this.requestLastNanos = Number.NaN;
    this.responseFirstNanos = Number.NaN;
    this.responseLastNanos = Number.NaN;
    this.askedNanos = Number.NaN;
    this.queuedNanos = Number.NaN;
    this.requestBytes = 0;
    this.requestBodyBytes = 0;
    this.responseBytes = 0;
    this.responseBodyBytes = 0;
    this.missedBytes = 0;
    this.skippedBytes = 0;
    this.pipelined = 0;
    this.retransmits = 0;
    this.duplicateAcks = 0;
    this.outOfOrder = 0;
    this.isRequestCut = false;
    this.isResponseCut = false;
    this.isResponseOver = false;
    this.areFieldsUnknown = false;
    this.http2StreamId = 0;
    this.http2Reset = '';
    this.http2ResetByClient = false;
    this.grpcStatus = -1;
    this.status = 0;
    this.interimResponses = 0;
    this.method = undefined;
    this.target = undefined;
    this.requestProtocol = undefined;
    this.responseProtocol = undefined;
    this.reason = undefined;
    clear(this.requestHeaders);
    clear(this.responseHeaders);
    this.requestHead = '';
    this.requestBody = '';
    this.responseHead = '';
    this.responseBody = '';
  }

  /** `length` bytes of the request came. */
  requestCame(length: number, nanos: number): void {
    if (Number.isNaN(this.requestFirstNanos)) this.requestFirstNanos = nanos;
    this.requestLastNanos = nanos;
    this.requestBytes += length;
  }

  /** `length` bytes of the response came. */
  responseCame(length: number, nanos: number): void {
    if (Number.isNaN(this.responseFirstNanos)) {
      this.responseFirstNanos = nanos;
      this.askedNanos = this.requestLastNanos;
    }
    this.responseLastNanos = nanos;
    this.responseBytes += length;
  }
}

/** A loop, because there are few and `fill` costs ten times as much then. */
function clear(texts: (Text | undefined)[]): void {
  for (let index = 0; index < texts.length; index++) texts[index] = undefined;
}

const MOST_KEPT = 8192;

/** Exchanges that are over, to be used again: a busy capture has hundred thousands per second. */
export class ExchangePool {
  readonly #free: Exchange[] = [];
  readonly #requestHeaders: number;
  readonly #responseHeaders: number;

  /** How many headers somebody reads. */
  constructor(requestHeaders: number, responseHeaders: number) {
    this.#requestHeaders = requestHeaders;
    this.#responseHeaders = responseHeaders;
  }

  take(slot: number): Exchange {
    const exchange = this.#free.pop() ?? new Exchange(this.#requestHeaders, this.#responseHeaders);
    exchange.reset(slot);
    return exchange;
  }

  give(exchange: Exchange): void {
    if (this.#free.length < MOST_KEPT) this.#free.push(exchange);
  }
}
