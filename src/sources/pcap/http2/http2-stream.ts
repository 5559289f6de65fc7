import { Pings } from '../pings.ts';
import type { ConnectionEnd, ProtocolStream } from '../tcp/stream.ts';
import { Direction, type OnDirection } from './direction.ts';
import { fieldValue, type Http2Exchange, type Http2Message, newExchange } from './exchange.ts';
import { FLAG, FRAME_HEADER_BYTES } from './frame.ts';
import type { Frame } from './frame-reader.ts';
import type { HeaderBlock } from './header-blocks.ts';

/** Streams in flight that are kept; peers allow each other 100 to some thousand. The oldest gives way. */
const STREAM_LIMIT = 4096;
const LATEST_CLOSED = 64;
/** So many newer streams have been opened since a hole in the capture without a sign of this one: it is over. */
const DOUBTED_STREAMS = 256;

/** The connection as far as it is not about one stream. */
export interface Http2Summary {
  readonly clientPings: Pings;
  readonly serverPings: Pings;
  /** Who first said GOAWAY, the error code and the last stream that was or will be served, of that side's newest. */
  goaway: { readonly code: number; readonly lastStreamId: number; readonly byClient: boolean } | undefined;
  resetsByClient: number;
  resetsByServer: number;
}

export interface OnExchanges {
  /** A stream was opened. */
  begin(exchange: Http2Exchange, nanos: number): void;
  streamEnd(exchange: Http2Exchange, how: ExchangeEnd): void;
}

export interface Http2Options {
  /** Both directions are seen from their first byte on: the client's is the preface, the server's SETTINGS. */
  readonly fromStart: boolean;
  /** The header fields that are kept of each message; `undefined`: all. */
  readonly names?: ReadonlySet<string> | undefined;
  /** `Upgrade: h2c`: the request of HTTP/1.1 that became stream 1 (RFC 7540 §3.2). */
  readonly upgraded?: Http2Exchange;
}

/** How an exchange left: `done`: both sides ended it; `reset`: by RST_STREAM; `cut`: by the end of the connection, or a limit. */
export type ExchangeEnd = 'done' | 'reset' | 'cut';

/** HTTP/2 of one connection (RFC 9113): one exchange per stream, in the order in which they end. */
export class Http2Stream implements ProtocolStream, OnDirection {
  readonly summary: Http2Summary = {
    clientPings: new Pings(),
    serverPings: new Pings(),
    goaway: undefined,
    resetsByClient: 0,
    resetsByServer: 0,
  };
  readonly #on: OnExchanges;
  readonly #open = new Map<number, Http2Exchange>();
  /** Numbers of the streams that ended last: frames that were under way for them open no new one. */
  readonly #closed = new Int32Array(LATEST_CLOSED);
  #closedCount = 0;
  readonly #client: Direction;
  readonly #server: Direction;

  constructor(options: Http2Options, on: OnExchanges) {
    this.#on = on;
    if (options.upgraded !== undefined) this.#open.set(options.upgraded.streamId, options.upgraded);
    const { fromStart, names } = options;
    this.#client = new Direction(this, true, fromStart, names);
    this.#server = new Direction(this, false, fromStart, names);
  }

  /** Requests that have no whole response yet. */
  get openStreams(): number {
    return this.#open.size;
  }

  data(fromClient: boolean, bytes: Uint8Array, start: number, end: number, nanos: number): void {
    this.#direction(fromClient).reader.data(bytes, start, end, nanos);
  }

  gap(fromClient: boolean, length: number, nanos: number): void {
    this.#direction(fromClient).reader.gap(length, nanos);
  }

  end(_nanos: number, _how: ConnectionEnd, _byClient: boolean | undefined): void {
    for (const exchange of this.#open.values()) this.#on.streamEnd(exchange, 'cut');
    this.#open.clear();
  }

  knows(streamId: number): boolean {
    return this.#open.has(streamId);
  }

  /** Frames of this direction are missing: whatever is open may have lost some. */
  lost(bytes: number): void {
    for (const exchange of this.#open.values()) {
      if (!exchange.isInDoubt) exchange.missedBytes += bytes;
      exchange.isInDoubt = true;
    }
  }

  hole(streamId: number, bytes: number): void {
    const exchange = this.#open.get(streamId);
    if (exchange !== undefined) exchange.missedBytes += bytes;
  }

  headers(block: HeaderBlock, fromClient: boolean): void {
    const exchange = this.#exchange(block.streamId, false, block.beganNanos);
    if (exchange === undefined) return;
    if (!block.whole) exchange.fieldsUnknown = true;
    const message = fromClient ? exchange.request : exchange.response;
    if (!fromClient && isInterim(block)) {
      exchange.informational += 1;
      message.frameBytes += block.frameBytes;
      return;
    }
    count(exchange, message, block.frameBytes, block.beganNanos, block.nanos);
    if (isTrailers(block, message)) message.trailers = block.fields;
    else message.fields = block.fields;
    if (block.endStream) this.#ended(exchange, message);
  }

  /** The server announces a response to a request that nobody sent (RFC 9113 §8.4). */
  promise(block: HeaderBlock): void {
    const exchange = this.#exchange(block.promisedId, true, block.beganNanos);
    if (exchange === undefined) return;
    if (!block.whole) exchange.fieldsUnknown = true;
    count(exchange, exchange.request, block.frameBytes, block.beganNanos, block.nanos);
    exchange.request.fields = block.fields;
    exchange.request.ended = true;
  }

  piece(streamId: number, bytes: number, nanos: number, fromClient: boolean): void {
    const exchange = this.#exchange(streamId, false, nanos);
    if (exchange === undefined) return;
    const message = fromClient ? exchange.request : exchange.response;
    count(exchange, message, bytes === 0 ? FRAME_HEADER_BYTES : bytes, nanos, nanos);
    message.bodyBytes += bytes;
  }

  dataFrame(frame: Frame, fromClient: boolean): void {
    const exchange = this.#open.get(frame.streamId);
    if (exchange === undefined) return;
    const message = fromClient ? exchange.request : exchange.response;
    message.bodyBytes -= Math.min(message.bodyBytes, frame.padding);
    if (frame.flags & FLAG.endStream) this.#ended(exchange, message);
  }

  reset(streamId: number, code: number, fromClient: boolean): void {
    if (fromClient) this.summary.resetsByClient += 1;
    else this.summary.resetsByServer += 1;
    const exchange = this.#open.get(streamId);
    if (exchange === undefined) return;
    exchange.resetCode = code;
    exchange.resetByClient = fromClient;
    this.#close(exchange, 'reset');
  }

  ping(payload: string, isAnswer: boolean, nanos: number, fromClient: boolean): void {
    const { clientPings, serverPings } = this.summary;
    if (isAnswer) (fromClient ? serverPings : clientPings).pong(payload, nanos);
    else (fromClient ? clientPings : serverPings).ping(payload, nanos);
  }

  goaway(lastStreamId: number, code: number, byClient: boolean): void {
    const first = this.summary.goaway;
    if (first !== undefined && first.byClient !== byClient) return;
    this.summary.goaway = { code, lastStreamId, byClient };
  }

  #direction(fromClient: boolean): Direction {
    return fromClient ? this.#client : this.#server;
  }

  #ended(exchange: Http2Exchange, message: Http2Message): void {
    message.ended = true;
    if (exchange.request.ended && exchange.response.ended) this.#close(exchange, 'done');
  }

  #close(exchange: Http2Exchange, end: ExchangeEnd): void {
    this.#open.delete(exchange.streamId);
    this.#closed[this.#closedCount % LATEST_CLOSED] = exchange.streamId;
    this.#closedCount += 1;
    this.#on.streamEnd(exchange, end);
  }

  /** The stream's exchange, begun where it is new; `undefined` for one that has ended. */
  #exchange(streamId: number, pushed: boolean, nanos: number): Http2Exchange | undefined {
    const known = this.#open.get(streamId);
    if (known !== undefined || streamId === 0 || this.#closed.includes(streamId)) return known;
    this.#closeOld(streamId);
    const exchange = newExchange(streamId, pushed);
    this.#open.set(streamId, exchange);
    this.#on.begin(exchange, nanos);
    return exchange;
  }

  /** For a new stream: the oldest gives way when there are too many, or when its end was most likely lost. */
  #closeOld(streamId: number): void {
    for (const oldest of this.#open.values()) {
      const isForgotten = oldest.isInDoubt && streamId - oldest.streamId > DOUBTED_STREAMS * 2;
      if (!isForgotten && this.#open.size < STREAM_LIMIT) return;
      this.#close(oldest, 'cut');
    }
  }
}

function count(
  exchange: Http2Exchange,
  message: Http2Message,
  bytes: number,
  beganNanos: number,
  nanos: number,
): void {
  if (Number.isNaN(message.beganNanos)) {
    message.beganNanos = beganNanos;
    if (message === exchange.response) exchange.askedNanos = exchange.request.lastNanos;
  }
  exchange.isInDoubt = false;
  message.lastNanos = nanos;
  message.frameBytes += bytes;
}

/** Trailers have no pseudo-header fields, also where a hole took the header block before them. */
function isTrailers(block: HeaderBlock, message: Http2Message): boolean {
  if (message.fields !== undefined) return true;
  if (block.fields.some((text, at) => at % 2 === 0 && text.startsWith(':'))) return false;
  return block.whole || (block.endStream && message.bodyBytes > 0);
}

function isInterim(block: HeaderBlock): boolean {
  const status = fieldValue(block.fields, ':status');
  return status !== undefined && status.length === 3 && status.startsWith('1');
}
