/** A histogram of the last closed minute. Everything but the count is absent when nothing was recorded. */
export interface Stat {
  readonly count: number;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
  readonly avg?: number;
  readonly p50?: number;
  readonly p90?: number;
  readonly p95?: number;
  readonly p99?: number;
  readonly p9990?: number;
  readonly p9999?: number;
}

export const STAT_NAMES = [
  'count',
  'sum',
  'min',
  'max',
  'avg',
  'p50',
  'p90',
  'p95',
  'p99',
  'p9990',
  'p9999',
] as const satisfies readonly (keyof Stat)[];

/** Whose figures they are. */
export interface Scope {
  /** Absent for the clients of linkerd itself, such as its tracer. */
  readonly router?: string;
  readonly client?: string;
  readonly service?: string;
  readonly server?: string;
}

export interface ScopeFigures {
  readonly scope: Scope;
  /** By the keys of `FIGURES`; only those that the document has. */
  readonly figures: ReadonlyMap<string, number | Stat>;
}

export interface LinkerdDocument {
  /** When the process began, in milliseconds since 1970: its counters begin there. */
  readonly startMillis: number | undefined;
  readonly scopes: readonly ScopeFigures[];
}
