import { type Paint, paintWith } from '../lib/terminal.ts';
import type { Problem } from './model.ts';

export interface RenderOptions {
  readonly colour: boolean;
}

/**
 * Problems as text, each with its line and a caret under what is wrong, then how many there are. Empty for none.
 *
 *     tour.yaml:3:21: error: interval is the number 5, and durations need a unit: write 5s if that is what you mean
 *       3 |   proc: { interval: 5 }
 *         |                     ^
 */
export function renderProblems(problems: readonly Problem[], { colour }: RenderOptions): string {
  if (problems.length === 0) return '';
  const style = paintWith(colour);
  return `${problems.map((problem) => renderProblem(problem, style)).join('')}${summary(problems)}\n`;
}

function renderProblem({ severity, path, line, column, message, frame }: Problem, style: Paint): string {
  const tint = severity === 'error' ? 'red' : 'yellow';
  const number = String(line);
  const gutter = style('dim', `  ${number} | `);
  const under = style('dim', `  ${' '.repeat(number.length)} | `);
  const carets = style(tint, '^'.repeat(frame.length));
  return [
    `${style('bold', `${path}:${line}:${column}:`)} ${style(tint, `${severity}:`)} ${message}`,
    `${gutter}${frame.text}`,
    `${under}${' '.repeat(frame.start)}${carets}`,
    '',
  ].join('\n');
}

/** `3 errors, 1 warning` */
function summary(problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  const counts = [
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
  ];
  return counts.join(', ');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
