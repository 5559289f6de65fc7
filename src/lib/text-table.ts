import { cutToWidth, displayWidth } from './text-width.ts';

export interface TableColumn {
  readonly header: string;
  readonly align: 'left' | 'right';
  /** Never narrower than this, so that a live table does not move when a number gets shorter. */
  readonly minWidth?: number;
  /** Leaves the table, lowest number first, as long as that is wider than it may be. */
  readonly leaves?: number;
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
  /** Headers of the columns that had to leave. */
  readonly left: readonly string[];
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
  const staying = columnsThatStay(columns, widths, maxWidth);
  const fitting = shrink(columns, widths, staying, maxWidth);
  const line = (cells: readonly string[]): string => {
    const padded = staying.map((index) => pad(cells[index] ?? '', fitting[index], columns[index].align));
    return cutToWidth(padded.join(GAP).trimEnd(), maxWidth);
  };
  return {
    header: line(columns.map((column) => column.header)),
    rows: rows.map((row) => (typeof row === 'string' ? cutToWidth(row, maxWidth) : line(row))),
    widths,
    left: columns.filter((_, index) => !staying.includes(index)).map((column) => column.header),
  };
}

/** Positions of the columns that are shown. */
function columnsThatStay(
  columns: readonly TableColumn[],
  widths: readonly number[],
  maxWidth: number,
): readonly number[] {
  let staying = columns.map((_, index) => index);
  const leavers = staying
    .filter((index) => columns[index].leaves !== undefined)
    .sort((a, b) => (columns[a].leaves ?? 0) - (columns[b].leaves ?? 0));
  for (const leaver of leavers) {
    if (lineWidth(staying, widths) <= maxWidth) break;
    staying = staying.filter((index) => index !== leaver);
  }
  return staying;
}

function lineWidth(staying: readonly number[], widths: readonly number[]): number {
  return staying.reduce((sum, index) => sum + widths[index], GAP.length * (staying.length - 1));
}

/** Takes width from the widest column that may shrink, until the line fits or nothing more may be taken. */
function shrink(
  columns: readonly TableColumn[],
  widths: readonly number[],
  staying: readonly number[],
  maxWidth: number,
): readonly number[] {
  const fitting = [...widths];
  for (let excess = lineWidth(staying, widths) - maxWidth; excess > 0; excess--) {
    let widest = -1;
    for (const index of staying) {
      if (!columns[index].shrinks || fitting[index] <= NARROWEST) continue;
      if (widest === -1 || fitting[index] > fitting[widest]) widest = index;
    }
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
