import type { Attributes } from '../../../model/attributes.ts';
import { type GaugeSpec, metricOf, type SumSpec } from '../../../model/emits.ts';
import type { Metric, NumberPoint } from '../../../model/metric.ts';
import type { UnixTime } from '../../../model/time.ts';
import { StartedCounter } from '../started-counter.ts';
import type { Scope, ScopeFigures, Stat } from './document.ts';
import { FIGURES, type Figure } from './figures.ts';
import { WindowSums, windowMetrics } from './window-metrics.ts';

type FigureOf<K extends Figure['kind']> = Extract<Figure, { readonly kind: K }>;

/** Readings that a scope may be missing from before what is known of it is forgotten: idle clients come and go. */
const KEPT_READINGS = 30;

interface ScopeState {
  readonly attributes: Attributes;
  readonly counters: Map<string, StartedCounter>;
  readonly windows: Map<string, WindowSums>;
  lastReading: number;
}

type Add = (metric: GaugeSpec | SumSpec, point: NumberPoint) => void;

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
    const collected = new Map<GaugeSpec | SumSpec, NumberPoint[]>();
    const add: Add = (metric, point) => {
      const known = collected.get(metric);
      if (known) known.push(point);
      else collected.set(metric, [point]);
    };
    for (const { scope, figures } of scopes) {
      const state = this.#stateOf(scope);
      for (const [key, value] of figures) {
        const figure = FIGURES.get(key);
        if (!figure) continue;
        if (typeof value === 'object') {
          if (isNewWindow && figure.kind === 'histogram')
            this.#addWindow(state, key, figure, value, time, add);
        } else if (figure.kind !== 'histogram') {
          add(figure.metric, pointOf(state, key, figure, value, time, startTime));
        }
      }
    }
    this.#forget();
    return [...collected].map(([metric, points]) => metricOf(metric, points));
  }

  #addWindow(
    { attributes, windows }: ScopeState,
    key: string,
    figure: FigureOf<'histogram'>,
    stat: Stat,
    time: UnixTime,
    add: Add,
  ): void {
    let sums = windows.get(key);
    if (!sums) {
      sums = new WindowSums(this.#windowSeconds);
      windows.set(key, sums);
    }
    for (const { metric, point } of windowMetrics(figure, stat, attributes, sums, time)) add(metric, point);
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
  { kind, divisor }: FigureOf<'counter' | 'gauge'>,
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

function attributesOf(scope: Scope): Attributes {
  const attributes: Record<string, string> = {};
  for (const name of ['router', 'client', 'service', 'server'] as const) {
    const value = scope[name];
    if (value !== undefined) attributes[`lagpipe.linkerd.${name}`] = value;
  }
  return attributes;
}
