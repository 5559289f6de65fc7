import { cutToWidth, displayWidth } from './text-width.ts';

export interface TableColumn {
  readonly header: string;
  readonly align: 'left' | 'right';
  /** Never narrower than this, so that a live table does not move when a number gets shorter. */
  readonly minWidth?: number;
  /** May lose its end (`…`) when the table is wider than it may be. */
  readonly shrinks?: boolean;
}

/** A row is its cells, or one text that runs across all columns (a heading inside the table). */
export type TableRow = readonly string[] | string;

export interface TableLines {
  readonly header: string;
  readonly rows: readonly string[];
  /** Of each column, before shrinking: the next `minWidth`, for a table that only ever grows. */
  readonly widths: readonly number[];
}

const GAP = '  ';
const NARROWEST = 6;

/** Cells aligned under their headers, two spaces between columns, no line wider than `maxWidth`. */
export function textTable(
  columns: readonly TableColumn[],
  rows: readonly TableRow[],
  maxWidth = Number.POSITIVE_INFINITY,
): TableLines {
  const widths = columns.map((column, index) => {
    const cells = rows.map((row) => (typeof row === 'string' ? 0 : displayWidth(row[index] ?? '')));
    return Math.max(column.minWidth ?? 0, displayWidth(column.header), ...cells);
  });
  const fitting = shrink(columns, widths, maxWidth);
  const line = (cells: readonly string[]): string => {
    const padded = columns.map(({ align }, index) => pad(cells[index] ?? '', fitting[index], align));
    return cutToWidth(padded.join(GAP).trimEnd(), maxWidth);
  };
  return {
    header: line(columns.map((column) => column.header)),
    rows: rows.map((row) => (typeof row === 'string' ? cutToWidth(row, maxWidth) : line(row))),
    widths,
  };
}

/** Takes width from the widest column that may shrink, until the line fits or nothing more may be taken. */
function shrink(columns: readonly TableColumn[], widths: readonly number[], maxWidth: number): number[] {
  const fitting = [...widths];
  let excess = fitting.reduce((sum, width) => sum + width, GAP.length * (columns.length - 1)) - maxWidth;
  for (; excess > 0; excess--) {
    let widest = -1;
    columns.forEach((column, index) => {
      if (!column.shrinks || fitting[index] <= NARROWEST) return;
      if (widest === -1 || fitting[index] > fitting[widest]) widest = index;
    });
    if (widest === -1) break;
    fitting[widest]--;
  }
  return fitting;
}

function pad(cell: string, width: number, align: TableColumn['align']): string {
  const shown = cutToWidth(cell, width);
  const space = ' '.repeat(Math.max(0, width - displayWidth(shown)));
  return align === 'left' ? shown + space : space + shown;
}
