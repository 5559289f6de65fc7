import type { Attributes } from '../../../model/attributes.ts';
import { type Batch, eventBatchOf } from '../../../model/batch.ts';
import type { Finding } from '../../../model/finding.ts';
import type { ExponentialHistogramPoint, Metric } from '../../../model/metric.ts';
import { DiagnosisEngine } from '../engine.ts';
import type { DiagnoseConfig } from '../schema.ts';

const START = 1_700_000_000;
const RESOURCE = { attributes: { 'host.name': 'test' } };
const SCOPE = { name: 'lagpipe/test', version: '0.0.0' };

/** What a made-up host says of itself at a second after its start. */
export type Says = (second: number) => readonly Batch[];

export const CONFIG: DiagnoseConfig = {
  window: 60_000,
  interval: 5000,
  raise_after: 0,
  clear_after: 0,
  repeat_after: 300_000,
  off: [],
  rules: [],
  report_healthy: false,
  network_namespace: 'all',
  pass_through: true,
  max_series: 1000,
};

export function metricsOf(metrics: readonly Metric[], resource: Attributes = {}): Batch {
  const attributes = { ...RESOURCE.attributes, ...resource };
  return { kind: 'metrics', resource: { attributes }, scope: SCOPE, metrics };
}

/** A cumulative counter that grows by so much in a second, from a value that it had before. */
export function counter(name: string, perSecond: number, attributes: Attributes = {}, before = 1000): Says {
  return (second) => [
    metricsOf([
      {
        kind: 'sum',
        temporality: 'cumulative',
        monotonic: true,
        ...described(name),
        points: [{ attributes, ...timeAt(second), value: before + perSecond * second }],
      },
    ]),
  ];
}

export function gauge(
  name: string,
  valueAt: number | ((second: number) => number),
  attributes: Attributes = {},
): Says {
  return (second) => {
    const value = typeof valueAt === 'number' ? valueAt : valueAt(second);
    const points = [{ attributes, ...timeAt(second), value }];
    return [metricsOf([{ kind: 'gauge', ...described(name), points }])];
  };
}

/** A delta histogram: each second so many values in each of these seconds' buckets. */
export function histogram(
  name: string,
  counts: readonly (readonly [seconds: number, count: number])[],
  attributes: Attributes = {},
): Says {
  return (second) => [
    metricsOf([
      {
        kind: 'exponential_histogram',
        temporality: 'delta',
        ...described(name),
        points: counts.map(([seconds, count]) => ({
          attributes,
          ...timeAt(second),
          ...bucket(seconds, count),
        })),
      },
    ]),
  ];
}

/** A stage of the receive path. */
export function stage(name: string, ...counts: readonly (readonly [seconds: number, count: number])[]): Says {
  return histogram('lagpipe.stack.latency', counts, { 'lagpipe.stack.stage': name });
}

/** So many events of a kind each second. */
export function events(name: string, perSecond: number, attributes: Attributes): Says {
  return (second) => {
    const head = { resource: RESOURCE, scope: SCOPE, name, severityNumber: 9 };
    const event = { time: [START + second, 0] as const, attributes };
    return [eventBatchOf(head, new Array(perSecond).fill(event))];
  };
}

/** Everything that is wrong after so many seconds. */
export function findingsAfter(
  seconds: number,
  says: readonly Says[],
  config: Partial<DiagnoseConfig> = {},
): readonly Finding[] {
  const engine = new DiagnosisEngine({ ...CONFIG, ...config }, 4026531840);
  for (let second = 0; second <= seconds; second++) {
    for (const say of says) for (const batch of say(second)) engine.take(batch, second * 1000);
    if (second < seconds) engine.diagnose(second * 1000);
  }
  return engine.diagnose(seconds * 1000)?.active ?? [];
}

function bucket(
  seconds: number,
  count: number,
): Omit<ExponentialHistogramPoint, 'attributes' | 'time' | 'startTime'> {
  const offset = Math.ceil(Math.log2(seconds) * 8) - 1;
  return {
    count,
    sum: seconds * count,
    scale: 3,
    zeroCount: 0,
    positive: { offset, bucketCounts: [count] },
  };
}

function timeAt(second: number) {
  return { startTime: [START + second - 1, 0], time: [START + second, 0] } as const;
}

function described(name: string) {
  return { name, unit: '1', description: '' };
}
