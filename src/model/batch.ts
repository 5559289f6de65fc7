import type { Attributes, AttributeValue, Resource, Scope } from './attributes.ts';
import { type Column, columnValue, type Event } from './event.ts';
import type { Metric } from './metric.ts';

/** What flows through a pipeline: many records of one resource at a time. Never changed once it was emitted. */
export type Batch = MetricBatch | EventBatch;

export interface MetricBatch {
  readonly kind: 'metrics';
  readonly resource: Resource;
  readonly scope: Scope;
  readonly metrics: readonly Metric[];
}

/** Events of one name, column by column; every array is at least `length` long and valid up to there. */
export interface EventBatch {
  readonly kind: 'events';
  readonly resource: Resource;
  readonly scope: Scope;
  /** The event's name, such as `tcp.connect`. */
  readonly name: string;
  /** OpenTelemetry's SeverityNumber: 9 is INFO, 13 WARN, 17 ERROR. */
  readonly severityNumber: number;
  readonly length: number;
  readonly timeSeconds: Float64Array;
  readonly timeNanoseconds: Uint32Array;
  readonly columns: ReadonlyMap<string, Column>;
}

/** How many records a batch holds: data points or events. Queues, limits and self-telemetry count in these. */
export function recordsIn(batch: Batch): number {
  if (batch.kind === 'events') return batch.length;
  let points = 0;
  for (const metric of batch.metrics) points += metric.points.length;
  return points;
}

/** The `index`-th event as an object, with only the attributes that it has. For sinks that write text. */
export function eventAt(batch: EventBatch, index: number): Event {
  const attributes: Record<string, AttributeValue> = {};
  for (const [name, column] of batch.columns) {
    const value = columnValue(column, index);
    if (value !== undefined) attributes[name] = value;
  }
  return { time: [batch.timeSeconds[index], batch.timeNanoseconds[index]], name: batch.name, attributes };
}

/**
 * Events given as objects, as a batch. For sources with few events and for tests; a source with many fills
 * columns itself. An attribute whose values are all numbers becomes a number column, any other text.
 */
export function eventBatchOf(
  head: Pick<EventBatch, 'resource' | 'scope' | 'name' | 'severityNumber'>,
  events: readonly { readonly time: Event['time']; readonly attributes: Attributes }[],
): EventBatch {
  const length = events.length;
  const timeSeconds = new Float64Array(length);
  const timeNanoseconds = new Uint32Array(length);
  const names = new Set<string>();
  events.forEach((event, index) => {
    timeSeconds[index] = event.time[0];
    timeNanoseconds[index] = event.time[1];
    for (const name of Object.keys(event.attributes)) names.add(name);
  });
  const columns = new Map<string, Column>();
  for (const name of names)
    columns.set(name, columnOf(events.map((event) => ownValue(event.attributes, name))));
  return { kind: 'events', ...head, length, timeSeconds, timeNanoseconds, columns };
}

/** Every object has a `toString`, which is no attribute. */
function ownValue(attributes: Attributes, name: string): AttributeValue | undefined {
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}

function columnOf(values: readonly (AttributeValue | undefined)[]): Column {
  if (values.every((value) => value === undefined || typeof value === 'number')) {
    return {
      kind: 'number',
      values: Float64Array.from(values, (value) => (value as number | undefined) ?? Number.NaN),
    };
  }
  const dictionary = [''];
  const codeOf = new Map<string, number>();
  const codes = Uint32Array.from(values, (value) => {
    if (value === undefined) return 0;
    const text = String(value);
    let code = codeOf.get(text);
    if (code === undefined) {
      code = dictionary.push(text) - 1;
      codeOf.set(text, code);
    }
    return code;
  });
  return { kind: 'text', codes, dictionary };
}
