import type { Processor, Source } from '../src/component.ts';
import type { Registry } from '../src/config/model.ts';
import type { AttributeSpec, EventSpec, MetricSpec } from '../src/model/emits.ts';
import { HOST_ATTRIBUTES } from '../src/pipeline/resource.ts';
import { code, kindText, namesOf, severityText, table, unitText } from './emits-tables.ts';
import { CONVENTIONS_VERSION, stabilityOf } from './lib/semantic-conventions.ts';
import { NOTICE } from './reference-page.ts';

/** A specification and the component that sends it; none for what the agent adds to everything. */
interface Sent<Spec> {
  readonly by: Source | Processor | undefined;
  readonly spec: Spec;
}

/** docs/reference/telemetry.md: every metric, event and attribute that any component can send. */
export function telemetryPage({ sources, processors }: Registry): string {
  const components = [...sources, ...processors];
  const metrics = components.flatMap((by) => by.emits.metrics.map((spec) => ({ by, spec })));
  const events = components.flatMap((by) => by.emits.events.map((spec) => ({ by, spec })));
  const resource = components.flatMap((by) => (by.emits.resource ?? []).map((spec) => ({ by, spec })));
  const attributes = [...metrics, ...events].flatMap(({ by, spec }) =>
    spec.attributes.map((attribute) => ({ by, spec: attribute })),
  );
  const ofAgent = HOST_ATTRIBUTES.map((spec) => ({ by: undefined, spec }));
  return `${[
    NOTICE,
    '# Metrics, events and attributes',
    INTRODUCTION,
    '## Metrics',
    metricTable(metrics),
    '## Events',
    EVENTS,
    eventTable(events),
    '## Attributes',
    attributeTable(attributes),
    '## Attributes of the resource',
    RESOURCE,
    attributeTable([...ofAgent, ...resource]),
  ].join('\n\n')}\n`;
}

const INTRODUCTION = `Every name that lagpipe can send, with its unit and the component that sends it. Units are UCUM. The column *name by* tells
who gave a name: *stable* and *development* are OpenTelemetry's semantic conventions ${CONVENTIONS_VERSION}, in the words that they use of
themselves; *lagpipe* is this program, where there is no convention. \`<…>\` stands for what only the measured thing or the
config can tell.

A *cumulative* sum has its value since its start time, a *delta* what came since the point before. *Up-down* sums can fall.
Exponential histograms have scale 3: a bucket is 9 % wide.`;

const EVENTS =
  'An event leaves as an OTLP log record with this event name. The severity of a `finding` follows its own: `ok`, `info`, `warn`, `critical`.';

const RESOURCE =
  'What is measured, for all that a batch holds. `OTEL_RESOURCE_ATTRIBUTES` and `resource` in the pipeline file add to it.';

function metricTable(metrics: readonly Sent<MetricSpec>[]): string {
  const rows = groupBy(metrics).map(([name, sent]) => {
    const [{ spec }] = sent;
    const { unit, description, attributes } = spec;
    return [
      code(name),
      kindText(spec),
      unitText(unit),
      description,
      namesOf(attributes),
      componentsOf(sent),
      nameBy('metric', spec),
    ];
  });
  return table(['metric', 'kind', 'unit', 'meaning', 'attributes', 'from', 'name by'], rows);
}

function eventTable(events: readonly Sent<EventSpec>[]): string {
  const rows = events.map(({ by, spec }) => [
    code(spec.name),
    spec.description,
    severityText(spec),
    namesOf(spec.attributes),
    linkTo(by),
  ]);
  return table(['event', 'when', 'severity', 'attributes', 'from'], rows);
}

function attributeTable(attributes: readonly Sent<AttributeSpec>[]): string {
  const rows = groupBy(attributes)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, sent]) => [
      code(name),
      sent[0].spec.kind,
      sent[0].spec.unit,
      meaningsOf(sent),
      componentsOf(sent),
      nameBy('attribute', sent[0].spec),
    ]);
  return table(['attribute', 'type', 'unit', 'meaning', 'from', 'name by'], rows);
}

/** Where components mean something of their own, each says so. */
function meaningsOf(sent: readonly Sent<AttributeSpec>[]): string {
  const byMeaning = Map.groupBy(sent, ({ spec }) => spec.meaning);
  if (byMeaning.size === 1) return sent[0].spec.meaning;
  return [...byMeaning]
    .map(
      ([meaning, those]) => `${[...new Set(those.map(({ by }) => by?.id ?? 'all'))].join(', ')}: ${meaning}`,
    )
    .join('<br>');
}

function nameBy(
  kind: 'metric' | 'attribute',
  { name, origin }: { readonly name: string; readonly origin?: string },
): string {
  return origin ?? stabilityOf(kind, name) ?? 'lagpipe';
}

function componentsOf(sent: readonly Sent<unknown>[]): string {
  return [...new Set(sent.map(({ by }) => linkTo(by)))].join(', ');
}

function linkTo(component: Source | Processor | undefined): string {
  return component === undefined ? 'all' : `[${component.id}](${component.kind}s/${component.id}.md)`;
}

function groupBy<Spec extends { readonly name: string }>(
  sent: readonly Sent<Spec>[],
): readonly (readonly [string, readonly Sent<Spec>[]])[] {
  return [...Map.groupBy(sent, ({ spec }) => spec.name)];
}
