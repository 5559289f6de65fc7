import type { Processor, Source } from '../src/component.ts';
import type { AttributeSpec, EventSpec, MetricSpec } from '../src/model/emits.ts';

const INTRODUCTION = `Units are UCUM; \`<…>\` stands for what only the measured thing or the config can tell. The table of
[all names](../telemetry.md) says of each whether it is one of OpenTelemetry's.`;

/** `## What it sends` of a component's page: all that it states, but for attributes that its description has in a table. */
export function sentSection({ emits, description }: Source | Processor): string {
  const { metrics, events, resource = [] } = emits;
  const untold = (attributes: readonly AttributeSpec[]): string[] => {
    const once = [...new Map(attributes.map((spec) => [spec.name, spec])).values()];
    const rest = once.filter(({ name }) => !description.includes(`| \`${name}\` |`));
    return rest.length === 0 ? [] : [attributeTable(rest)];
  };
  if (metrics.length + events.length === 0) return '## What it sends\n\nNothing of its own.';
  const ofPoints = metrics.flatMap((spec) => spec.attributes);
  return [
    '## What it sends',
    INTRODUCTION,
    ...events.flatMap((event) => [
      `### Event ${code(event.name)}`,
      `${event.description} Severity: ${severityText(event)}.`,
      ...untold(event.attributes),
    ]),
    ...(metrics.length === 0 ? [] : ['### Metrics', metricTable(metrics), ...untold(ofPoints)]),
    ...(resource.length === 0 ? [] : ['### Of the resource', ...untold(resource)]),
  ].join('\n\n');
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

/** Of OpenTelemetry's SeverityNumber: `INFO`, or several. */
export function severityText({ severityNumbers }: EventSpec): string {
  const names = severityNumbers.map((number) => {
    const step = (number - 1) % 4;
    return `${SEVERITIES[Math.floor((number - 1) / 4)]}${step === 0 ? '' : step + 1}`;
  });
  return names.join(', ');
}

const SEVERITIES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

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
