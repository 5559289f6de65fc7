import type { Attributes } from './attributes.ts';
import type { UnixTime } from './time.ts';

/**
 * Metrics in the OpenTelemetry data model (opentelemetry-proto `metrics.proto`), as readonly data that is told
 * apart by `kind`. docs/decisions/0001 says why these are not the types of `@opentelemetry/sdk-metrics`.
 */
export type Metric = GaugeMetric | SumMetric | HistogramMetric | ExponentialHistogramMetric;

/** Whether a point covers the time since the previous point (`delta`) or since `startTime` for good. */
export type Temporality = 'delta' | 'cumulative';

interface MetricBase {
  readonly name: string;
  /** UCUM, as OpenTelemetry writes it: `s`, `By`, `1`, `{packet}`. */
  readonly unit: string;
  readonly description: string;
}

export interface GaugeMetric extends MetricBase {
  readonly kind: 'gauge';
  readonly points: readonly NumberPoint[];
}

export interface SumMetric extends MetricBase {
  readonly kind: 'sum';
  readonly temporality: Temporality;
  readonly monotonic: boolean;
  readonly points: readonly NumberPoint[];
}

export interface HistogramMetric extends MetricBase {
  readonly kind: 'histogram';
  readonly temporality: Temporality;
  readonly points: readonly HistogramPoint[];
}

export interface ExponentialHistogramMetric extends MetricBase {
  readonly kind: 'exponential_histogram';
  readonly temporality: Temporality;
  readonly points: readonly ExponentialHistogramPoint[];
}

export interface PointBase {
  readonly attributes: Attributes;
  /** Absent on a gauge: it holds at `time` and covers no stretch of it. */
  readonly startTime?: UnixTime;
  readonly time: UnixTime;
}

export interface NumberPoint extends PointBase {
  readonly value: number;
}

export interface HistogramPoint extends PointBase {
  readonly count: number;
  readonly sum: number;
  readonly min?: number;
  readonly max?: number;
  /** Inclusive upper bounds, ascending: `bucketCounts[i]` counts `(explicitBounds[i-1], explicitBounds[i]]`. */
  readonly explicitBounds: readonly number[];
  /** One more than there are bounds: the last bucket has no upper bound. */
  readonly bucketCounts: readonly number[];
}

/**
 * `positive.bucketCounts[i]` counts values in `(base^(offset+i), base^(offset+i+1)]` with `base = 2^(2^-scale)`.
 * Worked example: scale 3 has base 2^(1/8) ≈ 1.0905. With offset −80, bucket 0 is (2^−10, 2^(−79/8)] s,
 * that is 976.6 µs to 1064.9 µs. Durations are never negative, so there is no negative range.
 */
export interface ExponentialHistogramPoint extends PointBase {
  readonly count: number;
  readonly sum: number;
  readonly min?: number;
  readonly max?: number;
  readonly scale: number;
  readonly zeroCount: number;
  readonly positive: { readonly offset: number; readonly bucketCounts: readonly number[] };
}

export type Point = NumberPoint | HistogramPoint | ExponentialHistogramPoint;
