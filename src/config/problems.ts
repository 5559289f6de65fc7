import { LineIndex } from '../lib/line-index.ts';
import { redactor } from '../lib/logger.ts';
import { printable } from '../lib/text-width.ts';
import { frameOf } from './frame.ts';
import type { Problem } from './model.ts';
import type { Finding, Span } from './tree.ts';

/** What must not be seen in a problem. */
export interface Hidden {
  readonly spans: readonly Span[];
  readonly values: readonly string[];
}

/** Nobody reads more; a file that is not a pipeline file at all can have an error in every word. */
const MOST_PROBLEMS = 500;

/** Findings as problems: in file order, none twice, with line and column, and nothing hidden in them. */
export function problemsOf(
  path: string,
  text: string,
  findings: readonly Finding[],
  hidden: Hidden,
): readonly Problem[] {
  const lines = new LineIndex(text);
  const redact = redactor(hidden.values);
  const masks = [
    ...hidden.spans,
    ...hidden.values.flatMap((value) => occurrences(text, value)),
    ...userInfos(text),
  ];
  return firstOf(inFileOrder(text, findings)).map(({ severity, span, message }) => {
    const line = lines.lineAt(span.start);
    const start = Math.max(span.start, line.start);
    const column = [...line.text.slice(0, start - line.start)].length + 1;
    const frame = frameOf(line, { start, end: span.end }, masks);
    return { severity, path, line: line.number, column, message: inOneLine(redact(message)), frame };
  });
}

function inFileOrder(text: string, findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings
    .map((finding) => ({ ...finding, span: visibleSpan(text, finding.span) }))
    .filter(({ span, message }) => seen.size !== seen.add(`${span.start} ${message}`).size)
    .sort((a, b) => a.span.start - b.span.start || compareSeverity(a, b));
}

function firstOf(findings: readonly Finding[]): readonly Finding[] {
  const rest = findings.slice(MOST_PROBLEMS);
  if (rest.length === 0) return findings;
  const severity = rest.some((finding) => finding.severity === 'error') ? 'error' : 'warning';
  const message = `from here on ${rest.length} more problems, which are not shown`;
  return [...findings.slice(0, MOST_PROBLEMS), { severity, span: rest[0].span, message }];
}

/** What is missing at the end of the file is reported just behind its last character, not in an empty line below. */
function visibleSpan(text: string, { start, end }: Span): Span {
  const visible = start < text.length ? Math.max(0, start) : text.trimEnd().length;
  return { start: visible, end: Math.max(visible, end) };
}

function compareSeverity(a: Finding, b: Finding): number {
  return Number(a.severity === 'warning') - Number(b.severity === 'warning');
}

/** Messages may quote the file, an id or a variable's name, and these hold whatever somebody wrote. */
function inOneLine(message: string): string {
  return printable(message.replace(/\s+/g, ' '));
}

/** `user:password` in addresses, wherever somebody put one: no component takes it, and a frame would show it. */
function userInfos(text: string): Span[] {
  return [...text.matchAll(/(?<=:\/\/)[^\s/@"']+(?=@)/g)].map(({ 0: { length }, index }) => ({
    start: index,
    end: index + length,
  }));
}

function occurrences(text: string, value: string): Span[] {
  const spans: Span[] = [];
  for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + value.length)) {
    spans.push({ start: at, end: at + value.length });
  }
  return spans;
}
