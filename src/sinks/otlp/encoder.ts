import type { Batch } from '../../model/batch.ts';
import { logRecordsOf, type OtelSdk, resourceMetricsOf } from '../../model/otlp.ts';
import type { Signal } from './settings.ts';

/** What the receiver said about a request that it took. */
export interface Verdict {
  /** Records of the request that it did not keep. */
  readonly rejected: number;
  readonly message: string;
}

/** OTLP's protobuf encoding, by the official serializers. */
export interface Encoder {
  encode(batch: Batch): Uint8Array;
  decodeResponse(signal: Signal, response: Uint8Array): Verdict;
}

/** Loads the OpenTelemetry packages, which only a running OTLP sink should pay for. */
export async function loadEncoder(): Promise<Encoder> {
  const [{ ProtobufLogsSerializer, ProtobufMetricsSerializer }, sdkMetrics, api, resources] =
    await Promise.all([
      import('@opentelemetry/otlp-transformer'),
      import('@opentelemetry/sdk-metrics'),
      import('@opentelemetry/api'),
      import('@opentelemetry/resources'),
    ]);
  const sdk: OtelSdk = {
    AggregationTemporality: sdkMetrics.AggregationTemporality,
    DataPointType: sdkMetrics.DataPointType,
    ValueType: api.ValueType,
    resourceFromAttributes: resources.resourceFromAttributes,
  };
  return {
    encode: (batch) =>
      (batch.kind === 'metrics'
        ? ProtobufMetricsSerializer.serializeRequest(resourceMetricsOf(batch, sdk))
        : ProtobufLogsSerializer.serializeRequest(logRecordsOf(batch, sdk))) ?? new Uint8Array(),
    decodeResponse: (signal, response) => {
      if (signal === 'METRICS') {
        const { partialSuccess } = ProtobufMetricsSerializer.deserializeResponse(response);
        return verdictOf(partialSuccess?.rejectedDataPoints, partialSuccess?.errorMessage);
      }
      const { partialSuccess } = ProtobufLogsSerializer.deserializeResponse(response);
      return verdictOf(partialSuccess?.rejectedLogRecords, partialSuccess?.errorMessage);
    },
  };
}

function verdictOf(rejected: number | undefined, message: string | undefined): Verdict {
  return { rejected: rejected ?? 0, message: message ?? '' };
}
