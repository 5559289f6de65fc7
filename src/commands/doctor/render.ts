import { hostname } from 'node:os';
import { formatSeconds } from '../../lib/duration.ts';
import { formatCount, formatQuantity, formatRate } from '../../lib/human-number.ts';
import type { Paint } from '../../lib/terminal.ts';
import { textTable } from '../../lib/text-table.ts';
import { printable } from '../../lib/text-width.ts';
import { wrapText } from '../../lib/wrap-text.ts';
import type { Attributes } from '../../model/attributes.ts';
import { evidenceText, findingParagraph } from '../../model/finding-text.ts';
import type { Distribution, MovedCounter, Picture } from './picture.ts';
import type { DoctorReport } from './report.ts';

/** What a person can take in at once. */
const MOST_COUNTERS = 25;

/** The report for a person: what is wrong first, then what was measured, then what could not be. */
export function renderReport(report: DoctorReport, width: number, paint: Paint): string {
  const { findings, notes, unseen, picture, seconds } = report;
  const sections = [
    [headline(report, paint)],
    ...findings.map((finding) => findingParagraph(finding, width, paint)),
    latencyLines(picture.stages, width, paint),
    connectionLines(picture, paint),
    counterLines(picture.counters, seconds, width, paint),
    notes.length === 0
      ? []
      : [
          paint('bold', 'WELL'),
          ...notes.flatMap(({ rule, title, evidence }) =>
            wrapText(`${title} (${rule}): ${evidence.map(evidenceText).join(', ')}`, width - 2).map(
              (line) => `  ${line}`,
            ),
          ),
        ],
    unseen.length === 0
      ? []
      : [
          paint('bold', 'NOT SEEN'),
          ...unseen.flatMap(({ what, why, remedy }) => [
            ...wrapText(printable(`${what}: ${why}`), width - 4).map(
              (line, index) => `${index === 0 ? '  ' : '    '}${line}`,
            ),
            ...(remedy === undefined ? [] : [`    ${paint('dim', printable(remedy))}`]),
          ]),
        ],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function headline({ findings, seconds }: DoctorReport, paint: Paint): string {
  const count =
    findings.length === 0 ? 'nothing found' : `${findings.length} finding${findings.length === 1 ? '' : 's'}`;
  return `${paint('bold', 'lagpipe doctor')} on ${printable(hostname())} · looked for ${Math.round(seconds)} s · ${count}`;
}

function latencyLines(stages: readonly Distribution[], width: number, paint: Paint): string[] {
  const seen = stages.filter(({ count }) => count > 0);
  if (seen.length === 0) return [];
  const right = (header: string) => ({ header, align: 'right' }) as const;
  const { header, rows } = textTable(
    [{ header: 'WHERE PACKETS ARE', align: 'left' }, ...['count', 'p50', 'p90', 'p99', 'max'].map(right)],
    seen.map(({ attributes, count, p50, p90, p99, max }) => [
      `  ${printable(String(attributes['lagpipe.stack.stage']))}`,
      formatCount(count),
      ...[p50, p90, p99, max].map(formatSeconds),
    ]),
    width,
  );
  return [
    paint('bold', header),
    ...rows,
    paint('dim', '  since their arrival; the wait is where the time jumps'),
  ];
}

function connectionLines({ connects, closed, responses }: Picture, paint: Paint): string[] {
  const lines = [
    ...countLine('connects', connects),
    ...countLine('closed', closed),
    ...responses.map(({ name, attributes, count, p50, p99 }) => {
      const what = name.endsWith('wait')
        ? 'waited for accept()'
        : `responses, ${attributes['lagpipe.tcp.role']} end`;
      const port =
        attributes['server.port'] === undefined ? 'other ports' : `port ${attributes['server.port']}`;
      return `  ${what}, ${port}: ${formatCount(count)}, p50 ${formatSeconds(p50)}, p99 ${formatSeconds(p99)}`;
    }),
  ];
  return lines.length === 0 ? [] : [paint('bold', 'CONNECTIONS'), ...lines];
}

function countLine(what: string, counts: Readonly<Record<string, number>>): string[] {
  const parts = Object.entries(counts).map(([name, count]) => `${formatCount(count)} ${printable(name)}`);
  return parts.length === 0 ? [] : [`  ${what}: ${parts.join(', ')}`];
}

function counterLines(
  counters: readonly MovedCounter[],
  seconds: number,
  width: number,
  paint: Paint,
): string[] {
  if (counters.length === 0) return [];
  const shown = counters.toSorted((a, b) => weightOf(b) - weightOf(a)).slice(0, MOST_COUNTERS);
  const { header, rows } = textTable(
    [
      { header: 'COUNTERS THAT MOVED', align: 'left', shrinks: true },
      { header: 'by', align: 'right' },
      { header: 'rate', align: 'right' },
    ],
    shown.map(({ name, unit, attributes, increase }) => [
      `  ${printable(name + attributesText(attributes))}`,
      formatQuantity(increase, unit),
      formatRate(increase / seconds, unit),
    ]),
    width,
  );
  const left = counters.length - shown.length;
  return [
    paint('bold', header),
    ...rows,
    ...(left > 0 ? [paint('dim', `  … ${left} more; --json has them all`)] : []),
  ];
}

/** What tells of trouble comes before what tells of traffic. */
function weightOf({ name }: MovedCounter): number {
  if (/drop|overflow|err|fail|retrans|prune|abort|loss|timeout|reset|squeezed|full/.test(name)) return 2;
  return /\.(io|packet\.count)$|in_segs|out_segs|processed/.test(name) ? 0 : 1;
}

function attributesText(attributes: Attributes): string {
  const values = Object.values(attributes);
  return values.length === 0 ? '' : ` ${values.join(' ')}`;
}
