import type { DecodeContext } from '../../../component.ts';
import type { EventBatch } from '../../../model/batch.ts';
import { type ConnectionDetails, Connections, PROTOCOL } from '../events/connections.ts';
import { TCP_CONNECTION } from '../events/event-specs.ts';
import type { Exchange } from '../events/exchange.ts';
import { Aftermath } from '../events/exchange-cells.ts';
import { Exchanges } from '../events/exchanges.ts';
import { TcpExchanges, TURN_PROTOCOL } from '../events/tcp-exchanges.ts';
import { TurnStream } from '../events/turn-stream.ts';
import { HttpExchanges } from '../http1/http-exchanges.ts';
import { type HeaderConfig, type HttpReads, httpReads } from '../http1/http-reads.ts';
import { Http1Shared } from '../http1/shared.ts';
import { Http2Connection } from '../http2/http2-connection.ts';
import type { CaptureClock } from '../read/capture-clock.ts';
import type { Segment } from '../segment.ts';
import { type ConnectionObserver, TcpAnalyzer, type TcpLimits } from '../tcp/analyzer.ts';
import { SEEN } from '../tcp/connection-table.ts';
import type { CloseReason } from '../tcp/segment-counts.ts';
import type { ConnectionEnd, ProtocolStream } from '../tcp/stream.ts';
import { TlsHandshakeEvents } from '../tls/tls-handshake-events.ts';
import { TlsStream } from '../tls/tls-stream.ts';
import { WebSocketConnections } from '../websocket/websocket-connections.ts';
import { WebSocketStream } from '../websocket/websocket-stream.ts';
import { BothStreams } from './both-streams.ts';
import { type KnownProtocol, RecognizingStream } from './recognizing-stream.ts';
import { clientOfFirst } from './roles.ts';
import { StartTlsStream } from './start-tls-stream.ts';

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
  readonly #wantsConnections: boolean;
  readonly #http1: Http1Shared;
  readonly #aftermath = new Aftermath();
  readonly #maxRequestText: number;
  readonly #maxResponseText: number;
  readonly #reads: HttpReads;
  readonly #webSockets: WebSocketConnections;
  readonly #handshakes: TlsHandshakeEvents;
  readonly #details: ConnectionDetails = { tls: new Map(), http2: new Map() };

  constructor(options: ProtocolOptions, context: DecodeContext, clock: CaptureClock) {
    this.#options = options;
    this.tcp = new TcpAnalyzer(options.limits, this);
    const { table } = this.tcp;
    const open = () => this.tcp.openConnections;
    const reads = httpReads(options, context.attributesRead);
    const { tls } = this.#details;
    this.#reads = reads;
    const http = new HttpExchanges(context, clock, table, open, reads);
    this.#exchanges = new Exchanges(table, http, new TcpExchanges(context, clock, table, open, tls), reads);
    this.#connections = new Connections(context, clock, table, this.#details);
    this.#wantsConnections = options.events.includes(TCP_CONNECTION.name);
    this.#webSockets = new WebSocketConnections(context, clock, table);
    this.#handshakes = new TlsHandshakeEvents(context, clock, table, tls);
    this.#http1 = new Http1Shared({
      reads,
      exchanges: this.#exchanges,
      emitsAtResponse: options.emitsAtResponse,
      successor: (slot, protocol, exchange) => this.#successor(slot, protocol, exchange),
    });
    this.#maxRequestText = reads.requestBody ? reads.maxText : 0;
    this.#maxResponseText = reads.responseBody ? reads.maxText : 0;
  }

  /** The events since the last call. */
  flush(): readonly EventBatch[] {
    const batches = [
      ...this.#exchanges.flush(),
      ...this.#handshakes.table.flush(),
      ...this.#webSockets.table.flush(),
      ...this.#connections.table.flush(),
    ];
    return batches.filter(({ name }) => this.#options.events.includes(name));
  }

  streamOf(slot: number): ProtocolStream {
    const isMidStream = (this.tcp.table.seen[slot] & SEEN.midStream) !== 0;
    return new RecognizingStream(isMidStream, (protocol) => {
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
    if (this.#wantsConnections) this.#connections.emit(slot, nanos, reason);
    this.#details.tls.delete(slot);
    this.#details.http2.delete(slot);
  }

  #streamFor(slot: number, protocol: KnownProtocol): ProtocolStream {
    switch (protocol) {
      case 'http1':
        this.tcp.table.protocol[slot] = PROTOCOL.http;
        return this.#http1.stream(slot);
      case 'http2':
        return this.#http2(slot, true, undefined);
      case 'http2_frames':
        return this.#http2(slot, false, undefined);
      case 'tls':
        return this.#tls(slot);
      case 'unknown':
        return new StartTlsStream(this.#turns(slot, TURN_PROTOCOL.unknown), () => this.#handshake(slot));
    }
  }

  /** What a connection speaks behind the 101 or the granted CONNECT of `exchange`. */
  #successor(slot: number, protocol: string, exchange: Exchange): ProtocolStream {
    if (protocol === 'websocket') return this.#webSocket(slot, exchange.responseLastNanos);
    if (protocol === 'h2c') return this.#http2(slot, true, exchange);
    return new RecognizingStream(false, (recognized) => this.#streamFor(slot, recognized));
  }

  /** Its frames are counted, and their turns are exchanges: who answered how late, and who ended it after how long. */
  #webSocket(slot: number, openedNanos: number): ProtocolStream {
    this.tcp.table.protocol[slot] = PROTOCOL.websocket;
    const emit = this.#webSockets.emit.bind(this.#webSockets, slot);
    return new BothStreams(
      new WebSocketStream(openedNanos, (summary, nanos) => emit(nanos, summary)),
      this.#turns(slot, TURN_PROTOCOL.websocket),
    );
  }

  #http2(slot: number, fromStart: boolean, upgraded: Exchange | undefined): ProtocolStream {
    this.tcp.table.protocol[slot] = PROTOCOL.http;
    const connection = new Http2Connection({
      slot,
      exchanges: this.#exchanges,
      reads: this.#reads,
      emitsAtResponse: this.#options.emitsAtResponse,
      fromStart,
      upgraded,
    });
    this.#details.http2.set(slot, connection.summary);
    return connection;
  }

  /** The handshake, and around it the turns that encrypted bytes have as well. */
  #tls(slot: number): ProtocolStream {
    return new BothStreams(this.#handshake(slot), this.#turns(slot, TURN_PROTOCOL.tls));
  }

  #handshake(slot: number): ProtocolStream {
    this.tcp.table.protocol[slot] = PROTOCOL.tls;
    const tls = new TlsStream((_handshake, nanos) => this.#handshakes.emit(slot, nanos));
    this.#details.tls.set(slot, tls.handshake);
    return tls;
  }

  #turns(slot: number, protocol: number): ProtocolStream {
    return new TurnStream({
      exchanges: this.#exchanges,
      slot,
      protocol,
      maxRequestText: this.#maxRequestText,
      maxResponseText: this.#maxResponseText,
    });
  }
}
