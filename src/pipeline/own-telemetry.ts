import { ValueType } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { resourceFromAttributes } from '@opentelemetry/resources';
import * as sdk from '@opentelemetry/sdk-metrics';
import type { Logger } from '../component.ts';
import type { AgentTelemetryConfig } from '../config/model.ts';
import type { Resource } from '../model/attributes.ts';
import { resourceMetricsOf } from '../model/otlp.ts';
import type { TelemetrySnapshot } from '../model/telemetry.ts';
import { telemetryMetrics } from '../model/telemetry-metrics.ts';
import { unixTimeFromMillis } from '../model/time.ts';
import { VERSION } from './resource.ts';

export interface OwnTelemetryOptions {
  readonly config: AgentTelemetryConfig;
  readonly resource: Resource;
  readonly log: Logger;
  snapshot(): TelemetrySnapshot;
}

/**
 * Sends the agent's own figures to a Collector past all pipelines, through OpenTelemetry's SDK, so that they still
 * arrive when a pipeline is what is broken. Returns the function that sends a last time and stops. Import this module on
 * demand: it loads the SDK.
 */
export function startOwnTelemetry(options: OwnTelemetryOptions): () => Promise<void> {
  const { config, resource, snapshot } = options;
  const scope = { name: 'lagpipe', version: VERSION };
  const startTime = unixTimeFromMillis(Date.now());
  const producer = {
    collect: async () => {
      const metrics = telemetryMetrics(snapshot(), startTime, unixTimeFromMillis(Date.now()));
      const batch = { kind: 'metrics', resource, scope, metrics } as const;
      return {
        resourceMetrics: resourceMetricsOf(batch, { ...sdk, ValueType, resourceFromAttributes }),
        errors: [],
      };
    },
  };
  const exporter = new OTLPMetricExporter(config.endpoint === undefined ? {} : { url: config.endpoint });
  const reader = new sdk.PeriodicExportingMetricReader({
    exporter: complaining(exporter, options.log),
    exportIntervalMillis: config.intervalMillis,
    exportTimeoutMillis: Math.min(config.intervalMillis, 10_000),
    metricProducers: [producer],
  });
  const provider = new sdk.MeterProvider({
    resource: resourceFromAttributes(resource.attributes),
    readers: [reader],
  });
  return () => provider.shutdown().catch(() => {});
}

/** The exporter, but a failure is one line. Nothing is lost by it: the figures are cumulative, the next has all. */
function complaining(exporter: sdk.PushMetricExporter, log: Logger): sdk.PushMetricExporter {
  let lastComplaint = '';
  return {
    export: (metrics, done) =>
      exporter.export(metrics, (result) => {
        const complaint = result.error?.message ?? '';
        if (complaint !== '' && complaint !== lastComplaint)
          log.warn(`cannot send the agent's own figures: ${complaint}`);
        lastComplaint = complaint;
        done(result);
      }),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
    ...(exporter.selectAggregationTemporality && {
      selectAggregationTemporality: (type) => exporter.selectAggregationTemporality?.(type) ?? 0,
    }),
  };
}
