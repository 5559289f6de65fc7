import type { Paint } from '../../../lib/terminal.ts';

/** How the sections are to be drawn. */
export interface RenderOptions {
  /** No line is wider, in columns. */
  readonly width: number;
  readonly paint: Paint;
  /** The last report, about everything since the start, instead of the newest interval. */
  readonly wholeRun: boolean;
  readonly showZero: boolean;
  /** Rows of a section at most. */
  readonly maxRows: number;
  /** Column widths of the drawing before, so that a live table only grows; empty when its columns changed. */
  widthsOf(table: string, columns: number): readonly number[];
  keepWidths(table: string, widths: readonly number[]): void;
}

/** The memory behind `widthsOf` and `keepWidths`. */
export function stickyWidths(): Pick<RenderOptions, 'widthsOf' | 'keepWidths'> {
  const kept = new Map<string, readonly number[]>();
  return {
    widthsOf(table, columns) {
      const widths = kept.get(table) ?? [];
      return widths.length === columns ? widths : [];
    },
    keepWidths(table, widths) {
      kept.set(table, widths);
    },
  };
}
