import type { ComponentCounts, TelemetrySnapshot } from '../model/telemetry.ts';

const HEADER = ['component', 'in', 'out', 'dropped and why'];

/** What `--stats` prints: for every component what came in, what went out, and what became of the rest. */
export function statsReport(snapshot: TelemetrySnapshot): string {
  const rows = [HEADER, ...snapshot.counts.map(rowOf)];
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => align(cell, widths[column], column))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
    .concat('\n');
}

function rowOf(counts: ComponentCounts): string[] {
  const name = `${counts.kind} ${counts.id}${counts.pipeline === '' ? '' : ` in ${counts.pipeline}`}`;
  const received = counts.kind === 'source' ? '' : String(counts.in);
  const sent = String(counts.kind === 'sink' ? counts.delivered : counts.out);
  return [name, received, sent, remainderOf(counts)];
}

function remainderOf(counts: ComponentCounts): string {
  const parts = [
    ...reasons('dropped', counts.dropped),
    ...reasons('rejected', counts.rejected),
    ...(counts.queued > 0 ? [`${counts.queued} queued`] : []),
    ...(counts.created > 0 ? [`${counts.created} created`] : []),
    ...(counts.absorbed > 0 ? [`${counts.absorbed} absorbed`] : []),
  ];
  return parts.length === 0 ? '-' : parts.join(', ');
}

function reasons(what: string, counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts).map(([reason, records]) => `${records} ${what} (${reason})`);
}

/** Numbers to the right, words to the left. */
function align(cell: string, width: number, column: number): string {
  return column === 1 || column === 2 ? cell.padStart(width) : cell.padEnd(width);
}
