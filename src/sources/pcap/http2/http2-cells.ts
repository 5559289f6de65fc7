import type { ChoiceCells, EventTable, NumberCells, TextCells } from '../events/event-table.ts';
import type { Pings } from '../pings.ts';
import { errorCodeText } from './frame.ts';
import type { Http2Summary } from './http2-stream.ts';

const NANOS_PER_SECOND = 1e9;
const CLIENT = 1;
const SERVER = 2;

/** What is known of the connections in the table that speak HTTP/2, by slot. */
export type Http2Summaries = Map<number, Http2Summary>;

/** Fills `HTTP2_ATTRIBUTES` of a `tcp.connection`. */
export class Http2Cells {
  readonly #summaries: Http2Summaries;
  readonly #goaway: TextCells;
  readonly #goawayBy: ChoiceCells;
  readonly #lastStream: NumberCells;
  readonly #client: SideCells;
  readonly #server: SideCells;

  constructor(table: EventTable, summaries: Http2Summaries) {
    this.#summaries = summaries;
    this.#goaway = table.text('lagpipe.http2.goaway');
    this.#goawayBy = table.choice('lagpipe.http2.goaway_by', ['client', 'server']);
    this.#lastStream = table.number('lagpipe.http2.goaway.last_stream');
    this.#client = new SideCells(table, 'client');
    this.#server = new SideCells(table, 'server');
  }

  set(row: number, slot: number): void {
    if (this.#summaries.size === 0) return;
    const summary = this.#summaries.get(slot);
    if (summary === undefined) return;
    this.#client.set(row, summary.resetsByClient, summary.clientPings);
    this.#server.set(row, summary.resetsByServer, summary.serverPings);
    const { goaway } = summary;
    if (goaway === undefined) return;
    this.#goaway.setOnce(row, errorCodeText(goaway.code));
    this.#goawayBy.set(row, goaway.byClient ? CLIENT : SERVER);
    this.#lastStream.set(row, goaway.lastStreamId);
  }
}

class SideCells {
  readonly #resets: NumberCells;
  readonly #pings: NumberCells;
  readonly #shortest: NumberCells;
  readonly #mean: NumberCells;
  readonly #longest: NumberCells;

  constructor(table: EventTable, side: 'client' | 'server') {
    this.#resets = table.number(`lagpipe.http2.${side}.resets`);
    this.#pings = table.number(`lagpipe.http2.${side}.pings`);
    this.#shortest = table.number(`lagpipe.http2.${side}.ping.min`);
    this.#mean = table.number(`lagpipe.http2.${side}.ping.mean`);
    this.#longest = table.number(`lagpipe.http2.${side}.ping.max`);
  }

  set(row: number, resets: number, pings: Pings): void {
    this.#resets.set(row, resets);
    this.#pings.set(row, pings.sent);
    this.#shortest.set(row, pings.shortestNanos / NANOS_PER_SECOND);
    this.#mean.set(row, pings.meanNanos / NANOS_PER_SECOND);
    this.#longest.set(row, pings.longestNanos / NANOS_PER_SECOND);
  }
}
