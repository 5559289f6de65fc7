import type { Exchange } from '../events/exchange.ts';
import { Aftermath } from '../events/exchange-cells.ts';
import type { Exchanges } from '../events/exchanges.ts';
import { newText, type Text } from '../events/text-cache.ts';
import type { HttpReads } from '../http1/http-reads.ts';
import type { ConnectionEnd, ProtocolStream } from '../tcp/stream.ts';
import { fieldValue, type Http2Exchange, type Http2Message, newExchange } from './exchange.ts';
import { errorCodeText } from './frame.ts';
import { GRPC_STATUS_NAMES, GRPC_UNKNOWN } from './grpc-status.ts';
import { type ExchangeEnd, Http2Stream, type Http2Summary, type OnExchanges } from './http2-stream.ts';

const PROTOCOL = 'HTTP/2';
const OWN_FIELDS = [':method', ':path', ':authority', ':status', 'grpc-status'];

export interface Http2ConnectionOptions {
  readonly slot: number;
  readonly exchanges: Exchanges;
  readonly reads: HttpReads;
  readonly emitsAtResponse: boolean;
  /** Its first bytes are the beginning of HTTP/2 in both directions. */
  readonly fromStart: boolean;
  /** `Upgrade: h2c`: the exchange of HTTP/1.1 whose request became stream 1 (RFC 7540 §3.2). It is ours from now on. */
  readonly upgraded?: Exchange | undefined;
}

/**
 * HTTP/2 on one connection as events `http.exchange`, one for each stream. The newest that is over waits until it is
 * known what followed: the next request or the end of the connection.
 */
export class Http2Connection implements ProtocolStream, OnExchanges {
  readonly #options: Http2ConnectionOptions;
  readonly #stream: Http2Stream;
  readonly #begun = new Map<number, Exchange>();
  readonly #aftermath = new Aftermath();
  #last: Exchange | undefined;

  constructor(options: Http2ConnectionOptions) {
    this.#options = options;
    const { fromStart, upgraded } = options;
    const names = namesRead(options.reads);
    if (upgraded === undefined) {
      this.#stream = new Http2Stream({ fromStart, names }, this);
    } else {
      const stream = upgradedStream(upgraded);
      this.#begun.set(stream.streamId, upgraded);
      this.#stream = new Http2Stream({ fromStart, names, upgraded: stream }, this);
    }
  }

  get summary(): Http2Summary {
    return this.#stream.summary;
  }

  data(fromClient: boolean, bytes: Uint8Array, start: number, end: number, nanos: number): void {
    this.#stream.data(fromClient, bytes, start, end, nanos);
  }

  gap(fromClient: boolean, length: number, nanos: number): void {
    this.#stream.gap(fromClient, length, nanos);
  }

  end(nanos: number, how: ConnectionEnd, byClient: boolean | undefined): void {
    this.#stream.end(nanos, how, byClient);
    const last = this.#last;
    this.#last = undefined;
    if (last !== undefined) this.#options.exchanges.emitHttp(last, this.#aftermath.end(nanos, how, byClient));
  }

  begin(stream: Http2Exchange, nanos: number): void {
    this.#emitLast(nanos);
    const exchange = this.#options.exchanges.begin(this.#options.slot);
    exchange.pipelined = this.#begun.size;
    this.#begun.set(stream.streamId, exchange);
  }

  /** `OnExchanges`: a stream is over. */
  streamEnd(stream: Http2Exchange, how: ExchangeEnd): void {
    const exchange = this.#begun.get(stream.streamId);
    if (exchange === undefined) return;
    this.#begun.delete(stream.streamId);
    this.#fill(exchange, stream, how);
    if (this.#options.emitsAtResponse) {
      this.#options.exchanges.emitHttp(exchange, this.#aftermath.next(Number.NaN));
      return;
    }
    // Another stream was open meanwhile: there was no pause.
    if (this.#last !== undefined) this.#emitLast(this.#last.responseLastNanos);
    this.#last = exchange;
  }

  #emitLast(nextNanos: number): void {
    const last = this.#last;
    if (last === undefined) return;
    this.#last = undefined;
    this.#options.exchanges.emitHttp(last, this.#aftermath.next(nextNanos));
  }

  #fill(exchange: Exchange, stream: Http2Exchange, how: ExchangeEnd): void {
    const { request, response } = stream;
    exchange.requestFirstNanos = request.beganNanos;
    exchange.requestLastNanos = request.lastNanos;
    exchange.responseFirstNanos = response.beganNanos;
    exchange.responseLastNanos = response.lastNanos;
    exchange.askedNanos = stream.askedNanos;
    exchange.requestBytes = request.frameBytes;
    exchange.requestBodyBytes = request.bodyBytes;
    exchange.responseBytes = response.frameBytes;
    exchange.responseBodyBytes = response.bodyBytes;
    exchange.missedBytes = stream.missedBytes;
    exchange.areFieldsUnknown = stream.fieldsUnknown;
    exchange.interimResponses = stream.informational;
    exchange.isRequestCut = how !== 'done' && !request.ended && !response.ended;
    exchange.isResponseCut = how !== 'done' && !response.ended;
    exchange.isResponseOver = true;
    exchange.http2StreamId = stream.streamId;
    exchange.requestProtocol ??= newText(PROTOCOL);
    if (stream.resetCode !== undefined) exchange.http2Reset = errorCodeText(stream.resetCode);
    exchange.http2ResetByClient = stream.resetByClient === true;
    this.#fillRequest(exchange, request);
    this.#fillResponse(exchange, response);
  }

  #fillRequest(exchange: Exchange, { fields }: Http2Message): void {
    if (fields === undefined) return;
    const { reads } = this.#options;
    exchange.method = textOf(fieldValue(fields, ':method'));
    // A CONNECT has no path (RFC 9113 §8.5).
    exchange.target = textOf(fieldValue(fields, ':path') ?? fieldValue(fields, ':authority'));
    reads.requestHeaders.forEach((name, index) => {
      const pseudo = name === 'host' ? fieldValue(fields, ':authority') : undefined;
      exchange.requestHeaders[index] = textOf(fieldValue(fields, name) ?? pseudo);
    });
    if (!reads.requestHead) return;
    const line = `${exchange.method?.text ?? ''} ${exchange.target?.text ?? ''} ${PROTOCOL}`;
    exchange.requestHead = headText(line, fields, reads.maxText);
  }

  #fillResponse(exchange: Exchange, { fields, trailers }: Http2Message): void {
    if (fields === undefined) return;
    const { reads } = this.#options;
    const status = fieldValue(fields, ':status') ?? '';
    if (/^\d{3}$/.test(status)) exchange.status = Number(status);
    exchange.responseProtocol = newText(PROTOCOL);
    reads.responseHeaders.forEach((name, index) => {
      exchange.responseHeaders[index] = textOf(fieldValue(fields, name));
    });
    // A response without content has it among its header fields ("Trailers-Only").
    exchange.grpcStatus = grpcStatus(
      fieldValue(trailers, 'grpc-status') ?? fieldValue(fields, 'grpc-status'),
    );
    if (reads.responseHead) {
      exchange.responseHead = headText(`${PROTOCOL} ${status}`, fields, reads.maxText);
    }
  }
}

/** What is kept of header blocks, which may be large and have secrets in them. */
function namesRead(reads: HttpReads): ReadonlySet<string> | undefined {
  if (reads.requestHead || reads.responseHead) return undefined;
  return new Set([...OWN_FIELDS, ...reads.requestHeaders, ...reads.responseHeaders]);
}

/** Its request is over and its header fields are read; the 101 was an interim response, as any other 1xx. */
function upgradedStream(exchange: Exchange): Http2Exchange {
  const stream = newExchange(1, false);
  const { request, response } = stream;
  request.beganNanos = exchange.requestFirstNanos;
  request.lastNanos = exchange.requestLastNanos;
  request.frameBytes = exchange.requestBytes;
  request.bodyBytes = exchange.requestBodyBytes;
  request.ended = true;
  response.frameBytes = exchange.responseBytes;
  stream.informational = exchange.interimResponses + 1;
  stream.missedBytes = exchange.missedBytes;
  exchange.status = 0;
  exchange.reason = undefined;
  exchange.responseProtocol = undefined;
  return stream;
}

function textOf(value: string | undefined): Text | undefined {
  return value === undefined ? undefined : newText(value);
}

/** -1: there is none. A code that is not among gRPC's own is UNKNOWN to its libraries too. */
function grpcStatus(value: string | undefined): number {
  if (value === undefined || !/^\d{1,2}$/.test(value)) return -1;
  return GRPC_STATUS_NAMES[Number(value)] === undefined ? GRPC_UNKNOWN : Number(value);
}

/** As HTTP/1 would write it, for those who read heads. */
function headText(line: string, fields: readonly string[], maxText: number): string {
  const lines = [line];
  for (let at = 0; at < fields.length; at += 2) {
    if (!fields[at].startsWith(':')) lines.push(`${fields[at]}: ${fields[at + 1]}`);
    else if (fields[at] === ':authority') lines.push(`host: ${fields[at + 1]}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`.slice(0, maxText);
}
