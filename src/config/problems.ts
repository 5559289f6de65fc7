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

/** Findings as problems: in file order, none twice, with line and column, and nothing hidden in them. */
export function problemsOf(
  path: string,
  text: string,
  findings: readonly Finding[],
  hidden: Hidden,
): readonly Problem[] {
  const lines = new LineIndex(text);
  const redact = redactor(hidden.values);
  const masks = [...hidden.spans, ...hidden.values.flatMap((value) => occurrences(text, value))];
  const problems = findings.map(({ severity, span, message }): Problem => {
    const start = visibleOffset(text, span.start);
    const line = lines.lineAt(start);
    const column = [...line.text.slice(0, Math.max(0, start - line.start))].length + 1;
    const end = Math.max(span.end, start);
    const frame = frameOf(line, { start: Math.max(start, line.start), end }, masks);
    return { severity, path, line: line.number, column, message: inOneLine(redact(message)), frame };
  });
  const sorted = problems.sort((a, b) => a.line - b.line || a.column - b.column || compareSeverity(a, b));
  const seen = new Set<string>();
  return sorted.filter(({ line, column, message }) => {
    const key = `${line}:${column} ${message}`;
    return seen.size !== seen.add(key).size;
  });
}

/** Messages may quote the file, an id or a variable's name, and these hold whatever somebody wrote. */
function inOneLine(message: string): string {
  return printable(message.replace(/\s+/g, ' '));
}

/** What is missing at the end of the file is reported just behind its last character, not in an empty line below. */
function visibleOffset(text: string, offset: number): number {
  if (offset < text.length) return Math.max(0, offset);
  return text.trimEnd().length;
}

function compareSeverity(a: Problem, b: Problem): number {
  return Number(a.severity === 'warning') - Number(b.severity === 'warning');
}

function occurrences(text: string, value: string): Span[] {
  const spans: Span[] = [];
  for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + value.length)) {
    spans.push({ start: at, end: at + value.length });
  }
  return spans;
}
