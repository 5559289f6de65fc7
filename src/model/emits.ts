import type {
  ExponentialHistogramMetric,
  ExponentialHistogramPoint,
  GaugeMetric,
  Metric,
  NumberPoint,
  SumMetric,
} from './metric.ts';

/**
 * What a component sends. Each name is stated once, beside the code that sends it, and that code takes name, unit
 * and description from here; docs/reference/telemetry.md is made of them. In a name, `<…>` stands for what only the
 * measured thing can tell, such as the names of an endpoint's own metrics.
 */
export interface Emits {
  readonly metrics: readonly MetricSpec[];
  readonly events: readonly EventSpec[];
  /** Of the resource, besides what the agent says of its own host. */
  readonly resource?: readonly AttributeSpec[];
}

export type MetricSpec = GaugeSpec | SumSpec | ExponentialHistogramSpec | OpenSpec;

interface Described {
  readonly name: string;
  /** UCUM, as OpenTelemetry writes it: `s`, `By`, `1`, `{packet}`. */
  readonly unit: string;
  /** One sentence. */
  readonly description: string;
  /** All that a point can have. */
  readonly attributes: readonly AttributeSpec[];
  /** Who gave the name, where that is neither OpenTelemetry's semantic conventions nor lagpipe. */
  readonly origin?: string;
}

export interface GaugeSpec extends Described, Pick<GaugeMetric, 'kind'> {}
export interface SumSpec extends Described, Pick<SumMetric, 'kind' | 'temporality' | 'monotonic'> {}
export interface ExponentialHistogramSpec
  extends Described,
    Pick<ExponentialHistogramMetric, 'kind' | 'temporality'> {}
/** Kind and unit are those of what was measured or configured. */
export interface OpenSpec extends Described {
  readonly kind: 'any';
}

export interface EventSpec extends Omit<Described, 'unit'> {
  /** OpenTelemetry's SeverityNumber: 9 is INFO, 13 WARN, 17 ERROR. */
  readonly severityNumbers: readonly number[];
}

export interface AttributeSpec {
  readonly name: string;
  readonly kind: 'number' | 'text' | 'flag';
  /** `s`, `By`, `{segment}`, …; empty for texts, flags and numbers that count nothing. */
  readonly unit: string;
  readonly meaning: string;
  readonly origin?: string;
}

/** What is stated of a metric; without attributes it has none. */
type Stated = Omit<Described, 'attributes'> & Partial<Pick<Described, 'attributes'>>;

export function gauge(stated: Stated): GaugeSpec {
  return { kind: 'gauge', attributes: [], ...stated };
}

/** A sum that only grows, since `startTime`. */
export function counter(stated: Stated): SumSpec {
  return { kind: 'sum', temporality: 'cumulative', monotonic: true, attributes: [], ...stated };
}

/** A sum that goes up and down. */
export function upDownCounter(stated: Stated): SumSpec {
  return { kind: 'sum', temporality: 'cumulative', monotonic: false, attributes: [], ...stated };
}

/** A sum that only grows; a point tells what came since the one before. */
export function deltaCounter(stated: Stated): SumSpec {
  return { kind: 'sum', temporality: 'delta', monotonic: true, attributes: [], ...stated };
}

export function deltaHistogram(stated: Stated): ExponentialHistogramSpec {
  return { kind: 'exponential_histogram', temporality: 'delta', attributes: [], ...stated };
}

export function number(name: string, unit: string, meaning: string): AttributeSpec {
  return { name, kind: 'number', unit, meaning };
}

export function text(name: string, meaning: string): AttributeSpec {
  return { name, kind: 'text', unit: '', meaning };
}

/** The metric of a specification with these points. */
export function metricOf(spec: GaugeSpec | SumSpec, points: readonly NumberPoint[]): Metric;
export function metricOf(
  spec: ExponentialHistogramSpec,
  points: readonly ExponentialHistogramPoint[],
): Metric;
export function metricOf(
  spec: Exclude<MetricSpec, OpenSpec>,
  points: readonly (NumberPoint | ExponentialHistogramPoint)[],
): Metric {
  const { name, unit, description } = spec;
  // The overloads tie the kind of the points to that of the specification. Each object is written out: with a spread
  // a reading of /proc, which has hundreds of metrics, took a tenth longer.
  switch (spec.kind) {
    case 'gauge':
      return { kind: 'gauge', name, unit, description, points } as GaugeMetric;
    case 'sum': {
      const { temporality, monotonic } = spec;
      return { kind: 'sum', temporality, monotonic, name, unit, description, points } as SumMetric;
    }
    case 'exponential_histogram': {
      const { kind, temporality } = spec;
      return { kind, temporality, name, unit, description, points } as ExponentialHistogramMetric;
    }
  }
}

/** Without the metrics that nothing had a value for. */
export function withPoints(metrics: readonly Metric[]): readonly Metric[] {
  return metrics.filter((metric) => metric.points.length > 0);
}
