export interface Line {
  /** From 1. */
  readonly number: number;
  /** Where the line begins in the text, in UTF-16 code units. */
  readonly start: number;
  /** Without the line's end (`\n` or `\r\n`). */
  readonly text: string;
}

/** Which line an offset of a text is in. A byte order mark belongs to no line. */
export class LineIndex {
  readonly #text: string;
  readonly #starts: number[];

  constructor(text: string) {
    this.#text = text;
    this.#starts = [text.startsWith('\uFEFF') ? 1 : 0];
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  /** The line that holds `offset`; the first or last one when the offset is outside of the text. */
  lineAt(offset: number): Line {
    let low = 0;
    for (let high = this.#starts.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle] <= offset) low = middle;
      else high = middle;
    }
    const start = this.#starts[low];
    const text = this.#text.slice(start, this.#starts[low + 1] ?? this.#text.length).replace(/\r?\n$/, '');
    return { number: low + 1, start, text };
  }
}
