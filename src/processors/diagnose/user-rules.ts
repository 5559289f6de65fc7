import type { ConfigProblem } from '../../component.ts';
import { nearestName } from '../../lib/nearest-name.ts';
import type { Attributes } from '../../model/attributes.ts';
import type { Evidence } from '../../model/finding.ts';
import { type Condition, parseCondition } from './expression/parse.ts';
import { ExpressionError } from './expression/tokens.ts';
import type { Figure } from './figures.ts';
import type { Judge, Judged } from './judge.ts';
import type { UserRule } from './schema.ts';
import { Window } from './window/window.ts';

const QUANTILES: Readonly<Record<string, number>> = { p50: 0.5, p90: 0.9, p99: 0.99, p999: 0.999 };

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const RESERVED = ['and', 'or', 'not', 'min', 'max', 'abs'];

/** What is wrong with the rules of a user's own, beyond what the schema can say. */
export function checkUserRules(rules: readonly UserRule[], builtIn: readonly string[]): ConfigProblem[] {
  return rules.flatMap((rule, index) => {
    const at = (...path: (string | number)[]) => ['rules', index, ...path];
    const problems: ConfigProblem[] = [];
    const isTwice = rules.findIndex(({ id }) => id === rule.id) < index;
    if (isTwice || builtIn.some((id) => id.toLowerCase() === rule.id)) {
      const message = `there is already a rule "${rule.id}"; give this one another id`;
      problems.push({ path: at('id'), message });
    }
    for (const name of Object.keys(rule.needs)) {
      if (NAME.test(name) && !RESERVED.includes(name)) continue;
      const message = `"${name}" cannot be a name in a condition; allowed: letters, digits and _, and not ${RESERVED.join(', ')}`;
      problems.push({ path: at('needs', name), message });
    }
    return [...problems, ...checkCondition(rule).map((message) => ({ path: at('when'), message }))];
  });
}

function checkCondition({ when, needs }: UserRule): string[] {
  try {
    const names = Object.keys(needs);
    const { names: used } = parseCondition(when);
    const unknown = [...used].filter(([name]) => !names.includes(name));
    return unknown.map(([name, at]) => {
      const nearest = nearestName(name, names);
      const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
      return `"${when}": needs has no "${name}" (character ${at + 1})${hint}${hint === '' ? ';' : ''} it has: ${names.join(', ') || 'nothing'}`;
    });
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return [`"${when}": ${error.message} (character ${error.at + 1})`];
  }
}

/** The metrics that they ask for. */
export function metricsOf(rules: readonly UserRule[]): readonly string[] {
  return rules.flatMap(({ needs }) => Object.values(needs).map(({ metric }) => metric));
}

/** The rules of a user's own on one target. */
export function userRules(rules: readonly UserRule[]): Judge {
  const prepared = rules.map((rule) => ({
    rule,
    condition: parseCondition(rule.when),
    figures: figuresOf(rule),
  }));
  return (target, span) =>
    prepared.flatMap(({ rule, condition, figures }) => {
      const window = new Window(target, figures, span);
      const names = Object.keys(figures);
      if (!names.every((name) => window.has(name)) || !names.some((name) => window.owns(name))) return [];
      return subjectsOf(window, names, rule.by).flatMap((subject): readonly Judged[] => {
        const evidence = evidenceFor(rule, condition, window, subject);
        if (evidence === undefined) return [];
        const { id, title, severity, cause, action } = rule;
        const whole = { ...target.subject, ...subject };
        const finding = { rule: id, title, severity, subject: whole, cause, action, evidence, confidence: 1 };
        return [{ target, events: undefined, explains: {}, finding }];
      });
    });
}

function figuresOf({ needs }: UserRule): Readonly<Record<string, Figure>> {
  return Object.fromEntries(
    Object.entries(needs).map(([name, { metric, read }]) => [
      name,
      { what: `${metric} (${read})`, unit: '1', from: [{ metric }] },
    ]),
  );
}

/** One for each value of the attribute, or one for all. */
function subjectsOf(window: Window, names: readonly string[], by: string | undefined): readonly Attributes[] {
  if (by === undefined) return [{}];
  const values = names.flatMap((name) => window.attributeValues(name, by));
  return [...new Set(values)].map((value) => ({ [by]: value }));
}

/** The values that the condition was judged by; `undefined` when it does not hold. */
function evidenceFor(
  { needs }: UserRule,
  condition: Condition,
  window: Window,
  subject: Attributes,
): readonly Evidence[] | undefined {
  const values = new Map<string, number>();
  for (const [name, { attributes, read }] of Object.entries(needs)) {
    const value = valueIn(window, name, read, (found) => {
      const isOfSubject = Object.entries(subject).every(
        ([key, wanted]) => found[key] === undefined || found[key] === wanted,
      );
      return (
        isOfSubject && Object.entries(attributes).every(([key, wanted]) => String(found[key]) === wanted)
      );
    });
    if (value === undefined) return undefined;
    values.set(name, value);
  }
  if (!condition.holds((name) => values.get(name) ?? Number.NaN)) return undefined;
  return [...values].map(([name, value]) => ({
    name: `${name}: ${window.whatIs(name)}`,
    value,
    unit: needs[name].read === 'rate' ? '1/s' : '1',
  }));
}

function valueIn(
  window: Window,
  name: string,
  read: string,
  isWanted: (attributes: Attributes) => boolean,
): number | undefined {
  const quantile = QUANTILES[read];
  if (quantile !== undefined || read === 'count') return window.ofHistogram(name, quantile, isWanted);
  const readings = window.readings(name).filter(({ attributes }) => isWanted(attributes));
  if (readings.length === 0) return undefined;
  const sum = (of: (reading: (typeof readings)[number]) => number) =>
    readings.reduce((total, reading) => total + of(reading), 0);
  switch (read) {
    case 'increase':
      return sum(({ increase }) => increase);
    case 'rate':
      return sum(({ increase, seconds }) => (seconds === 0 ? 0 : increase / seconds));
    case 'min':
      return Math.min(...readings.flatMap(({ values }) => values()));
    case 'max':
      return Math.max(...readings.flatMap(({ values }) => values()));
    default:
      return sum(({ latest }) => latest);
  }
}
