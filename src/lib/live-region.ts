import { cutToWidth, displayWidth } from './text-width.ts';

/** What a live region needs of a stream; `process.stdout` on a terminal has it. */
export interface TerminalStream {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/**
 * The last lines of a terminal, redrawn in place. It uses neither the alternate screen nor a hidden cursor, so
 * what scrolled by stays readable and a killed process leaves the terminal as it should be.
 */
export interface LiveRegion {
  /** Replaces what the region shows. Lines are cut to the terminal; the caller keeps them fewer than its rows. */
  show(lines: readonly string[]): void;
  /** Takes the region off the screen. */
  clear(): void;
}

/** Terminals of this process that show something right now: at most one, unless a test opens its own. */
const shownRegions = new Set<{ erase(): void; redraw(): void }>();

/** A region at the end of a terminal. Nothing is written before the first `show`. */
export function liveRegion(stream: TerminalStream): LiveRegion {
  let wanted: readonly string[] = [];
  let drawn: readonly string[] = [];
  const draw = (lines: readonly string[]): void => {
    const fitting = linesThatFit(lines, sizeOf(stream));
    stream.write(redrawSequence(drawn, fitting, sizeOf(stream).columns));
    drawn = fitting;
  };
  const region = { erase: () => draw([]), redraw: () => draw(wanted) };
  return {
    show(lines) {
      wanted = lines;
      shownRegions.add(region);
      draw(lines);
    },
    clear() {
      if (shownRegions.delete(region)) draw([]);
      wanted = [];
    },
  };
}

/**
 * Runs `write`, which prints whole lines on the same terminal, with every live region out of its way. The
 * logger writes through this: a line printed into a region would tear it and shift every later redraw.
 */
export function printAbove(write: () => void): void {
  for (const region of shownRegions) region.erase();
  try {
    write();
  } finally {
    for (const region of shownRegions) region.redraw();
  }
}

/** Columns and rows; a terminal that does not say has 80 by 24. */
export function sizeOf(stream: TerminalStream): { readonly columns: number; readonly rows: number } {
  return { columns: stream.columns || 80, rows: stream.rows || 24 };
}

/** One row stays free for the cursor, and one column, since a full line wraps on some terminals. */
function linesThatFit(
  lines: readonly string[],
  size: { readonly columns: number; readonly rows: number },
): readonly string[] {
  return lines.slice(0, Math.max(1, size.rows - 1)).map((line) => cutToWidth(line, size.columns - 1));
}

/**
 * What to write so that a terminal that shows `before`, with the cursor below, shows `after` instead. Each line
 * is overwritten and then cleared to its end: clearing first would flicker. A terminal that became narrower has
 * wrapped the lines, so they count by the rows that they take now.
 */
function redrawSequence(before: readonly string[], after: readonly string[], columns: number): string {
  const rowsUp = before.reduce(
    (rows, line) => rows + Math.max(1, Math.ceil(displayWidth(line) / columns)),
    0,
  );
  const toStart = rowsUp > 0 ? `\r\x1b[${rowsUp}A` : '\r';
  return `${toStart}${after.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`;
}
