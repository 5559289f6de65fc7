import type { Attributes } from '../../model/attributes.ts';
import {
  CONFIDENCE_WITHOUT_FIGURE,
  type Finding,
  findingKey,
  SEVERITIES,
  type Severity,
} from '../../model/finding.ts';
import { FIGURES, type Figure, type FigureName } from './figures.ts';
import { explained } from './interplay.ts';
import type { Judgement, LimitValues, Rule } from './rule.ts';
import type { FigureStore, Target } from './window/store.ts';
import { Window } from './window/window.ts';

/** A rule with the numbers that this pipeline file gives it. */
export interface ConfiguredRule {
  readonly rule: Rule;
  readonly limits: LimitValues;
  /** The same, as they are once it holds (`Limit.clear`). */
  readonly clearLimits: LimitValues;
}

/** Something that says what is wrong with one target: the rule table, or the rules of a user's own. */
export type Judge = (target: Target, span: Window['span'], active: Active) => readonly Judged[];

/** What holds already: rule → subject (by `findingKey`) → severity. */
export type Active = ReadonlyMap<string, ReadonlyMap<string, Severity>>;

/** A finding before it is known what it explains. */
export interface Judged {
  readonly finding: Finding;
  readonly target: Target;
  readonly events: number | undefined;
  /** Rule → the share of that symptom's events that this must account for. */
  readonly explains: Readonly<Record<string, number>>;
}

function figure(name: FigureName): Figure {
  return FIGURES[name];
}

/** Everything that is wrong at a moment, causes only: what they explain is in them. */
export function findingsAt(
  store: FigureStore,
  judges: readonly Judge[],
  span: Window['span'],
  active: Active,
): readonly Finding[] {
  const judged = [...store.targets.values()].flatMap((target) =>
    judges.flatMap((judge) => judge(target, span, active)),
  );
  return explained(judged);
}

/** The rule table on one target. A rule is asked when every figure it needs is there, at least one of them its own. */
export function ruleTable(rules: readonly ConfiguredRule[]): Judge {
  return (target, span, active) => {
    const window = new Window<FigureName>(target, FIGURES, span);
    return rules.flatMap((configured) => {
      const { rule, limits, clearLimits } = configured;
      if (!hasNeeds(rule, (name) => window.has(name))) return [];
      if (!rule.needs.some((name) => window.owns(name))) return [];
      const missing = (rule.helps ?? []).filter((name) => !window.has(name));
      const judged = (values: LimitValues) =>
        rule.judge(window, values).map((judgement) => judgedOf(rule, judgement, target, missing));
      const now = judged(limits);
      const held = active.get(rule.id);
      return held === undefined ? now : withHysteresis(now, judged(clearLimits), held);
    });
  };
}

/** The rules that no target has the figures for, with the first figure that each lacks. */
export function unjudgedRules(
  store: FigureStore,
  rules: readonly ConfiguredRule[],
  span: Window['span'],
): ReadonlyMap<string, FigureName> {
  const windows = [...store.targets.values()].map((target) => new Window<FigureName>(target, FIGURES, span));
  const unjudged = new Map<string, FigureName>();
  for (const { rule } of rules) {
    const isThere = (name: FigureName) =>
      windows.some((window) => window.has(name)) || isShown(store, figure(name).shownBy);
    const lacking = rule.needs.find((name) => !isThere(name));
    if (lacking !== undefined && !hasNeeds(rule, isThere)) unjudged.set(rule.id, lacking);
  }
  return unjudged;
}

function hasNeeds({ needs, needsKind }: Rule, isThere: (name: FigureName) => boolean): boolean {
  return needsKind === 'any' ? needs.some(isThere) : needs.every(isThere);
}

/**
 * What holds already goes on by the lower limits, at most as severe as it was: a warning whose figure wavers around the
 * limit of a critical one does not become critical by that.
 */
function withHysteresis(
  now: readonly Judged[],
  relaxed: readonly Judged[],
  held: ReadonlyMap<string, Severity>,
): readonly Judged[] {
  const results = new Map(now.map((each) => [findingKey(each.finding), each]));
  for (const each of relaxed) {
    const key = findingKey(each.finding);
    const before = held.get(key);
    if (before === undefined) continue;
    const severity = lesserOf(before, each.finding.severity);
    const newly = results.get(key);
    if (newly !== undefined && lesserOf(newly.finding.severity, severity) === severity) continue;
    results.set(key, { ...each, finding: { ...each.finding, severity } });
  }
  return [...results.values()];
}

function lesserOf(a: Severity, b: Severity): Severity {
  return SEVERITIES.indexOf(a) < SEVERITIES.indexOf(b) ? a : b;
}

/** Whether the source works, though nothing has happened yet that it could tell. */
function isShown(store: FigureStore, metric: string | undefined): boolean {
  if (metric === undefined) return false;
  return [...store.targets.values()].some(({ metrics }) => metrics.has(metric));
}

function judgedOf(rule: Rule, judgement: Judgement, target: Target, helpless: readonly FigureName[]): Judged {
  const { severity, detail, commands, evidence, events, confidence = 1 } = judgement;
  const cause = judgement.cause ?? rule.cause;
  const subject: Attributes = { ...target.subject, ...judgement.subject };
  const missing = [...helpless.map((name) => FIGURES[name].what), ...(judgement.missing ?? [])];
  return {
    target,
    events,
    explains: severity === 'ok' ? {} : (rule.explains ?? {}),
    finding: {
      rule: rule.id,
      title: judgement.title ?? rule.title,
      severity,
      subject,
      cause: detail === undefined ? cause : `${cause} ${detail}`,
      action: judgement.action ?? rule.action,
      ...(commands && { commands }),
      evidence,
      confidence: Number((confidence * CONFIDENCE_WITHOUT_FIGURE ** missing.length).toFixed(2)),
      ...(missing.length > 0 && { missing }),
    },
  };
}
