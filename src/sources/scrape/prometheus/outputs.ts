import type {
  ExponentialHistogramPoint,
  HistogramPoint,
  Metric,
  NumberPoint,
} from '../../../model/metric.ts';
import { type FamilyHead, unitOf } from './families.ts';

export type OutputKind = 'gauge' | 'sum' | 'histogram' | 'exponential_histogram';

/** A metric that a target gives, with the points of the scrape at hand. */
export interface Output {
  readonly kind: OutputKind;
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  points: (NumberPoint | HistogramPoint | ExponentialHistogramPoint)[];
}

/** The metrics of one target by the name that they are sent as; `undefined` stands for one that is filtered out. */
export class Outputs {
  readonly #byKey = new Map<string, Output | undefined>();
  readonly #filter: (name: string) => string | undefined;

  constructor(filter: (name: string) => string | undefined) {
    this.#filter = filter;
  }

  of(kind: OutputKind, name: string, family: string, head: FamilyHead): Output | undefined {
    const key = `${kind} ${name}`;
    if (!this.#byKey.has(key)) {
      const sentAs = this.#filter(name);
      const unit = /_count$|_bucket$/.test(name) && name !== family ? '' : unitOf(family, head.unit);
      const output = sentAs && { kind, name: sentAs, unit, description: head.help, points: [] };
      this.#byKey.set(key, output || undefined);
    }
    return this.#byKey.get(key);
  }

  clear(): void {
    this.#byKey.clear();
  }

  /** All that have points, and forgets the points. */
  take(): readonly Metric[] {
    const metrics: Metric[] = [];
    for (const output of this.#byKey.values()) {
      if (!output || output.points.length === 0) continue;
      metrics.push(metricOf(output));
      output.points = [];
    }
    return metrics;
  }
}

/** Each output gets the points of its own kind only: whoever adds one asked for it by kind. */
function metricOf({ kind, name, unit, description, points }: Output): Metric {
  switch (kind) {
    case 'gauge':
      return { kind, name, unit, description, points: points as NumberPoint[] };
    case 'sum':
      return {
        kind,
        temporality: 'cumulative',
        monotonic: true,
        name,
        unit,
        description,
        points: points as NumberPoint[],
      };
    case 'histogram':
      return {
        kind,
        temporality: 'cumulative',
        name,
        unit,
        description,
        points: points as HistogramPoint[],
      };
    case 'exponential_histogram':
      return {
        kind,
        temporality: 'cumulative',
        name,
        unit,
        description,
        points: points as ExponentialHistogramPoint[],
      };
  }
}
