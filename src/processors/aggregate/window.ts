import type { ComponentContext } from '../../component.ts';
import type { Resource } from '../../model/attributes.ts';
import type { Batch, EventBatch, MetricBatch } from '../../model/batch.ts';
import type { Metric } from '../../model/metric.ts';
import type { UnixTime } from '../../model/time.ts';
import { Accumulation } from './accumulation.ts';
import type { Definition } from './definition.ts';

export interface WindowOptions {
  readonly definitions: readonly Definition[];
  readonly maxGroups: number;
  readonly keepsRecords: boolean;
  readonly keepsOtherEvents: boolean;
  readonly context: ComponentContext;
}

/**
 * What came in since the metrics were last sent on. Its points cover the time from the newest record of the interval
 * before to the newest of this one, by the records' own clock, so that a capture of last week gives metrics of last week.
 */
export class Window {
  readonly #options: WindowOptions;
  /** By the resource's attributes: what differs in these must not be added up. */
  #resources = new Map<
    string,
    { readonly resource: Resource; readonly metrics: Map<string, Accumulation> }
  >();
  #previousEnd: UnixTime | undefined;
  #first: UnixTime | undefined;
  #last: UnixTime | undefined;
  readonly #complained = new Set<string>();

  constructor(options: WindowOptions) {
    this.#options = options;
  }

  /** Takes a batch in and returns what goes on of it. */
  take(batch: Batch): readonly Batch[] {
    return batch.kind === 'events' ? this.#takeEvents(batch) : this.#takeMetrics(batch);
  }

  /** The metrics of the interval, one batch for each resource; begins a new one. */
  flush(): readonly Batch[] {
    const [first, last] = [this.#first, this.#last];
    if (first === undefined || last === undefined) return [];
    const start =
      this.#previousEnd === undefined || isAfter(this.#previousEnd, last) ? first : this.#previousEnd;
    const batches = Array.from(this.#resources.values(), ({ resource, metrics }) => {
      const made = [...metrics.values()].flatMap((metric) => metric.metric(start, last) ?? []);
      for (const metric of metrics.values()) this.#reportNegative(metric);
      return { kind: 'metrics' as const, resource, scope: this.#options.context.scope, metrics: made };
    }).filter(({ metrics }) => metrics.length > 0);
    for (const { metrics } of batches) {
      for (const { points } of metrics) this.#options.context.counters.created(points.length);
    }
    this.#resources = new Map();
    this.#previousEnd = last;
    this.#first = undefined;
    this.#last = undefined;
    return batches;
  }

  #takeEvents(batch: EventBatch): readonly Batch[] {
    const { definitions, keepsRecords, keepsOtherEvents, context } = this.#options;
    const concerned = definitions.filter(({ events }) => events.has(batch.name));
    if (concerned.length === 0) {
      if (keepsOtherEvents) return [batch];
      context.counters.dropped('not_aggregated', batch.length);
      return [];
    }
    for (const definition of concerned) this.#accumulation(batch.resource, definition).addEvents(batch);
    this.#cover(batch);
    if (keepsRecords) return [batch];
    context.counters.absorbed(batch.length);
    return [];
  }

  #takeMetrics(batch: MetricBatch): readonly Batch[] {
    const { definitions, keepsRecords, context } = this.#options;
    const kept = batch.metrics.filter((metric) => {
      const concerned = definitions.filter((definition) => definition.metric === metric.name);
      const isTaken = concerned.map((definition) => this.#takeMetric(batch.resource, metric, definition));
      if (!isTaken.includes(true) || keepsRecords) return true;
      context.counters.absorbed(metric.points.length);
      return false;
    });
    if (kept.length === batch.metrics.length) return [batch];
    return kept.length === 0 ? [] : [{ ...batch, metrics: kept }];
  }

  /** Whether the metric could be used for it. */
  #takeMetric(resource: Resource, metric: Metric, definition: Definition): boolean {
    const objection = objectionTo(metric, definition);
    if (objection !== undefined) {
      this.#complain(definition, objection);
      return false;
    }
    const accumulation = this.#accumulation(resource, definition, metric.unit);
    for (const point of metric.points) {
      if ('scale' in point) accumulation.addHistogram(point);
      else if ('value' in point) accumulation.addNumber(point);
      this.#coverTime(point.startTime ?? point.time);
      this.#coverTime(point.time);
    }
    return true;
  }

  #accumulation(resource: Resource, definition: Definition, inputUnit?: string): Accumulation {
    const key = JSON.stringify(resource.attributes);
    let known = this.#resources.get(key);
    if (known === undefined) {
      known = { resource, metrics: new Map() };
      this.#resources.set(key, known);
    }
    let accumulation = known.metrics.get(definition.name);
    if (accumulation === undefined) {
      accumulation = new Accumulation(definition, this.#options.maxGroups, inputUnit);
      known.metrics.set(definition.name, accumulation);
    }
    return accumulation;
  }

  #cover({ timeSeconds, timeNanoseconds, length }: EventBatch): void {
    if (length === 0) return;
    let first = 0;
    let last = 0;
    for (let row = 1; row < length; row++) {
      if (compare(timeSeconds, timeNanoseconds, row, first) < 0) first = row;
      else if (compare(timeSeconds, timeNanoseconds, row, last) > 0) last = row;
    }
    this.#coverTime([timeSeconds[first], timeNanoseconds[first]]);
    this.#coverTime([timeSeconds[last], timeNanoseconds[last]]);
  }

  #coverTime(time: UnixTime): void {
    if (this.#first === undefined || isAfter(this.#first, time)) this.#first = time;
    if (this.#last === undefined || isAfter(time, this.#last)) this.#last = time;
  }

  #reportNegative({ definition, negativeValues }: Accumulation): void {
    if (negativeValues > 0)
      this.#complain(definition, `a ${definition.kind} takes no negative values; they are left out`);
  }

  #complain(definition: Definition, detail: string): void {
    if (this.#complained.has(definition.name + detail)) return;
    this.#complained.add(definition.name + detail);
    this.#options.context.report({ part: definition.name, state: 'degraded', detail });
  }
}

/** Why a metric cannot be made from another. */
function objectionTo(metric: Metric, { kind }: Definition): string | undefined {
  if (metric.kind === 'histogram')
    return `${metric.name} is a histogram with bounds of its own, which are not added up`;
  if (metric.kind !== 'gauge' && metric.temporality === 'cumulative') {
    return `${metric.name} is cumulative: its points hold all since its start, so those of an interval are not added up`;
  }
  if (metric.kind === 'exponential_histogram' && kind !== 'histogram') {
    return `${metric.name} is a histogram, and only a histogram can be made of it, not a ${kind}`;
  }
  return undefined;
}

function compare(seconds: Float64Array, nanoseconds: Uint32Array, a: number, b: number): number {
  return seconds[a] - seconds[b] || nanoseconds[a] - nanoseconds[b];
}

function isAfter(a: UnixTime, b: UnixTime): boolean {
  return a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]);
}
