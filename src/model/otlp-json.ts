import type { Attributes, AttributeValue, Resource, Scope } from './attributes.ts';
import { type Batch, type EventBatch, eventAt, type MetricBatch } from './batch.ts';
import type {
  ExponentialHistogramPoint,
  HistogramPoint,
  Metric,
  NumberPoint,
  Temporality,
} from './metric.ts';
import { isIntegerMetric } from './otlp.ts';
import type { UnixTime } from './time.ts';

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

/** AggregationTemporality in metrics.proto; enums are numbers in OTLP's JSON. */
const TEMPORALITY: Readonly<Record<Temporality, number>> = { delta: 1, cumulative: 2 };

/**
 * A batch as one line of OTLP JSON without the newline: `{"resourceMetrics":[…]}` or `{"resourceLogs":[…]}`, as in
 * the OpenTelemetry file exporter's specification. Protobuf's JSON mapping: 64-bit integers are strings, and so are
 * NaN and the infinities. (The JSON serializer of `otlp-transformer` writes those as numbers and as null.)
 */
export function otlpJson(batch: Batch): string {
  return JSON.stringify(batch.kind === 'metrics' ? metricsData(batch) : logsData(batch));
}

function metricsData(batch: MetricBatch): JsonObject {
  const metrics = batch.metrics.filter((metric) => metric.points.length > 0).map(metricJson);
  const scopeMetrics = [{ scope: scopeJson(batch.scope), metrics }];
  return { resourceMetrics: [{ resource: resourceJson(batch.resource), scopeMetrics }] };
}

function logsData(batch: EventBatch): JsonObject {
  const logRecords = Array.from({ length: batch.length }, (_, index) => {
    const { time, name, attributes } = eventAt(batch, index);
    return {
      timeUnixNano: nanosText(time),
      observedTimeUnixNano: nanosText(time),
      severityNumber: batch.severityNumber,
      eventName: name,
      attributes: attributesJson(attributes),
    };
  });
  const scopeLogs = [{ scope: scopeJson(batch.scope), logRecords }];
  return { resourceLogs: [{ resource: resourceJson(batch.resource), scopeLogs }] };
}

function metricJson(metric: Metric): JsonObject {
  const head = { name: metric.name, unit: metric.unit, description: metric.description };
  switch (metric.kind) {
    case 'gauge':
      return { ...head, gauge: { dataPoints: numberPoints(metric.unit, metric.points) } };
    case 'sum': {
      const { temporality, monotonic: isMonotonic } = metric;
      const dataPoints = numberPoints(metric.unit, metric.points);
      return { ...head, sum: { aggregationTemporality: TEMPORALITY[temporality], isMonotonic, dataPoints } };
    }
    case 'histogram': {
      const aggregationTemporality = TEMPORALITY[metric.temporality];
      return {
        ...head,
        histogram: { aggregationTemporality, dataPoints: metric.points.map(histogramPoint) },
      };
    }
    case 'exponential_histogram': {
      const aggregationTemporality = TEMPORALITY[metric.temporality];
      const dataPoints = metric.points.map(exponentialHistogramPoint);
      return { ...head, exponentialHistogram: { aggregationTemporality, dataPoints } };
    }
  }
}

function numberPoints(unit: string, points: readonly NumberPoint[]): JsonObject[] {
  const integer = isIntegerMetric(unit, points);
  return points.map((point) => ({
    ...pointHead(point),
    ...(integer ? { asInt: String(point.value) } : { asDouble: doubleJson(point.value) }),
  }));
}

function histogramPoint(point: HistogramPoint): JsonObject {
  return {
    ...pointHead(point),
    ...statisticsOf(point),
    explicitBounds: point.explicitBounds.map(doubleJson),
    bucketCounts: Array.from(point.bucketCounts, String),
  };
}

function exponentialHistogramPoint(point: ExponentialHistogramPoint): JsonObject {
  const { offset, bucketCounts } = point.positive;
  return {
    ...pointHead(point),
    ...statisticsOf(point),
    scale: point.scale,
    zeroCount: String(point.zeroCount),
    positive: { offset, bucketCounts: Array.from(bucketCounts, String) },
  };
}

function statisticsOf(point: HistogramPoint | ExponentialHistogramPoint): JsonObject {
  const { count, sum, min, max } = point;
  return {
    count: String(count),
    sum: doubleJson(sum),
    ...(min === undefined ? {} : { min: doubleJson(min) }),
    ...(max === undefined ? {} : { max: doubleJson(max) }),
  };
}

function pointHead(point: NumberPoint | HistogramPoint | ExponentialHistogramPoint): JsonObject {
  const start = point.startTime && { startTimeUnixNano: nanosText(point.startTime) };
  return { attributes: attributesJson(point.attributes), ...start, timeUnixNano: nanosText(point.time) };
}

function resourceJson(resource: Resource): JsonObject {
  return { attributes: attributesJson(resource.attributes) };
}

function scopeJson(scope: Scope): JsonObject {
  return { name: scope.name, version: scope.version };
}

function attributesJson(attributes: Attributes): JsonObject[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: AttributeValue): JsonObject {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: doubleJson(value) };
}

function doubleJson(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** Nanoseconds since the epoch, exact: the two halves side by side, without a BigInt. */
function nanosText([seconds, nanoseconds]: UnixTime): string {
  if (seconds === 0) return String(nanoseconds);
  return `${seconds}${String(nanoseconds).padStart(9, '0')}`;
}
