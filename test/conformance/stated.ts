import type { Processor, Source } from '../../src/component.ts';
import type { Batch, EventBatch } from '../../src/model/batch.ts';
import type { AttributeSpec, MetricSpec } from '../../src/model/emits.ts';
import { columnValue } from '../../src/model/event.ts';
import type { Metric } from '../../src/model/metric.ts';

/** The kinds of attributes by JavaScript's types. */
const KINDS: Readonly<Record<string, string>> = { number: 'number', string: 'text', boolean: 'flag' };

/** What of a batch is not as it is stated; `met` gets the names of the rest. */
export function faultsOf(
  { emits }: Source | Processor,
  batch: Batch,
  met: Set<string> = new Set(),
): readonly string[] {
  if (batch.kind === 'metrics') {
    return batch.metrics.flatMap((metric) => metricFaults(metric, matching(emits.metrics, metric.name), met));
  }
  const spec = emits.events.find(({ name }) => name === batch.name);
  if (spec === undefined) return [`the event ${batch.name} is not stated`];
  met.add(spec.name);
  const wrongSeverity = spec.severityNumbers.includes(batch.severityNumber)
    ? []
    : [`${spec.name}: severity ${batch.severityNumber}`];
  return [...wrongSeverity, ...attributeFaults(spec.name, spec.attributes, valuesIn(batch), met)];
}

function metricFaults(metric: Metric, spec: MetricSpec | undefined, met: Set<string>): readonly string[] {
  if (spec === undefined) return [`the metric ${metric.name} is not stated`];
  met.add(spec.name);
  const differs = (field: string, said: unknown, is: unknown): string[] =>
    said === is ? [] : [`${metric.name}: ${field} is ${is}, stated is ${said}`];
  const faults = spec.unit === '<unit>' ? [] : differs('unit', spec.unit, metric.unit);
  if (spec.kind !== 'any') faults.push(...differs('kind', spec.kind, metric.kind));
  if ('temporality' in spec && 'temporality' in metric) {
    faults.push(...differs('temporality', spec.temporality, metric.temporality));
  }
  if (spec.kind === 'sum' && metric.kind === 'sum') {
    faults.push(...differs('monotonic', spec.monotonic, metric.monotonic));
  }
  const values = metric.points.flatMap(({ attributes }) => Object.entries(attributes));
  return [...faults, ...attributeFaults(spec.name, spec.attributes, values, met)];
}

function attributeFaults(
  of: string,
  specs: readonly AttributeSpec[],
  values: readonly (readonly [name: string, value: unknown])[],
  met: Set<string>,
): readonly string[] {
  return values.flatMap(([name, value]) => {
    const spec = matching(specs, name);
    if (spec === undefined) return [`${of}: the attribute ${name} is not stated`];
    met.add(spec.name).add(`${of} ${spec.name}`);
    const type = KINDS[typeof value];
    return type === spec.kind || spec.name.startsWith('<') ? [] : [`${of}: ${name} is a ${type}`];
  });
}

/** One value of each attribute that some event of the batch has. */
function valuesIn(batch: EventBatch): readonly (readonly [string, unknown])[] {
  return [...batch.columns].flatMap(([name, column]) => {
    const rows = Array.from({ length: batch.length }, (_, row) => columnValue(column, row));
    const value = rows.find((each) => each !== undefined);
    return value === undefined ? [] : [[name, value] as const];
  });
}

/** The name itself, or the closest of those with `<…>` in them. */
export function matching<Spec extends { readonly name: string }>(
  specs: readonly Spec[],
  name: string,
): Spec | undefined {
  const exact = specs.find((spec) => spec.name === name);
  if (exact !== undefined) return exact;
  const literal = (spec: Spec) => spec.name.replace(/<[^>]*>/g, '').length;
  return specs
    .filter((spec) => patternOf(spec.name)?.test(name))
    .toSorted((a, b) => literal(b) - literal(a))[0];
}

function patternOf(name: string): RegExp | undefined {
  if (!name.includes('<')) return undefined;
  const parts = name.split(/<[^>]*>/).map((part) => part.replace(/[.]/g, '\\.'));
  return new RegExp(`^${parts.join('.+')}$`);
}
