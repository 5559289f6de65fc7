import type { WriteResult } from '../../component.ts';
import { type TableColumn, textTable } from '../../lib/text-table.ts';
import { type Batch, type EventBatch, eventAt, recordsIn } from '../../model/batch.ts';
import { FINDING_EVENT, findingOf } from '../../model/finding.ts';
import { findingParagraph } from '../../model/finding-text.ts';
import { defaultColumns, type EventColumns, eventCell, isNumeric } from './table/event-columns.ts';

/**
 * How wide the cells of an attribute usually are. A row that was printed cannot be moved any more, so columns start
 * out wide enough for most rows to come.
 */
const USUAL_WIDTH: Readonly<Record<string, number>> = {
  'process.pid': 7,
  'thread.name': 15,
  'network.local.address': 15,
  'network.peer.address': 15,
  '{network.local.address}:{network.local.port}': 21,
  '{network.peer.address}:{network.peer.port}': 21,
  'network.local.port': 5,
  'network.peer.port': 5,
  'lagpipe.tcp.connect.duration': 7,
  'lagpipe.tcp.outcome': 11,
  '{client.address}:{client.port}': 21,
  '{server.address}:{server.port}': 21,
  'http.response.size': 6,
  'lagpipe.tcp.handshake.duration': 7,
  'lagpipe.exchange.response.duration': 7,
  'lagpipe.exchange.idle_after': 6,
  'lagpipe.exchange.position': 8,
  'lagpipe.exchange.close_originator': 9,
};

const FINDING_WIDTH = 100;

/** Every event as one row, in the order in which they come; a header where the columns change. */
export class EventRows {
  readonly #columns: EventColumns | undefined;
  /** By the columns, which kinds of events can share. */
  readonly #layouts = new Map<EventColumns, readonly TableColumn[]>();
  #newest: EventColumns | undefined;

  constructor(columns: EventColumns | undefined) {
    this.#columns = columns;
  }

  take(batch: Batch): WriteResult & { readonly text: string } {
    if (batch.kind === 'metrics') {
      return { text: '', delivered: 0, rejected: { format_shows_no_metrics: recordsIn(batch) } };
    }
    if (batch.length === 0) return { text: '', delivered: 0 };
    if (this.#columns === undefined && batch.name === FINDING_EVENT.name) return this.#findings(batch);
    const columns = this.#columns ?? defaultColumns(batch.name);
    const cells = Array.from({ length: batch.length }, (_, index) => {
      const event = eventAt(batch, index);
      return Object.values(columns).map((column) => eventCell(column, event));
    });
    const layout = this.#layouts.get(columns) ?? layoutOf(columns, cells);
    const { header, rows, widths } = textTable(layout, cells);
    this.#layouts.set(columns, grown(layout, widths));
    const head = columns === this.#newest ? [] : [header];
    this.#newest = columns;
    return { text: `${[...head, ...rows].join('\n')}\n`, delivered: batch.length };
  }

  /** Findings are sentences, which no column holds. */
  #findings(batch: EventBatch): WriteResult & { readonly text: string } {
    this.#newest = undefined;
    const lines = Array.from({ length: batch.length }, (_, index) =>
      findingOf(eventAt(batch, index).attributes),
    )
      .filter((finding) => finding !== undefined)
      .flatMap((finding) => [...findingParagraph(finding, FINDING_WIDTH, (_style, text) => text), '']);
    return { text: lines.map((line) => `${line}\n`).join(''), delivered: batch.length };
  }
}

/** Numbers to the right: what the first rows hold decides. */
function layoutOf(columns: EventColumns, cells: readonly (readonly string[])[]): readonly TableColumn[] {
  return Object.entries(columns).map(([header, column], index) => ({
    header,
    align: isNumeric(cells.map((row) => row[index])) ? 'right' : 'left',
    minWidth: USUAL_WIDTH[column] ?? 0,
  }));
}

function grown(layout: readonly TableColumn[], widths: readonly number[]): readonly TableColumn[] {
  return layout.map((column, index) => ({ ...column, minWidth: widths[index] }));
}
