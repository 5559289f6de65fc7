import type { Metric, NumberPoint } from './metric.ts';

export interface MetricName {
  readonly name: string;
  /** UCUM. */
  readonly unit: string;
  readonly description: string;
}

export function sumOf({ name, unit, description }: MetricName, points: readonly NumberPoint[]): Metric {
  return { kind: 'sum', temporality: 'cumulative', monotonic: true, name, unit, description, points };
}

export function gaugeOf({ name, unit, description }: MetricName, points: readonly NumberPoint[]): Metric {
  return { kind: 'gauge', name, unit, description, points };
}

/** Without the metrics that no line of the file had a value for. */
export function withPoints(metrics: readonly Metric[]): readonly Metric[] {
  return metrics.filter((metric) => metric.points.length > 0);
}
