import type { DecodeContext } from '../../../component.ts';
import { HTTP_EXCHANGE } from '../events/event-specs.ts';
import { type ChoiceCells, EventTable, type NumberCells, type TextCells } from '../events/event-table.ts';
import type { Exchange } from '../events/exchange.ts';
import { type Aftermath, ExchangeCells, eventNanos } from '../events/exchange-cells.ts';
import { MessageTexts, setText } from '../events/message-texts.ts';
import { DerivedTexts } from '../events/text-cache.ts';
import { GRPC_STATUS_NAMES } from '../http2/grpc-status.ts';
import type { CaptureClock } from '../read/capture-clock.ts';
import type { ConnectionTable } from '../tcp/connection-table.ts';
import type { HttpReads } from './http-reads.ts';

/** Rows of `http.exchange`, of every version of HTTP. */
export class HttpExchanges {
  readonly table: EventTable;
  readonly #common: ExchangeCells;
  readonly #protocolName: ChoiceCells;
  readonly #protocolVersion: TextCells;
  readonly #method: TextCells;
  readonly #target: TextCells;
  readonly #requestProtocol: TextCells;
  readonly #requestLine: TextCells;
  readonly #status: NumberCells;
  readonly #reason: TextCells;
  readonly #responseProtocol: TextCells;
  readonly #responseLine: TextCells;
  readonly #requestBodyBytes: NumberCells;
  readonly #responseBodyBytes: NumberCells;
  readonly #interimResponses: NumberCells;
  readonly #userAgent: TextCells;
  readonly #userAgentHeader: number;
  readonly #requestHeaders: readonly TextCells[];
  readonly #responseHeaders: readonly TextCells[];
  readonly #texts: MessageTexts;
  readonly #parts: MessageParts;
  readonly #versions = new DerivedTexts();
  readonly #userAgents = new DerivedTexts();
  readonly #streamId: NumberCells;
  readonly #reset: TextCells;
  readonly #resetBy: ChoiceCells;
  readonly #rpcStatus: ChoiceCells;

  constructor(
    context: DecodeContext,
    clock: CaptureClock,
    connections: ConnectionTable,
    openConnections: () => number,
    reads: HttpReads,
  ) {
    const attributes = [...HTTP_EXCHANGE.attributes, ...reads.attributes];
    const table = new EventTable({ ...HTTP_EXCHANGE, attributes, context, clock });
    this.table = table;
    this.#common = new ExchangeCells(table, connections, openConnections);
    this.#protocolName = table.choice('network.protocol.name', ['http']);
    this.#protocolVersion = table.text('network.protocol.version');
    this.#method = table.text('http.request.method');
    this.#target = table.text('url.original');
    this.#requestProtocol = table.text('lagpipe.http.request.protocol');
    this.#requestLine = table.text('lagpipe.http.request.line');
    this.#status = table.number('http.response.status_code');
    this.#reason = table.text('lagpipe.http.response.reason');
    this.#responseProtocol = table.text('lagpipe.http.response.protocol');
    this.#responseLine = table.text('lagpipe.http.response.line');
    this.#requestBodyBytes = table.number('http.request.body.size');
    this.#responseBodyBytes = table.number('http.response.body.size');
    this.#interimResponses = table.number('lagpipe.http.interim_responses');
    this.#userAgent = table.text('user_agent.original');
    this.#userAgentHeader = reads.requestHeaders.indexOf('user-agent');
    this.#requestHeaders = reads.requestHeaders.map((name) => table.text(`http.request.header.${name}`));
    this.#responseHeaders = reads.responseHeaders.map((name) => table.text(`http.response.header.${name}`));
    this.#texts = new MessageTexts(table);
    this.#parts = new MessageParts(table);
    this.#streamId = table.number('lagpipe.http2.stream.id');
    this.#reset = table.text('lagpipe.http2.reset');
    this.#resetBy = table.choice('lagpipe.http2.reset_by', ['client', 'server']);
    this.#rpcStatus = table.choice('rpc.status_code', GRPC_STATUS_NAMES);
  }

  emit(exchange: Exchange, aftermath: Aftermath): void {
    const row = this.table.begin(eventNanos(exchange, aftermath.closeNanos));
    this.#common.set(row, exchange, aftermath);
    this.#protocolName.set(row, 1);
    this.#request(row, exchange);
    this.#response(row, exchange);
    this.#texts.set(row, exchange);
    this.#parts.set(row, exchange);
    if (exchange.http2StreamId > 0) this.#http2(row, exchange);
  }

  #http2(row: number, exchange: Exchange): void {
    this.#streamId.set(row, exchange.http2StreamId);
    if (exchange.grpcStatus >= 0) this.#rpcStatus.set(row, exchange.grpcStatus + 1);
    if (exchange.http2Reset === '') return;
    this.#reset.setOnce(row, exchange.http2Reset);
    this.#resetBy.set(row, exchange.http2ResetByClient ? 1 : 2);
  }

  #request(row: number, exchange: Exchange): void {
    const { method, target, requestProtocol, requestHeaders } = exchange;
    if (!exchange.hasRequest) return;
    this.#requestBodyBytes.set(row, exchange.requestBodyBytes);
    if (method === undefined) return;
    this.#method.set(row, method);
    this.#target.set(row, target);
    this.#requestProtocol.set(row, requestProtocol);
    if (this.#requestLine.isRead) {
      this.#requestLine.setOnce(row, `${method.text} ${target?.text} ${requestProtocol?.text}`);
    }
    for (let index = 0; index < this.#requestHeaders.length; index++) {
      this.#requestHeaders[index].set(row, requestHeaders[index]);
    }
    const userAgent = this.#userAgentHeader < 0 ? undefined : requestHeaders[this.#userAgentHeader];
    if (userAgent !== undefined && this.#userAgent.isRead) {
      this.#userAgent.set(
        row,
        this.#userAgents.of(userAgent, (text) => text),
      );
    }
  }

  #response(row: number, exchange: Exchange): void {
    const { status, reason, responseProtocol, responseHeaders } = exchange;
    const protocol = responseProtocol ?? exchange.requestProtocol;
    if (this.#protocolVersion.isRead && protocol !== undefined) {
      this.#protocolVersion.set(
        row,
        this.#versions.of(protocol, (text) => text.slice('HTTP/'.length)),
      );
    }
    if (!exchange.hasResponse) return;
    this.#responseBodyBytes.set(row, exchange.responseBodyBytes);
    this.#interimResponses.set(row, exchange.interimResponses);
    if (status === 0) return;
    this.#status.set(row, status);
    this.#reason.set(row, reason);
    this.#responseProtocol.set(row, responseProtocol);
    if (this.#responseLine.isRead) {
      const text = reason === undefined || reason.text === '' ? '' : ` ${reason.text}`;
      this.#responseLine.setOnce(row, `${responseProtocol?.text} ${status}${text}`);
    }
    for (let index = 0; index < this.#responseHeaders.length; index++) {
      this.#responseHeaders[index].set(row, responseHeaders[index]);
    }
  }
}

/** Parts of messages, which are made only where somebody names them. */
class MessageParts {
  readonly #requestHead: TextCells;
  readonly #requestBody: TextCells;
  readonly #responseHead: TextCells;
  readonly #responseBody: TextCells;

  constructor(table: EventTable) {
    this.#requestHead = table.textWhenNamed('lagpipe.http.request.head');
    this.#requestBody = table.textWhenNamed('lagpipe.http.request.body');
    this.#responseHead = table.textWhenNamed('lagpipe.http.response.head');
    this.#responseBody = table.textWhenNamed('lagpipe.http.response.body');
  }

  set(row: number, exchange: Exchange): void {
    setText(this.#requestHead, row, exchange.requestHead);
    setText(this.#requestBody, row, exchange.requestBody);
    setText(this.#responseHead, row, exchange.responseHead);
    setText(this.#responseBody, row, exchange.responseBody);
  }
}
