import type { Processor, Source } from '../src/component.ts';
import type { AttributeSpec, MetricSpec } from '../src/model/emits.ts';

/** `## What it sends` of a component's page: all that it states, as far as its description does not show it itself. */
export function sentSection({ emits, description }: Source | Processor): string {
  const { metrics, events, resource = [] } = emits;
  const isTold = ({ name }: AttributeSpec) => description.includes(`| \`${name}\` |`);
  const attributes = [...metrics, ...events].flatMap((spec) => spec.attributes).concat(resource);
  const untold = [...new Map(attributes.map((spec) => [spec.name, spec])).values()].filter(
    (spec) => !isTold(spec),
  );
  return [
    '## What it sends',
    'Units are UCUM; `<…>` stands for what only the measured thing or the config can tell. ' +
      '[telemetry.md](../telemetry.md) says of each name whether it is one of OpenTelemetry.',
    ...(events.length === 0 ? [] : [eventTable(events)]),
    ...(metrics.length === 0 ? [] : [metricTable(metrics)]),
    ...(untold.length === 0 ? [] : [attributeTable(untold)]),
  ].join('\n\n');
}

function eventTable(events: Source['emits']['events']): string {
  const rows = events.map(({ name, description }) => [code(name), description]);
  return table(['event', 'when'], rows);
}

function metricTable(metrics: readonly MetricSpec[]): string {
  const rows = metrics.map((spec) => [
    code(spec.name),
    kindText(spec),
    unitText(spec.unit),
    spec.description,
    namesOf(spec.attributes),
  ]);
  return table(['metric', 'kind', 'unit', 'meaning', 'attributes'], rows);
}

function attributeTable(attributes: readonly AttributeSpec[]): string {
  const rows = attributes.map(({ name, kind, unit, meaning }) => [code(name), kind, unit, meaning]);
  return table(['attribute', 'type', 'unit', 'meaning'], rows);
}

export function kindText(spec: MetricSpec): string {
  switch (spec.kind) {
    case 'any':
      return 'any';
    case 'gauge':
      return 'gauge';
    case 'sum':
      return `${spec.monotonic ? '' : 'up-down '}sum, ${spec.temporality}`;
    case 'exponential_histogram':
      return `exponential histogram, ${spec.temporality}`;
  }
}

export function unitText(unit: string): string {
  return unit.startsWith('<') ? 'any' : unit;
}

export function namesOf(attributes: readonly AttributeSpec[]): string {
  return attributes.map(({ name }) => code(name)).join(', ');
}

export function code(text: string): string {
  return `\`${text}\``;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows.map((row) => row.map(cell))];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Line breaks and bars would end the cell. */
export function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|');
}
