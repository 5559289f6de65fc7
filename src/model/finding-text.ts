import { formatQuantity } from '../lib/human-number.ts';
import type { Paint } from '../lib/terminal.ts';
import { printable } from '../lib/text-width.ts';
import { wrapText } from '../lib/wrap-text.ts';
import { type Evidence, type Severity, subjectText, type TrackedFinding } from './finding.ts';

const STYLE_OF: Readonly<Record<Severity, 'bold' | 'dim' | 'yellow' | 'red'>> = {
  ok: 'dim',
  info: 'bold',
  warn: 'yellow',
  critical: 'red',
};

const WIDEST = 100;
const INDENT = '  ';
const LABEL_WIDTH = 9;

/**
 * A finding for a person at a terminal: what, about what, since when; why; the figures; what to do.
 *
 * ```
 * WARN  An accept queue overflows (Q1) · this host · since 06:45:54
 *   Connections arrive faster than a server accepts them, and its accept queue is full.
 *   evidence handshakes dropped because the accept queue was full: 45
 *   do       Let the server accept faster (more workers), and raise its listen backlog.
 *            $ ss -ltn
 * ```
 */
export function findingParagraph(finding: TrackedFinding, width: number, paint: Paint): string[] {
  const columns = Math.max(40, Math.min(width, WIDEST)) - INDENT.length;
  const { severity, state, title, rule, subject, cause, action, commands = [], missing = [] } = finding;
  const label = state === 'cleared' ? 'CLEARED' : severity.toUpperCase();
  const since = timeOfDay(finding.since[0]);
  const head = `${printable(title)} (${printable(rule)}) · ${printable(subjectText(subject))} · since ${since}`;
  const body = [
    ...wrapText(printable(cause), columns),
    ...labelled('evidence', finding.evidence.map(evidenceText), columns),
    ...(state === 'cleared' ? [] : labelled('do', [printable(action)], columns)),
    ...commands.map((command) => `${' '.repeat(LABEL_WIDTH)}$ ${printable(command)}`),
    ...labelled('unsure', unsure(finding.confidence, missing), columns),
  ];
  return [
    `${paint(STYLE_OF[severity], label)}  ${paint('bold', head)}`,
    ...body.map((line) => `${INDENT}${line}`),
  ];
}

/** `handshakes dropped: 1.5/s (limit 1)` */
export function evidenceText({ name, value, unit, threshold, attributes = {} }: Evidence): string {
  const where = Object.keys(attributes).length === 0 ? '' : `, ${subjectText(attributes)}`;
  const limit = threshold === undefined ? '' : ` (limit ${quantity(threshold, unit)})`;
  return printable(`${name}${where}: ${quantity(value, unit)}${limit}`);
}

function quantity(value: number, unit: string): string {
  return unit.endsWith('/s') ? `${formatQuantity(value, unit.slice(0, -2))}/s` : formatQuantity(value, unit);
}

function unsure(confidence: number, missing: readonly string[]): string[] {
  if (confidence >= 1) return [];
  const why = missing.length === 0 ? '' : `, for lack of: ${missing.join('; ')}`;
  return [printable(`${Math.round(confidence * 100)} % sure${why}`)];
}

/** The label before the first line only, all lines behind it. */
function labelled(label: string, texts: readonly string[], columns: number): string[] {
  const lines = texts.flatMap((text) => {
    const [first = '', ...rest] = wrapText(text, columns - LABEL_WIDTH - 2);
    return [first, ...rest.map((line) => `  ${line}`)];
  });
  return lines.map((line, index) => `${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}`);
}

/** Local time. */
function timeOfDay(seconds: number): string {
  const date = new Date(seconds * 1000);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}
