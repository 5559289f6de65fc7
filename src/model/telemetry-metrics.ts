import type { Attributes } from './attributes.ts';
import type { GaugeMetric, Metric, SumMetric } from './metric.ts';
import type { ComponentCounts, ComponentKind, TelemetrySnapshot } from './telemetry.ts';
import type { UnixTime } from './time.ts';

type Outcome = 'in' | 'out' | 'created' | 'absorbed' | 'delivered' | 'rejected' | 'dropped';

/** The outcomes that a kind of component has; of the others it would only ever say 0. */
const OUTCOMES_OF: Readonly<Record<ComponentKind, readonly Outcome[]>> = {
  source: ['out', 'dropped'],
  processor: ['in', 'created', 'out', 'absorbed', 'dropped'],
  sink: ['in', 'delivered', 'rejected', 'dropped'],
};

/** The agent's own account of its records and parts as metrics; `startTime` is when it began to count. */
export function telemetryMetrics(
  { counts, statuses }: TelemetrySnapshot,
  startTime: UnixTime,
  time: UnixTime,
): readonly Metric[] {
  const metrics = [
    recordsMetric(counts, startTime, time),
    queuedMetric(counts, time),
    partsMetric(statuses, time),
  ];
  return metrics.filter(({ points }) => points.length > 0);
}

function recordsMetric(counts: readonly ComponentCounts[], startTime: UnixTime, time: UnixTime): SumMetric {
  return {
    kind: 'sum',
    temporality: 'cumulative',
    monotonic: true,
    name: 'lagpipe.component.records',
    unit: '{record}',
    description: "what became of a component's records; along every component they add up",
    points: counts.flatMap((component) =>
      outcomesOf(component).map(([attributes, value]) => ({
        attributes: { ...identityOf(component), ...attributes },
        startTime,
        time,
        value,
      })),
    ),
  };
}

function outcomesOf(component: ComponentCounts): readonly (readonly [Attributes, number])[] {
  return OUTCOMES_OF[component.kind].flatMap((outcome): readonly (readonly [Attributes, number])[] => {
    const count = component[outcome];
    const attributes = { 'lagpipe.component.outcome': outcome };
    if (typeof count === 'number') return [[attributes, count]];
    return Object.entries(count).map(([reason, value]) => [
      { ...attributes, 'lagpipe.reason': reason },
      value,
    ]);
  });
}

function queuedMetric(counts: readonly ComponentCounts[], time: UnixTime): GaugeMetric {
  return {
    kind: 'gauge',
    name: 'lagpipe.component.queued',
    unit: '{record}',
    description: "records that wait in a sink's queue",
    points: counts
      .filter(({ kind }) => kind === 'sink')
      .map((component) => ({ attributes: identityOf(component), time, value: component.queued })),
  };
}

function partsMetric(statuses: TelemetrySnapshot['statuses'], time: UnixTime): GaugeMetric {
  return {
    kind: 'gauge',
    name: 'lagpipe.component.part.up',
    unit: '1',
    description:
      '1 where a part of a component works, if with something missing (degraded); 0 where it does not',
    points: statuses.map(({ kind, id, part, state, attributes }) => ({
      attributes: {
        ...attributes,
        'lagpipe.component.kind': kind,
        'lagpipe.component.id': id,
        'lagpipe.component.part': part,
        'lagpipe.component.state': state,
      },
      time,
      value: state === 'live' || state === 'degraded' ? 1 : 0,
    })),
  };
}

/** Sources and sinks are shared between pipelines, so they have none. */
function identityOf({ kind, id, pipeline }: ComponentCounts): Attributes {
  const identity = { 'lagpipe.component.kind': kind, 'lagpipe.component.id': id };
  return pipeline === '' ? identity : { ...identity, 'lagpipe.component.pipeline': pipeline };
}
