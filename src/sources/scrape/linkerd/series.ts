import type { Attributes } from '../../../model/attributes.ts';
import type { Metric, NumberPoint } from '../../../model/metric.ts';
import { gaugeOf, type MetricName, sumOf } from '../../../model/metric-of.ts';
import type { UnixTime } from '../../../model/time.ts';
import { StartedCounter } from '../started-counter.ts';
import type { Scope, ScopeFigures, Stat } from './document.ts';
import { FIGURES, type Figure } from './figures.ts';
import { WindowSums, windowMetrics } from './window-metrics.ts';

/** Readings that a scope may be missing from before what is known of it is forgotten: idle clients come and go. */
const KEPT_READINGS = 30;

interface ScopeState {
  readonly attributes: Attributes;
  readonly counters: Map<string, StartedCounter>;
  readonly windows: Map<string, WindowSums>;
  lastReading: number;
}

/** What a metric is called, and its points so far. */
interface Collected {
  readonly metric: MetricName;
  readonly isSum: boolean;
  readonly points: NumberPoint[];
}

/** The state of all counters between readings, and the metrics of one reading. */
export class LinkerdSeries {
  readonly #windowSeconds: number;
  readonly #states = new Map<string, ScopeState>();
  #reading = 0;

  constructor(windowSeconds: number) {
    this.#windowSeconds = windowSeconds;
  }

  metrics(
    scopes: readonly ScopeFigures[],
    time: UnixTime,
    startTime: UnixTime | undefined,
    isNewWindow: boolean,
  ): readonly Metric[] {
    this.#reading++;
    const collected = new Map<string, Collected>();
    const add = (metric: MetricName, isSum: boolean, point: NumberPoint): void => {
      const known = collected.get(metric.name);
      if (known) known.points.push(point);
      else collected.set(metric.name, { metric, isSum, points: [point] });
    };
    for (const { scope, figures } of scopes) {
      const state = this.#stateOf(scope);
      for (const [key, value] of figures) {
        const figure = FIGURES.get(key);
        if (!figure) continue;
        if (typeof value === 'object') {
          if (isNewWindow) this.#addWindow(state, key, figure, value, time, add);
        } else {
          add(nameOf(figure), figure.kind === 'counter', pointOf(state, key, figure, value, time, startTime));
        }
      }
    }
    this.#forget();
    return [...collected.values()].map(({ metric, isSum, points }) =>
      isSum ? sumOf(metric, points) : gaugeOf(metric, points),
    );
  }

  #addWindow(
    { attributes, windows }: ScopeState,
    key: string,
    figure: Figure,
    stat: Stat,
    time: UnixTime,
    add: (metric: MetricName, isSum: boolean, point: NumberPoint) => void,
  ): void {
    let sums = windows.get(key);
    if (!sums) {
      sums = new WindowSums(this.#windowSeconds);
      windows.set(key, sums);
    }
    for (const { metric, isSum, point } of windowMetrics(figure, stat, attributes, sums, time)) {
      add(metric, isSum, point);
    }
  }

  #stateOf(scope: Scope): ScopeState {
    const key = JSON.stringify([scope.router, scope.client, scope.service, scope.server]);
    let state = this.#states.get(key);
    if (!state) {
      state = {
        attributes: attributesOf(scope),
        counters: new Map(),
        windows: new Map(),
        lastReading: 0,
      };
      this.#states.set(key, state);
    }
    state.lastReading = this.#reading;
    return state;
  }

  #forget(): void {
    for (const [key, { lastReading }] of this.#states) {
      if (this.#reading - lastReading > KEPT_READINGS) this.#states.delete(key);
    }
  }
}

function pointOf(
  { attributes, counters }: ScopeState,
  key: string,
  { kind, divisor }: Figure,
  value: number,
  time: UnixTime,
  startTime: UnixTime | undefined,
): NumberPoint {
  if (kind === 'gauge') return { attributes, time, value: value / divisor };
  let counter = counters.get(key);
  if (!counter) {
    counter = new StartedCounter(attributes);
    counters.set(key, counter);
  }
  return counter.point(value, time, startTime, divisor);
}

function nameOf({ name, unit, description }: Figure): MetricName {
  return { name: `lagpipe.linkerd.${name}`, unit, description };
}

function attributesOf(scope: Scope): Attributes {
  const attributes: Record<string, string> = {};
  for (const name of ['router', 'client', 'service', 'server'] as const) {
    const value = scope[name];
    if (value !== undefined) attributes[`lagpipe.linkerd.${name}`] = value;
  }
  return attributes;
}
