import type { Line } from '../lib/line-index.ts';
import { displayWidth, printable } from '../lib/text-width.ts';
import type { Frame } from './model.ts';
import type { Span } from './tree.ts';

const MASK = '[REDACTED]';

const TAB_STOP = 4;
/** Longer lines are cut around the underlined part, so that a minified file does not flood the terminal. */
const WIDEST = 160;
const BEFORE_UNDERLINE = 60;

/** One piece of a printed line and the part of the file that it stands for. */
interface Cell extends Span {
  readonly text: string;
  readonly width: number;
}

/** The line as a terminal may show it, and where in it the span is. `masks` are parts that must not be seen. */
export function frameOf(line: Line, span: Span, masks: readonly Span[]): Frame {
  const near = vicinity(line, span.start);
  const end = near.start + near.text.length;
  const cells = cellsOf(
    near,
    masks.filter((mask) => mask.start < end && mask.end > near.start),
  );
  const firstMarked = cells.findIndex((cell) => cell.end > span.start);
  let columns = widthOf(firstMarked === -1 ? cells : cells.slice(0, firstMarked));
  let from = 0;
  if (widthOf(cells) > WIDEST) for (; columns > BEFORE_UNDERLINE; from++) columns -= cells[from].width;
  let to = from;
  for (let width = 0; to < cells.length && width + cells[to].width <= WIDEST; to++) width += cells[to].width;
  const shown = cells.slice(from, to);
  const before = from > 0 || near.start > line.start ? '…' : '';
  const isCut = to < cells.length || end < line.start + line.text.length;
  const marked = shown.filter(
    (cell) => cell.end > span.start && cell.start < Math.max(span.end, span.start + 1),
  );
  return {
    text: `${before}${shown.map(({ text }) => text).join('')}${isCut ? '…' : ''}`,
    start: before.length + columns,
    length: Math.max(1, widthOf(marked)),
  };
}

/** The part of a long line that could be shown, so that a line of a megabyte costs no more than any other. */
function vicinity(line: Line, offset: number): Line {
  const from = Math.max(0, offset - line.start - 2 * WIDEST);
  return { ...line, start: line.start + from, text: line.text.slice(from, from + 4 * WIDEST) };
}

/** Tabs become spaces and control characters `?`; every masked part becomes one cell. */
function cellsOf(line: Line, masks: readonly Span[]): Cell[] {
  const cells: Cell[] = [];
  let column = 0;
  const push = (start: number, end: number, text: string) => {
    const width = displayWidth(text);
    cells.push({ start, end, text, width });
    column += width;
  };
  for (let at = 0; at < line.text.length; ) {
    const start = line.start + at;
    const mask = masks.find((span) => span.start <= start && span.end > start);
    if (mask !== undefined) {
      const end = Math.min(mask.end, line.start + line.text.length);
      push(start, end, cells.at(-1)?.text === MASK ? '' : MASK);
      at = end - line.start;
      continue;
    }
    const character = String.fromCodePoint(line.text.codePointAt(at) ?? 0);
    const isTab = character === '\t';
    push(
      start,
      start + character.length,
      isTab ? ' '.repeat(TAB_STOP - (column % TAB_STOP)) : printable(character),
    );
    at += character.length;
  }
  return cells;
}

function widthOf(cells: readonly Cell[]): number {
  return cells.reduce((sum, { width }) => sum + width, 0);
}
