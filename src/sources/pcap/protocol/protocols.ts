import type { DecodeContext } from '../../../component.ts';
import type { EventBatch } from '../../../model/batch.ts';
import { Connections, PROTOCOL } from '../events/connections.ts';
import { Aftermath } from '../events/exchange-cells.ts';
import { Exchanges } from '../events/exchanges.ts';
import { TcpExchanges, TURN_PROTOCOL } from '../events/tcp-exchanges.ts';
import { TurnStream } from '../events/turn-stream.ts';
import { HttpExchanges } from '../http1/http-exchanges.ts';
import { type HeaderConfig, httpReads } from '../http1/http-reads.ts';
import { Http1Shared } from '../http1/shared.ts';
import type { CaptureClock } from '../read/capture-clock.ts';
import type { Segment } from '../segment.ts';
import { type ConnectionObserver, TcpAnalyzer, type TcpLimits } from '../tcp/analyzer.ts';
import type { CloseReason } from '../tcp/segment-counts.ts';
import type { ConnectionEnd, ProtocolStream } from '../tcp/stream.ts';
import { type KnownProtocol, RecognizingStream } from './recognizing-stream.ts';
import { clientOfFirst } from './roles.ts';

export interface ProtocolOptions extends HeaderConfig {
  readonly limits: TcpLimits;
  readonly midStream: 'off' | 'recognized' | 'all';
  readonly emitsAtResponse: boolean;
  readonly events: readonly string[];
}

/** Gives every connection the stream of its protocol, and gathers what they find as events. */
export class Protocols implements ConnectionObserver {
  readonly tcp: TcpAnalyzer;
  readonly #options: ProtocolOptions;
  readonly #exchanges: Exchanges;
  readonly #connections: Connections;
  readonly #http1: Http1Shared;
  readonly #aftermath = new Aftermath();
  readonly #maxRequestText: number;
  readonly #maxResponseText: number;

  constructor(options: ProtocolOptions, context: DecodeContext, clock: CaptureClock) {
    this.#options = options;
    this.tcp = new TcpAnalyzer(options.limits, this);
    const { table } = this.tcp;
    const open = () => this.tcp.openConnections;
    const reads = httpReads(options, context.attributesRead);
    const http = new HttpExchanges(context, clock, table, open, reads);
    this.#exchanges = new Exchanges(table, http, new TcpExchanges(context, clock, table, open));
    this.#connections = new Connections(context, clock, table);
    this.#http1 = new Http1Shared({
      reads,
      exchanges: this.#exchanges,
      emitsAtResponse: options.emitsAtResponse,
      successor: (slot) => new RecognizingStream((protocol) => this.#streamFor(slot, protocol)),
    });
    this.#maxRequestText = reads.requestBody ? reads.maxText : 0;
    this.#maxResponseText = reads.responseBody ? reads.maxText : 0;
  }

  /** The events since the last call. */
  flush(): readonly EventBatch[] {
    const batches = [...this.#exchanges.flush(), ...this.#connections.table.flush()];
    return batches.filter(({ name }) => this.#options.events.includes(name));
  }

  streamOf(slot: number): ProtocolStream {
    return new RecognizingStream((protocol) => {
      const stream = this.#streamFor(slot, protocol);
      this.tcp.setStream(slot, stream);
      return stream;
    });
  }

  pickUp(segment: Segment): number {
    return this.#options.midStream === 'off' ? -1 : clientOfFirst(segment, this.#options.midStream === 'all');
  }

  closed(
    slot: number,
    nanos: number,
    reason: CloseReason,
    how: ConnectionEnd,
    byClient: boolean | undefined,
  ): void {
    if (this.tcp.table.exchanges[slot] === 0) {
      const exchange = this.#exchanges.begin(slot);
      this.#exchanges.emitTcp(exchange, this.#aftermath.end(nanos, how, byClient), TURN_PROTOCOL.unknown);
      this.tcp.table.exchanges[slot] = 0;
    }
    this.#connections.emit(slot, nanos, reason);
  }

  #streamFor(slot: number, protocol: KnownProtocol): ProtocolStream {
    if (protocol === 'http1') {
      this.tcp.table.protocol[slot] = PROTOCOL.http;
      return this.#http1.stream(slot);
    }
    return new TurnStream({
      exchanges: this.#exchanges,
      slot,
      protocol: TURN_PROTOCOL.unknown,
      maxRequestText: this.#maxRequestText,
      maxResponseText: this.#maxResponseText,
    });
  }
}
