import type { Paint } from '../../../lib/terminal.ts';

/** One part of the report: what it is, its rows, and what is true of them. */
export interface Section {
  readonly head: readonly string[];
  readonly rows: readonly string[];
  /** Of old events the newest matter, of series the first: which end of `rows` stays when there is no room. */
  readonly keep: 'first' | 'last';
  readonly foot: readonly string[];
}

/** Says which columns a narrow terminal lacks. */
export function noRoomFor(columns: readonly string[], paint: Paint): readonly string[] {
  return columns.length === 0 ? [] : [paint('dim', `  no room for ${columns.join(', ')}`)];
}

/**
 * The title and the sections with a blank line between them, in at most `height` lines. Rows are taken from the
 * section that has the most of them, so a long one never pushes a short one off the screen; what is left out is
 * counted in a line of its own.
 */
export function layOut(title: string, sections: readonly Section[], height: number, paint: Paint): string[] {
  const shown = sections.map((section) => section.rows.length);
  while (heightOf(sections, shown) > height) {
    const longest = shown.lastIndexOf(Math.max(...shown));
    if (shown[longest] <= 1) break;
    shown[longest]--;
  }
  const lines = [title];
  sections.forEach((section, index) => {
    lines.push('', ...section.head, ...visibleRows(section, shown[index], paint), ...section.foot);
  });
  if (lines.length <= height) return lines;
  return [...lines.slice(0, height - 1), paint('dim', '… the terminal has no room for the rest')];
}

function heightOf(sections: readonly Section[], shown: readonly number[]): number {
  return sections.reduce((height, section, index) => {
    const cutLine = shown[index] < section.rows.length ? 1 : 0;
    return height + 1 + section.head.length + shown[index] + cutLine + section.foot.length;
  }, 1);
}

function visibleRows({ rows, keep }: Section, count: number, paint: Paint): readonly string[] {
  if (count >= rows.length) return rows;
  const left = rows.length - count;
  if (keep === 'first') return [...rows.slice(0, count), paint('dim', `  … ${left} more`)];
  return [paint('dim', `  … ${left} earlier`), ...rows.slice(left)];
}
