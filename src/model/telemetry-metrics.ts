import type { Attributes } from './attributes.ts';
import { counter, gauge, type MetricSpec, metricOf, text, withPoints } from './emits.ts';
import type { Metric } from './metric.ts';
import { PART } from './part-attributes.ts';
import type { ComponentCounts, ComponentKind, TelemetrySnapshot } from './telemetry.ts';
import type { UnixTime } from './time.ts';

type Outcome = 'in' | 'out' | 'created' | 'absorbed' | 'delivered' | 'rejected' | 'dropped';

/** The outcomes that a kind of component has; of the others it would only ever say 0. */
const OUTCOMES_OF: Readonly<Record<ComponentKind, readonly Outcome[]>> = {
  source: ['out', 'dropped'],
  processor: ['in', 'created', 'out', 'absorbed', 'dropped'],
  sink: ['in', 'delivered', 'rejected', 'dropped'],
};

const KIND = text('lagpipe.component.kind', '`source`, `processor` or `sink`');
const ID = text('lagpipe.component.id', 'the component, as the pipeline file calls it');

const RECORDS = counter({
  name: 'lagpipe.component.records',
  unit: '{record}',
  description: "what became of a component's records; along every component they add up",
  attributes: [
    KIND,
    ID,
    text('lagpipe.component.pipeline', "the pipeline; a processor's only, sources and sinks are shared"),
    text(
      'lagpipe.component.outcome',
      '`in`, `out`, `created`, `absorbed`, `delivered`, `rejected` or `dropped`',
    ),
    text('lagpipe.reason', 'why they were rejected or dropped'),
  ],
});

const QUEUED = gauge({
  name: 'lagpipe.component.queued',
  unit: '{record}',
  description: "records that wait in a sink's queue",
  attributes: [KIND, ID],
});

const PART_UP = gauge({
  name: 'lagpipe.component.part.up',
  unit: '1',
  description:
    '1 where a part of a component works, if with something missing (degraded); 0 where it does not',
  attributes: [
    KIND,
    ID,
    text('lagpipe.component.part', 'the part; empty for the component as a whole'),
    text('lagpipe.component.state', '`live`, `degraded`, `restarting` or `failed`'),
    ...Object.values(PART),
  ],
});

/** What `telemetryMetrics` can give. */
export const TELEMETRY_METRICS: readonly MetricSpec[] = [RECORDS, QUEUED, PART_UP];

/** The agent's own account of its records and parts as metrics; `startTime` is when it began to count. */
export function telemetryMetrics(
  { counts, statuses }: TelemetrySnapshot,
  startTime: UnixTime,
  time: UnixTime,
): readonly Metric[] {
  return withPoints([
    recordsMetric(counts, startTime, time),
    queuedMetric(counts, time),
    partsMetric(statuses, time),
  ]);
}

function recordsMetric(counts: readonly ComponentCounts[], startTime: UnixTime, time: UnixTime): Metric {
  return metricOf(
    RECORDS,
    counts.flatMap((component) =>
      outcomesOf(component).map(([attributes, value]) => ({
        attributes: { ...identityOf(component), ...attributes },
        startTime,
        time,
        value,
      })),
    ),
  );
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

function queuedMetric(counts: readonly ComponentCounts[], time: UnixTime): Metric {
  return metricOf(
    QUEUED,
    counts
      .filter(({ kind }) => kind === 'sink')
      .map((component) => ({ attributes: identityOf(component), time, value: component.queued })),
  );
}

function partsMetric(statuses: TelemetrySnapshot['statuses'], time: UnixTime): Metric {
  return metricOf(
    PART_UP,
    statuses.map(({ kind, id, part, state, attributes }) => ({
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
  );
}

/** Sources and sinks are shared between pipelines, so they have none. */
function identityOf({ kind, id, pipeline }: ComponentCounts): Attributes {
  const identity = { 'lagpipe.component.kind': kind, 'lagpipe.component.id': id };
  return pipeline === '' ? identity : { ...identity, 'lagpipe.component.pipeline': pipeline };
}
