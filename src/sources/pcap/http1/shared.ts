import type { Exchange } from '../events/exchange.ts';
import { Aftermath } from '../events/exchange-cells.ts';
import type { Exchanges } from '../events/exchanges.ts';
import type { ProtocolStream } from '../tcp/stream.ts';
import { HeadScanner } from './head-scanner.ts';
import type { HttpReads } from './http-reads.ts';
import { RequestLine, ResponseLine } from './start-line.ts';
import { RequestLineTexts, ResponseLineTexts } from './start-line-texts.ts';
import { Http1Stream } from './stream.ts';

const MOST_KEPT = 8192;

export interface Http1Options {
  readonly reads: HttpReads;
  readonly exchanges: Exchanges;
  /** An exchange is emitted when its response is complete, and not when it is known what followed. */
  readonly emitsAtResponse: boolean;
  /**
   * The stream for what follows a 101 or a CONNECT that was granted. `protocol` is what the 101 names, or `''`;
   * `exchange` is valid during the call only, except for `h2c`, whose stream 1 it becomes.
   */
  readonly successor: (slot: number, protocol: string, exchange: Exchange) => ProtocolStream;
}

/** What all HTTP/1 connections of a source share: scratch space, caches, and streams to be used again. */
export class Http1Shared {
  readonly reads: HttpReads;
  readonly exchanges: Exchanges;
  readonly emitsAtResponse: boolean;
  readonly aftermath = new Aftermath();
  readonly requestLine = new RequestLine();
  readonly responseLine = new ResponseLine();
  readonly requestScanner: HeadScanner;
  readonly responseScanner: HeadScanner;
  readonly requestTexts: RequestLineTexts;
  readonly responseTexts = new ResponseLineTexts();
  readonly successor: Http1Options['successor'];
  readonly #free: Http1Stream[] = [];

  constructor(options: Http1Options) {
    this.reads = options.reads;
    this.exchanges = options.exchanges;
    this.emitsAtResponse = options.emitsAtResponse;
    this.requestTexts = new RequestLineTexts(options.reads);
    this.requestScanner = new HeadScanner(options.reads.requestHeaders);
    this.responseScanner = new HeadScanner(options.reads.responseHeaders);
    this.successor = options.successor;
  }

  stream(slot: number): Http1Stream {
    return (this.#free.pop() ?? new Http1Stream(this)).begin(slot);
  }

  streamIsOver(stream: Http1Stream): void {
    if (this.#free.length < MOST_KEPT) this.#free.push(stream);
  }
}
