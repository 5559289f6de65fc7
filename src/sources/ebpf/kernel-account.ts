import type { ComponentContext } from '../../component.ts';
import { u64At, unixTimeAt } from '../../loader/record-fields.ts';
import type { MetricBatch } from '../../model/batch.ts';
import type { Metric, NumberPoint } from '../../model/metric.ts';
import type { UnixTime } from '../../model/time.ts';

/** Where a count lies in the record, by its name or reason. All fields have 64 bits; the first is the time. */
type Field = readonly [name: string, at: number];

/** What a program's statistics record (`struct …_stats` below bpf/) says, and under which names it is sent. */
export interface AccountLayout {
  readonly bytes: number;
  /** Of all metrics: `lagpipe.tcp.connect`. */
  readonly prefix: string;
  readonly unit: string;
  readonly sums: readonly (readonly [...Field, description: string])[];
  /** What should have been an event or a count and was not, as the metric `lost`. */
  readonly losses: readonly Field[];
  readonly lossDescription: string;
  /** What the source counts as dropped, by reason. */
  readonly dropped: readonly Field[];
  /** What has begun and not ended. */
  readonly inFlight?: { readonly at: number; readonly description: string };
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
    const metrics = sums.map(([name, at, description]) =>
      this.#sum(name, description, [{ ...interval, attributes: {}, value: u64At(record, at) }]),
    );
    metrics.push(...this.#lost(record, interval));
    if (inFlight !== undefined) {
      this.#inFlight = u64At(record, inFlight.at);
      metrics.push(this.#gauge('in_flight', inFlight.description, this.#inFlight, interval.time));
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
    return points.length === 0 ? [] : [this.#sum('lost', this.#layout.lossDescription, points)];
  }

  #sum(name: string, description: string, points: readonly NumberPoint[]): Metric {
    return { kind: 'sum', ...this.#named(name), description, temporality: 'delta', monotonic: true, points };
  }

  #gauge(name: string, description: string, value: number, time: UnixTime): Metric {
    return {
      kind: 'gauge',
      ...this.#named(name),
      description,
      points: [{ time, attributes: {}, value }],
    };
  }

  #named(name: string): { readonly name: string; readonly unit: string } {
    return { name: `${this.#layout.prefix}.${name}`, unit: this.#layout.unit };
  }
}
