import type { HrTime, Attributes as OtelAttributes, ValueType } from '@opentelemetry/api';
import type { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import type { resourceFromAttributes } from '@opentelemetry/resources';
import type {
  AggregationTemporality,
  DataPoint,
  DataPointType,
  ExponentialHistogram,
  Histogram,
  MetricData,
  ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { type EventBatch, eventAt, type MetricBatch } from './batch.ts';
import type {
  ExponentialHistogramPoint,
  HistogramPoint,
  Metric,
  NumberPoint,
  PointBase,
  Temporality,
} from './metric.ts';

/**
 * What the conversion needs of the OpenTelemetry packages at run time. It is handed in rather than imported, so
 * that a pipeline without OTLP does not load them (35 MB together with gRPC).
 */
export interface OtelSdk {
  readonly AggregationTemporality: typeof AggregationTemporality;
  readonly DataPointType: typeof DataPointType;
  readonly ValueType: typeof ValueType;
  readonly resourceFromAttributes: typeof resourceFromAttributes;
}

/** The record type of the official log serializer. */
export type OtelLogRecord = Parameters<typeof ProtobufLogsSerializer.serializeRequest>[0][number];

/** UTC's epoch, which OTLP reads as "unknown". */
const NO_TIME: HrTime = [0, 0];

/** A batch of metrics in the types of `@opentelemetry/sdk-metrics`, which is what the official serializers take. */
export function resourceMetricsOf(batch: MetricBatch, sdk: OtelSdk): ResourceMetrics {
  const metrics = batch.metrics.filter((metric) => metric.points.length > 0);
  return {
    resource: sdk.resourceFromAttributes(batch.resource.attributes),
    scopeMetrics: [{ scope: batch.scope, metrics: metrics.map((metric) => metricDataOf(metric, sdk)) }],
  };
}

/** Events as log records: what OpenTelemetry calls an event is a log record with an event name. */
export function logRecordsOf(batch: EventBatch, sdk: OtelSdk): OtelLogRecord[] {
  const resource = sdk.resourceFromAttributes(batch.resource.attributes);
  return Array.from({ length: batch.length }, (_, index) => {
    const { time, name, attributes } = eventAt(batch, index);
    return {
      hrTime: time as HrTime,
      hrTimeObserved: time as HrTime,
      severityNumber: batch.severityNumber,
      eventName: name,
      resource,
      instrumentationScope: batch.scope,
      attributes,
      droppedAttributesCount: 0,
    };
  });
}

/**
 * OTLP has two number types and JavaScript one. A metric that counts things (`{packet}`, `By`) is sent as integers,
 * every other one as doubles. The unit decides, not the value, because a metric whose type changed whenever a
 * measurement happened to be whole would be a conflict at the backend. Counts that are not whole, such as averages
 * of counts, and those too large to be exact are doubles too.
 */
export function isIntegerMetric(unit: string, points: readonly NumberPoint[]): boolean {
  return /^(By|bit|\{[^}]*\})$/.test(unit) && points.every((point) => Number.isSafeInteger(point.value));
}

function metricDataOf(metric: Metric, sdk: OtelSdk): MetricData {
  switch (metric.kind) {
    case 'gauge':
      return {
        ...headOf(metric, 'cumulative', isIntegerMetric(metric.unit, metric.points), sdk),
        dataPointType: sdk.DataPointType.GAUGE,
        dataPoints: metric.points.map((point) => dataPointOf(point, point.value)),
      };
    case 'sum':
      return {
        ...headOf(metric, metric.temporality, isIntegerMetric(metric.unit, metric.points), sdk),
        dataPointType: sdk.DataPointType.SUM,
        isMonotonic: metric.monotonic,
        dataPoints: metric.points.map((point) => dataPointOf(point, point.value)),
      };
    case 'histogram':
      return {
        ...headOf(metric, metric.temporality, false, sdk),
        dataPointType: sdk.DataPointType.HISTOGRAM,
        dataPoints: metric.points.map((point) => dataPointOf(point, histogramOf(point))),
      };
    case 'exponential_histogram':
      return {
        ...headOf(metric, metric.temporality, false, sdk),
        dataPointType: sdk.DataPointType.EXPONENTIAL_HISTOGRAM,
        dataPoints: metric.points.map((point) => dataPointOf(point, exponentialHistogramOf(point))),
      };
  }
}

/** A gauge has no temporality; the serializers ignore the one that the SDK's type asks for. */
function headOf(metric: Metric, temporality: Temporality, integer: boolean, sdk: OtelSdk) {
  const { name, unit, description } = metric;
  return {
    descriptor: { name, unit, description, valueType: integer ? sdk.ValueType.INT : sdk.ValueType.DOUBLE },
    aggregationTemporality:
      temporality === 'delta' ? sdk.AggregationTemporality.DELTA : sdk.AggregationTemporality.CUMULATIVE,
  };
}

/** The SDK's types are mutable where ours are readonly; nothing changes what was handed over. */
function dataPointOf<T>(point: PointBase, value: T): DataPoint<T> {
  return {
    startTime: (point.startTime as HrTime | undefined) ?? NO_TIME,
    endTime: point.time as HrTime,
    attributes: point.attributes as OtelAttributes,
    value,
  };
}

function histogramOf(point: HistogramPoint): Histogram {
  return {
    buckets: { boundaries: point.explicitBounds as number[], counts: point.bucketCounts as number[] },
    count: point.count,
    sum: point.sum,
    ...extremesOf(point),
  };
}

function exponentialHistogramOf(point: ExponentialHistogramPoint): ExponentialHistogram {
  const { offset, bucketCounts } = point.positive;
  return {
    count: point.count,
    sum: point.sum,
    scale: point.scale,
    zeroCount: point.zeroCount,
    positive: { offset, bucketCounts: bucketCounts as number[] },
    negative: { offset: 0, bucketCounts: [] },
    ...extremesOf(point),
  };
}

function extremesOf({ min, max }: { min?: number; max?: number }): { min?: number; max?: number } {
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}
