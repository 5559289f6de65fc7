import type { ConnectionEnd, ProtocolStream } from '../tcp/stream.ts';
import type { Exchange } from './exchange.ts';
import { Aftermath } from './exchange-cells.ts';
import type { Exchanges } from './exchanges.ts';
import { latin1 } from './text-cache.ts';

export interface TurnOptions {
  readonly exchanges: Exchanges;
  readonly slot: number;
  /** `TURN_PROTOCOL`. */
  readonly protocol: number;
  /** Bytes of each side that are kept as text; 0: nobody reads them. */
  readonly maxRequestText: number;
  readonly maxResponseText: number;
}

/**
 * Exchanges of a protocol that nobody takes apart, as Justniffer has them: data of the client begins one when the
 * last data was of the server. A server that speaks first begins one without a request.
 */
export class TurnStream implements ProtocolStream {
  readonly #options: TurnOptions;
  readonly #aftermath = new Aftermath();
  #exchange: Exchange | undefined;

  constructor(options: TurnOptions) {
    this.#options = options;
  }

  data(fromClient: boolean, bytes: Uint8Array, start: number, end: number, nanos: number): void {
    const exchange = this.#at(fromClient, nanos);
    const { maxRequestText, maxResponseText } = this.#options;
    if (fromClient) {
      exchange.requestCame(end - start, nanos);
      exchange.requestBodyBytes += end - start;
      const room = maxRequestText - exchange.requestBody.length;
      if (room > 0) exchange.requestBody += latin1(bytes, start, Math.min(end, start + room));
    } else {
      exchange.responseCame(end - start, nanos);
      exchange.responseBodyBytes += end - start;
      const room = maxResponseText - exchange.responseBody.length;
      if (room > 0) exchange.responseBody += latin1(bytes, start, Math.min(end, start + room));
    }
  }

  /** What is missing has a direction too: it turns the exchange as its bytes would have. */
  gap(fromClient: boolean, length: number, nanos: number): void {
    const exchange = this.#at(fromClient, nanos);
    if (fromClient) exchange.requestCame(0, nanos);
    else exchange.responseCame(0, nanos);
    exchange.missedBytes += length;
  }

  end(nanos: number, how: ConnectionEnd, byClient: boolean | undefined): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (exchange === undefined) return;
    const { exchanges, protocol } = this.#options;
    exchanges.emitTcp(exchange, this.#aftermath.end(nanos, how, byClient), protocol);
  }

  #at(fromClient: boolean, nanos: number): Exchange {
    const { exchanges, slot, protocol } = this.#options;
    const exchange = this.#exchange;
    if (exchange !== undefined && (!fromClient || !exchange.hasResponse)) return exchange;
    if (exchange !== undefined) exchanges.emitTcp(exchange, this.#aftermath.next(nanos), protocol);
    const next = exchanges.begin(slot);
    this.#exchange = next;
    return next;
  }
}
