import type { EventTable, TextCells } from './event-table.ts';
import type { Exchange } from './exchange.ts';

/** Whole messages as they were sent, which are made only where somebody names them. */
export class MessageTexts {
  readonly #request: TextCells;
  readonly #response: TextCells;

  constructor(table: EventTable) {
    this.#request = table.textWhenNamed('lagpipe.exchange.request.raw');
    this.#response = table.textWhenNamed('lagpipe.exchange.response.raw');
  }

  set(row: number, exchange: Exchange): void {
    setText(this.#request, row, exchange.requestHead, exchange.requestBody);
    setText(this.#response, row, exchange.responseHead, exchange.responseBody);
  }
}

/** Nothing, where the parts are empty. */
export function setText(cells: TextCells, row: number, head: string, body = ''): void {
  if (cells.isRead && (head !== '' || body !== '')) cells.setOnce(row, head + body);
}
