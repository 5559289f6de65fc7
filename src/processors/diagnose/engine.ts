import type { Batch } from '../../model/batch.ts';
import { findingKey, type Severity, type TrackedFinding } from '../../model/finding.ts';
import { EventMeters, METERED } from './event-meters.ts';
import { FIGURES, type Figure, type FigureName } from './figures.ts';
import {
  type Active,
  type ConfiguredRule,
  findingsAt,
  type Judge,
  ruleTable,
  unjudgedRules,
} from './judge.ts';
import { RULES } from './rules/index.ts';
import type { DiagnoseConfig } from './schema.ts';
import { FindingTracker } from './tracker.ts';
import { metricsOf, userRules } from './user-rules.ts';
import { FigureStore } from './window/store.ts';

export interface Diagnosis {
  readonly news: readonly TrackedFinding[];
  readonly active: readonly TrackedFinding[];
  /** The end of the window, in Unix seconds. */
  readonly nowSeconds: number;
}

/** The whole of the diagnosis without streams and timers: figures in, findings out. */
export class DiagnosisEngine {
  readonly #store: FigureStore;
  readonly #meters = new EventMeters();
  readonly #tracker: FindingTracker;
  readonly #rules: readonly ConfiguredRule[];
  readonly #judges: readonly Judge[];
  readonly #windowSeconds: number;
  readonly #reportsHealthy: boolean;
  #takenAtMillis = Number.NaN;

  constructor(config: DiagnoseConfig, ownNetns: number | undefined) {
    this.#windowSeconds = config.window / 1000;
    this.#reportsHealthy = config.report_healthy;
    this.#rules = configuredRules(config);
    this.#judges = [ruleTable(this.#rules), userRules(config.rules)];
    this.#store = new FigureStore({
      windowSeconds: this.#windowSeconds,
      maxSeries: config.max_series,
      metrics: new Set([...figureMetrics(), ...METERED, ...metricsOf(config.rules)]),
      ...(ownNetns !== undefined && { ownNetns }),
      onlyOwnNetns: config.network_namespace === 'own',
    });
    this.#tracker = new FindingTracker({
      raiseAfterSeconds: config.raise_after / 1000,
      clearAfterSeconds: config.clear_after / 1000,
      repeatAfterSeconds: config.repeat_after / 1000,
    });
  }

  /** Points that found no room. */
  get refusedPoints(): number {
    return this.#store.refusedPoints;
  }

  take(batch: Batch, nowMillis: number): void {
    this.#takenAtMillis = nowMillis;
    if (batch.kind === 'events') this.#meters.take(batch, this.#store);
    else this.#store.take(batch);
  }

  /** `undefined` as long as nothing came that has a time. */
  diagnose(nowMillis: number): Diagnosis | undefined {
    const nowSeconds = this.#now(nowMillis);
    if (nowSeconds === undefined) return undefined;
    this.#meters.flush(this.#store, nowSeconds);
    const span = { sinceSeconds: nowSeconds - this.#windowSeconds, untilSeconds: nowSeconds };
    const findings = findingsAt(this.#store, this.#judges, span, this.#held()).filter(
      ({ severity }) => severity !== 'ok' || this.#reportsHealthy,
    );
    this.#store.prune(nowSeconds);
    const news = this.#tracker.update(findings, nowSeconds);
    return { news, active: this.#tracker.active(), nowSeconds };
  }

  /** Rule → the figure it lacks. */
  unjudged(nowMillis: number): ReadonlyMap<string, FigureName> {
    const untilSeconds = this.#now(nowMillis) ?? 0;
    const span = { sinceSeconds: untilSeconds - this.#windowSeconds, untilSeconds };
    return unjudgedRules(this.#store, this.#rules, span);
  }

  /** What is raised, by rule and subject. */
  #held(): Active {
    const held = new Map<string, Map<string, Severity>>();
    for (const finding of this.#tracker.active()) {
      const subjects = held.get(finding.rule) ?? new Map<string, Severity>();
      held.set(finding.rule, subjects.set(findingKey(finding), finding.severity));
    }
    return held;
  }

  get ruleCount(): number {
    return this.#rules.length;
  }

  /**
   * The time of the data, so that a recording is judged as of then, and which still goes on when the data stop: a window
   * empties then, and its findings are cleared.
   */
  #now(nowMillis: number): number | undefined {
    const newest = Math.max(this.#store.newestSeconds, this.#meters.newestSeconds);
    if (!Number.isFinite(newest)) return undefined;
    return newest + Math.max(0, nowMillis - this.#takenAtMillis) / 1000;
  }
}

function configuredRules({ off, limits }: DiagnoseConfig): readonly ConfiguredRule[] {
  const given = (limits ?? {}) as Readonly<Record<string, Readonly<Record<string, number>> | undefined>>;
  return RULES.filter(({ id }) => !off.includes(id)).map((rule) => {
    const entries = Object.entries(rule.limits).map(
      ([name, limit]) => [name, given[rule.id]?.[name] ?? limit.default] as const,
    );
    return {
      rule,
      limits: Object.fromEntries(entries),
      clearLimits: Object.fromEntries(
        entries.map(([name, value]) => [name, value * (rule.limits[name].clear ?? 1)]),
      ),
    };
  });
}

function figureMetrics(): readonly string[] {
  return Object.values<Figure>(FIGURES).flatMap(({ from, shownBy }) => [
    ...from.map(({ metric }) => metric),
    ...(shownBy === undefined ? [] : [shownBy]),
  ]);
}
