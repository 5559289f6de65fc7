import type { Attributes } from '../../../model/attributes.ts';
import type { MetricBatch } from '../../../model/batch.ts';
import type { Metric } from '../../../model/metric.ts';
import { LONGEST_KEPT_SECONDS } from '../figures.ts';
import { type AnyHistogramPoint, HistogramSeries } from './histogram-series.ts';
import { NumberSeries } from './number-series.ts';

/** One series: its attributes and what it did over the window. */
export type Series = NumberEntry | HistogramEntry;

export interface NumberEntry {
  readonly kind: 'number';
  readonly attributes: Attributes;
  readonly data: NumberSeries;
}

export interface HistogramEntry {
  readonly kind: 'histogram';
  readonly attributes: Attributes;
  readonly data: HistogramSeries;
}

/**
 * The figures of one thing that has a network of its own: this host, a network namespace on it, or another host that
 * was scraped. A rule looks at one target at a time, so that one host's drops never explain another one's loss.
 */
export interface Target {
  readonly key: string;
  /** What tells it from the others; empty for the host that the agent runs on. */
  readonly subject: Attributes;
  readonly metrics: Map<string, Map<string, Series>>;
  /** The host of a network namespace, which has the figures that a namespace does not have (CPUs, interrupts). */
  readonly host: Target | undefined;
}

export interface StoreOptions {
  readonly windowSeconds: number;
  readonly maxSeries: number;
  /** Only these are kept. */
  readonly metrics: ReadonlySet<string>;
  /** The agent's own network namespace, whose figures are the host's; `undefined` when it is not known. */
  readonly ownNetns?: number;
  /** Figures of other namespaces are left out. */
  readonly onlyOwnNetns: boolean;
}

/** Attributes that say which namespace a figure is from, in the order in which they name it. */
const NETNS_ATTRIBUTES = ['lagpipe.netns.name', 'lagpipe.netns.inode'] as const;

/** Resource attributes that tell one scraped target from another. */
const TARGET_ATTRIBUTES = ['service.instance.id', 'server.address', 'server.port'] as const;

/** Every figure that a rule may look at, over the window. Bounded by `maxSeries`. */
export class FigureStore {
  readonly targets = new Map<string, Target>();
  /** Points of series that found no room. */
  refusedPoints = 0;
  /** The newest time of any point, in Unix seconds: the end of the window. */
  newestSeconds = Number.NEGATIVE_INFINITY;
  readonly #options: StoreOptions;
  readonly #resourceKeys = new WeakMap<Attributes, string>();
  readonly #seriesKeys = new WeakMap<Attributes, string>();
  #count = 0;

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#count;
  }

  take({ resource, metrics }: MetricBatch): void {
    for (const metric of metrics) {
      if (!this.#options.metrics.has(metric.name)) continue;
      for (const point of metric.points) {
        const target = this.target(resource.attributes, point.attributes);
        if (target !== undefined) this.#add(target, metric, point);
      }
    }
  }

  /** Counts something that a batch of events told: a delta of the time between two evaluations. */
  count(
    target: Target,
    metric: string,
    attributes: Attributes,
    value: number,
    from: number,
    to: number,
  ): void {
    const entry = this.#entry(target, metric, attributes, 'number');
    if (entry?.kind !== 'number') return;
    entry.data.addDelta(value, from, to);
    this.newestSeconds = Math.max(this.newestSeconds, to);
  }

  /** Whose figure it is; `undefined` when it is of a namespace that is left out. */
  target(resource: Attributes, point: Attributes): Target | undefined {
    const base = this.#hostOf(resource);
    const netns = this.#netnsOf(resource, point);
    if (netns === undefined) return base;
    if (this.#options.onlyOwnNetns) return undefined;
    const key = `${base.key} netns ${netns}`;
    return this.#targetNamed(key, { ...base.subject, 'lagpipe.netns': netns }, base);
  }

  /** Forgets what has had no reading for so long that no rule asks for it any more. */
  prune(nowSeconds: number): void {
    const oldest = nowSeconds - Math.max(this.#options.windowSeconds, LONGEST_KEPT_SECONDS);
    for (const [key, target] of this.targets) {
      for (const [name, entries] of target.metrics) {
        for (const [seriesKey, { data }] of entries) {
          if (data.newestSeconds >= oldest) continue;
          entries.delete(seriesKey);
          this.#count--;
        }
        if (entries.size === 0) target.metrics.delete(name);
      }
      if (target.metrics.size === 0 && target.host !== undefined) this.targets.delete(key);
    }
  }

  #add(target: Target, metric: Metric, point: Metric['points'][number]): void {
    const isHistogram = metric.kind === 'histogram' || metric.kind === 'exponential_histogram';
    const entry = this.#entry(target, metric.name, point.attributes, isHistogram ? 'histogram' : 'number');
    if (entry === undefined) return;
    const seconds = point.time[0] + point.time[1] / 1e9;
    if (seconds > this.newestSeconds) this.newestSeconds = seconds;
    if (entry.kind === 'histogram') {
      if (isHistogram) entry.data.add(point as AnyHistogramPoint, metric.temporality);
    } else if (metric.kind === 'sum' && metric.temporality === 'delta') {
      const start = point.startTime ?? point.time;
      entry.data.addDelta((point as { value: number }).value, start[0] + start[1] / 1e9, seconds);
    } else if ('value' in point) {
      entry.data.addCumulative(point.value, seconds);
    }
  }

  #entry(target: Target, metric: string, attributes: Attributes, kind: Series['kind']): Series | undefined {
    let entries = target.metrics.get(metric);
    if (entries === undefined) {
      entries = new Map();
      target.metrics.set(metric, entries);
    }
    const key = this.#keyOf(attributes);
    let entry = entries.get(key);
    if (entry === undefined) {
      if (this.#count >= this.#options.maxSeries) {
        this.refusedPoints++;
        return undefined;
      }
      const { windowSeconds } = this.#options;
      entry =
        kind === 'number'
          ? { kind, attributes, data: new NumberSeries(windowSeconds) }
          : { kind, attributes, data: new HistogramSeries(windowSeconds) };
      entries.set(key, entry);
      this.#count++;
    }
    return entry;
  }

  #hostOf(resource: Attributes): Target {
    let key = this.#resourceKeys.get(resource);
    if (key === undefined) {
      const named = [resource['host.name'], ...TARGET_ATTRIBUTES.map((name) => resource[name])];
      key = named.map((value) => value ?? '').join(' ');
      this.#resourceKeys.set(resource, key);
    }
    const instance = resource['service.instance.id'] ?? resource['server.address'];
    return this.#targetNamed(
      key,
      instance === undefined ? {} : { 'service.instance.id': instance },
      undefined,
    );
  }

  #targetNamed(key: string, subject: Attributes, host: Target | undefined): Target {
    let target = this.targets.get(key);
    if (target === undefined) {
      target = { key, subject, host, metrics: new Map() };
      this.targets.set(key, target);
    }
    return target;
  }

  #netnsOf(resource: Attributes, point: Attributes): string | undefined {
    if (point['lagpipe.netns.inode'] === this.#options.ownNetns && this.#options.ownNetns !== undefined)
      return undefined;
    for (const name of NETNS_ATTRIBUTES) {
      const value = point[name] ?? resource[name];
      if (value !== undefined) return String(value);
    }
    return undefined;
  }

  /** Sources mostly hand out the same attributes object for a series each time, so its key is made once. */
  #keyOf(attributes: Attributes): string {
    let key = this.#seriesKeys.get(attributes);
    if (key === undefined) {
      key = Object.entries(attributes).join('\n');
      this.#seriesKeys.set(attributes, key);
    }
    return key;
  }
}
