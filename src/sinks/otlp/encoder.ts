import { ValueType } from '@opentelemetry/api';
import { ProtobufLogsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics';
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

const SDK: OtelSdk = { AggregationTemporality, DataPointType, ValueType, resourceFromAttributes };

export function createEncoder(): Encoder {
  return {
    encode: (batch) =>
      (batch.kind === 'metrics'
        ? ProtobufMetricsSerializer.serializeRequest(resourceMetricsOf(batch, SDK))
        : ProtobufLogsSerializer.serializeRequest(logRecordsOf(batch, SDK))) ?? new Uint8Array(),
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
