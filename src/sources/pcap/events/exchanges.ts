import type { EventBatch } from '../../../model/batch.ts';
import type { HttpExchanges } from '../http1/http-exchanges.ts';
import type { HttpReads } from '../http1/http-reads.ts';
import type { ConnectionTable } from '../tcp/connection-table.ts';
import type { EventTable } from './event-table.ts';
import { type Exchange, ExchangePool } from './exchange.ts';
import type { Aftermath } from './exchange-cells.ts';
import type { TcpExchanges } from './tcp-exchanges.ts';

/** Batches have one kind of event each, so to keep the order costs a batch for every change between the kinds. */
const MOST_CHANGES = 64;

/** Where protocols begin their exchanges and hand them in when they are over. */
export class Exchanges {
  readonly #connections: ConnectionTable;
  readonly #http: HttpExchanges;
  readonly #tcp: TcpExchanges;
  readonly #pool: ExchangePool;
  /** Since the last flush: what came before the newest change of the kind, the kind since, and the changes. */
  readonly #before: EventBatch[] = [];
  #newest: EventTable | undefined;
  #changes = 0;

  constructor(connections: ConnectionTable, http: HttpExchanges, tcp: TcpExchanges, reads: HttpReads) {
    this.#connections = connections;
    this.#http = http;
    this.#tcp = tcp;
    this.#pool = new ExchangePool(reads.requestHeaders.length, reads.responseHeaders.length);
  }

  /** The next exchange of a connection. It belongs to the caller until it is emitted. */
  begin(slot: number): Exchange {
    const connections = this.#connections;
    const exchange = this.#pool.take(slot);
    exchange.ordinal = ++connections.exchanges[slot];
    exchange.retransmits = bothOf(connections.retransmits, slot);
    exchange.duplicateAcks = bothOf(connections.duplicateAcks, slot);
    exchange.outOfOrder = bothOf(connections.outOfOrder, slot);
    return exchange;
  }

  /** As `http.exchange`. */
  emitHttp(exchange: Exchange, aftermath: Aftermath): void {
    this.#settle(exchange);
    this.#change(this.#http.table);
    this.#http.emit(exchange, aftermath);
    this.#pool.give(exchange);
  }

  /** As `tcp.exchange`. `protocol` counts from 1 in `TURN_PROTOCOLS`; 0: it was not recognized. */
  emitTcp(exchange: Exchange, aftermath: Aftermath, protocol: number): void {
    this.#settle(exchange);
    this.#change(this.#tcp.table);
    this.#tcp.emit(exchange, aftermath, protocol);
    this.#pool.give(exchange);
  }

  /** In the order in which exchanges were over, as far as `MOST_CHANGES` allows. */
  flush(): EventBatch[] {
    this.#newest = undefined;
    this.#changes = 0;
    return [...this.#before.splice(0), ...this.#http.table.flush(), ...this.#tcp.table.flush()];
  }

  #change(table: EventTable): void {
    if (this.#newest === table) return;
    if (this.#newest !== undefined && this.#changes < MOST_CHANGES) {
      this.#before.push(...this.#newest.flush());
      this.#changes++;
    }
    this.#newest = table;
  }

  #settle(exchange: Exchange): void {
    const connections = this.#connections;
    const { slot } = exchange;
    exchange.retransmits = bothOf(connections.retransmits, slot) - exchange.retransmits;
    exchange.duplicateAcks = bothOf(connections.duplicateAcks, slot) - exchange.duplicateAcks;
    exchange.outOfOrder = bothOf(connections.outOfOrder, slot) - exchange.outOfOrder;
  }
}

function bothOf(counts: Int32Array, slot: number): number {
  return counts[slot * 2] + counts[slot * 2 + 1];
}
