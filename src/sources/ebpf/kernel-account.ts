import type { ComponentContext } from '../../component.ts';
import { u64At, unixTimeAt } from '../../loader/record-fields.ts';
import type { MetricBatch } from '../../model/batch.ts';
import {
  deltaCounter,
  type GaugeSpec,
  gauge,
  type MetricSpec,
  metricOf,
  type SumSpec,
  text,
} from '../../model/emits.ts';
import type { Metric, NumberPoint } from '../../model/metric.ts';
import type { UnixTime } from '../../model/time.ts';

/** Where a count lies in the record, by its name or reason. All fields have 64 bits; the first is the time. */
type Field = readonly [name: string, at: number];

/** What a program's statistics record (`struct …_stats` below bpf/) says, and as which metrics it is sent. */
export interface AccountLayout {
  readonly bytes: number;
  readonly sums: readonly { readonly metric: SumSpec; readonly at: number }[];
  /** What should have been an event or a count and was not. */
  readonly lost: SumSpec;
  readonly losses: readonly Field[];
  /** What the source counts as dropped, by reason. */
  readonly dropped: readonly Field[];
  /** What has begun and not ended. */
  readonly inFlight?: { readonly metric: GaugeSpec; readonly at: number };
}

/** Makes the parts of a layout whose metrics are all called `<prefix>.<name>` and have one unit. */
export function accountOf(prefix: string, unit: string) {
  return {
    sum: (name: string, at: number, description: string) => ({
      metric: deltaCounter({ name: `${prefix}.${name}`, unit, description }),
      at,
    }),
    lost: (losses: readonly Field[], description: string) => {
      const reasons = losses.map(([reason]) => `\`${reason}\``).join(', ');
      const attributes = [text('lagpipe.tcp.loss_reason', `why: ${reasons}`)];
      return deltaCounter({ name: `${prefix}.lost`, unit, description, attributes });
    },
    inFlight: (at: number, description: string) => ({
      metric: gauge({ name: `${prefix}.in_flight`, unit, description }),
      at,
    }),
  };
}

export function metricsOfAccount({ sums, lost, inFlight }: AccountLayout): readonly MetricSpec[] {
  return [...sums.map(({ metric }) => metric), lost, ...(inFlight === undefined ? [] : [inFlight.metric])];
}

type Interval = Pick<Required<NumberPoint>, 'startTime' | 'time'>;

/** The kernel's own account of what it saw, so that events and losses can be held against it. */
export class KernelAccount {
  readonly #context: ComponentContext;
  readonly #layout: AccountLayout;
  #startTime: UnixTime = [0, 0];
  #inFlight = 0;
  #first = true;

  constructor(context: ComponentContext, layout: AccountLayout) {
    this.#context = context;
    this.#layout = layout;
  }

  /** What the loader before this one knew to be in flight gets no event any more. */
  started(time: UnixTime): void {
    if (this.#inFlight > 0) this.#context.counters.dropped('loader_died', this.#inFlight);
    this.#inFlight = 0;
    this.#startTime = time;
    this.#first = true;
  }

  /** `payload` holds whole records, almost always one. */
  decode(payload: Uint8Array): readonly MetricBatch[] {
    const { resource, scope } = this.#context;
    const { bytes } = this.#layout;
    const batches: MetricBatch[] = [];
    for (let at = 0; at < payload.length; at += bytes) {
      const metrics = this.#metrics(new DataView(payload.buffer, payload.byteOffset + at, bytes));
      if (metrics.length > 0) batches.push({ kind: 'metrics', resource, scope, metrics });
    }
    return batches;
  }

  #metrics(record: DataView): readonly Metric[] {
    const { sums, inFlight } = this.#layout;
    for (const [reason, at] of this.#layout.dropped) {
      const lost = u64At(record, at);
      if (lost > 0) this.#context.counters.dropped(reason, lost);
    }
    const interval = { startTime: this.#startTime, time: unixTimeAt(record, 0) };
    const metrics = sums.map(({ metric, at }) =>
      metricOf(metric, [{ ...interval, attributes: {}, value: u64At(record, at) }]),
    );
    metrics.push(...this.#lost(record, interval));
    if (inFlight !== undefined) {
      this.#inFlight = u64At(record, inFlight.at);
      metrics.push(
        metricOf(inFlight.metric, [{ time: interval.time, attributes: {}, value: this.#inFlight }]),
      );
    }
    this.#startTime = interval.time;
    this.#first = false;
    return metrics;
  }

  /** Losses are sent when there are some, and once at the start, so that the series exist. */
  #lost(record: DataView, interval: Interval): readonly Metric[] {
    const points = this.#layout.losses
      .map(([reason, at]) => {
        return { ...interval, attributes: { 'lagpipe.tcp.loss_reason': reason }, value: u64At(record, at) };
      })
      .filter((point) => this.#first || point.value > 0);
    return points.length === 0 ? [] : [metricOf(this.#layout.lost, points)];
  }
}
