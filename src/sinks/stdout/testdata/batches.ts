import { type EventBatch, eventBatchOf, type MetricBatch } from '../../../model/batch.ts';
import { findingAttributes } from '../../../model/finding.ts';
import { quantilesOf } from '../../../model/histogram-quantile.ts';
import type { ExponentialHistogramPoint, Metric, Temporality } from '../../../model/metric.ts';
import type { UnixTime } from '../../../model/time.ts';

/** 2026-11-21 12:00:00 UTC. */
export const NOON_SECONDS = 1_795_262_400;

const resource = { attributes: { 'host.name': 'alpha' } };
const scope = { name: 'test', version: '1' };

export function metricsOf(...metrics: readonly Metric[]): MetricBatch {
  return { kind: 'metrics', resource, scope, metrics };
}

/** `[start, end]` of the interval that ends `seconds` after noon and is a second long. */
export function secondAfterNoon(seconds: number): { readonly startTime: UnixTime; readonly time: UnixTime } {
  return { startTime: [NOON_SECONDS + seconds - 1, 0], time: [NOON_SECONDS + seconds, 0] };
}

/** A histogram at scale 3 whose only bucket begins at 2^`exponent` s. */
export function stagePoint(
  stage: string,
  exponent: number,
  count: number,
  at: number,
): ExponentialHistogramPoint {
  const lower = 2 ** exponent;
  return {
    ...secondAfterNoon(at),
    attributes: { 'lagpipe.stack.stage': stage },
    count,
    sum: count * lower * 1.05,
    ...(count > 0 && { min: lower * 1.01, max: lower * 1.08 }),
    scale: 3,
    zeroCount: 0,
    positive: { offset: exponent * 8, bucketCounts: count > 0 ? [count] : [] },
  };
}

export function stackLatency(
  points: readonly ExponentialHistogramPoint[],
  temporality: Temporality = 'delta',
): Metric {
  return {
    kind: 'exponential_histogram',
    name: 'lagpipe.stack.latency',
    unit: 's',
    description: '',
    temporality,
    points,
  };
}

/** What the `percentile` processor sends beside the histogram. */
export function quantileGauge(points: readonly ExponentialHistogramPoint[]): Metric {
  const gauges = points.flatMap((point) =>
    quantilesOf(point, [0.5, 0.99]).map(({ quantile, value, relativeError }) => ({
      time: point.time,
      attributes: {
        ...point.attributes,
        'lagpipe.quantile': quantile,
        'lagpipe.quantile.error': relativeError,
      },
      value,
    })),
  );
  return {
    kind: 'gauge',
    name: 'lagpipe.stack.latency.quantile',
    unit: 's',
    description: '',
    points: gauges,
  };
}

export function sumOf(
  name: string,
  unit: string,
  temporality: Temporality,
  points: readonly { readonly at: number; readonly value: number; readonly device?: string }[],
): Metric {
  return {
    kind: 'sum',
    name,
    unit,
    description: '',
    temporality,
    monotonic: true,
    points: points.map(({ at, value, device }) => ({
      ...(temporality === 'delta' ? secondAfterNoon(at) : { time: secondAfterNoon(at).time }),
      attributes: device === undefined ? {} : { 'network.interface.name': device },
      value,
    })),
  };
}

/** Connects with these outcomes, one every 100 ms from noon on; every third is IPv6. */
export function connects(outcomes: readonly string[]): EventBatch {
  const head = { resource, scope, name: 'tcp.connect', severityNumber: 9 };
  return eventBatchOf(
    head,
    outcomes.map((outcome, index) => {
      const isIpv6 = index % 3 === 2;
      return {
        time: [NOON_SECONDS, index * 100_000_000],
        attributes: {
          'process.pid': 97 + index * 1000,
          'thread.name': index === 1 ? 'evil\x1b[2J' : 'curl',
          'network.local.address': isIpv6 ? '2001:db8::17' : '10.0.0.5',
          'network.local.port': 40_000 + index,
          'network.peer.address': isIpv6 ? '2001:db8::2' : '192.0.2.44',
          'network.peer.port': 443,
          'lagpipe.tcp.connect.duration': 0.000_121 * (index + 1),
          'lagpipe.tcp.outcome': outcome,
          'lagpipe.tcp.syn_retransmits': outcome === 'timed_out' ? 6 : 0,
          ...(outcome !== 'established' && { 'error.type': outcome }),
        },
      };
    }),
  );
}

export function findings(state: 'raised' | 'changed' | 'cleared', ...rules: readonly string[]): EventBatch {
  const finding = {
    title: 'Something is wrong',
    severity: 'warn',
    subject: {},
    since: [NOON_SECONDS, 0],
    cause: 'It has a cause.',
    action: 'Do something.',
    evidence: [],
    confidence: 1,
  } as const;
  return eventBatchOf(
    { resource, scope, name: 'finding', severityNumber: 13 },
    rules.map((rule) => ({
      time: [NOON_SECONDS, 0] as const,
      attributes: findingAttributes({ ...finding, rule, state }),
    })),
  );
}
