import type { Attributes } from '../../model/attributes.ts';
import type { Evidence, Severity } from '../../model/finding.ts';
import type { FigureName } from './figures.ts';
import type { Window } from './window/window.ts';

/** A number that decides, with its default. A pipeline file can set it. */
export interface Limit {
  readonly default: number;
  /** UCUM. */
  readonly unit: string;
  readonly description: string;
  /**
   * Once the rule holds, it goes on holding until its figure has passed this share of the limit, so that one which
   * wavers around the limit is one finding and not many. Below 1 where more is worse, above 1 where less is.
   */
  readonly clear?: number;
}

export type Limits = Readonly<Record<string, Limit>>;
export type LimitValues<L extends Limits = Limits> = { readonly [Name in keyof L]: number };

/** What a rule says of one subject of one target. */
export interface Judgement {
  readonly severity: Severity;
  /** Absent: the target as a whole. */
  readonly subject?: Attributes;
  /** In place of the rule's, where this case is the opposite of it (`ok`). */
  readonly title?: string;
  readonly cause?: string;
  /** What this case adds to the cause: a sentence with the numbers or the names that matter. */
  readonly detail?: string;
  /** In place of the rule's, where the case asks for another. */
  readonly action?: string;
  readonly commands?: readonly string[];
  readonly evidence: readonly Evidence[];
  /** How many packets, connections or requests it is about; says whether it can explain as many of another rule. */
  readonly events?: number;
  /** 1 when left out. */
  readonly confidence?: number;
  /** In words: what this case lacks to be sure, besides the figures that the rule is helped by. */
  readonly missing?: readonly string[];
}

/** One entry of the rule table. */
export interface Rule {
  readonly id: string;
  readonly title: string;
  /** For a person who is tired: one or two sentences. */
  readonly cause: string;
  readonly action: string;
  /** Whose advice it is. */
  readonly source: string;
  /** Without one of these the rule cannot be judged at all. */
  readonly needs: readonly FigureName[];
  /** With `any`, one of `needs` is enough. */
  readonly needsKind?: 'any';
  /** Without one of these it is less sure. */
  readonly helps?: readonly FigureName[];
  readonly limits: Limits;
  /**
   * The rules whose findings are only symptoms of this one, and how much of such a symptom this must account for, as
   * a share of its `events`: 0.3 means that 30 drops explain at most 100 retransmits.
   */
  readonly explains?: Readonly<Record<string, number>>;
  judge(window: Window<FigureName>, limits: LimitValues): readonly Judgement[];
}

export function defineRule<const L extends Limits>(
  rule: Omit<Rule, 'limits' | 'judge'> & {
    readonly limits: L;
    judge(window: Window<FigureName>, limits: LimitValues<L>): readonly Judgement[];
  },
): Rule {
  return rule as unknown as Rule;
}

/** The worst severity whose limit the value reaches; `undefined` when it reaches none. */
export function severityAt(
  value: number,
  limits: Partial<Readonly<Record<Severity, number>>>,
): Severity | undefined {
  for (const severity of ['critical', 'warn', 'info'] as const) {
    const limit = limits[severity];
    if (limit !== undefined && value >= limit && value > 0) return severity;
  }
  return undefined;
}

export const LINKERD_NOTES = 'linkerd, debugging network performance';
export const NETSTACKLAT = 'netstacklat article';
export const TCP_OBSERVABILITY = 'TCP observability for microservices, part II';
