import type { ComponentContext } from '../../component.ts';
import { u64At, unixTimeAt } from '../../loader/record-fields.ts';
import type { MetricBatch } from '../../model/batch.ts';
import type { Metric, NumberPoint } from '../../model/metric.ts';
import type { UnixTime } from '../../model/time.ts';

/** `struct tcp_life_stats` of bpf/tcp_life.h: twelve 64-bit fields. */
export const LIFE_STATS_BYTES = 96;
const AT = {
  end: 0,
  opened: 8,
  closed: 16,
  belowMinimum: 24,
  ringFull: 32,
  mapFull: 40,
  unseenEnd: 48,
  missed: 56,
  inFlight: 64,
  reports: 72,
  reportsLost: 80,
  acceptsUnseen: 88,
};

/** Connections that should have had an event and got none. */
const LOSSES = [
  ['ring_full', AT.ringFull],
  ['map_full', AT.mapFull],
  ['unseen_end', AT.unseenEnd],
  ['missed', AT.missed],
] as const;

const SUMS = [
  ['opened', 'TCP connections that were established.', AT.opened],
  ['events', 'TCP connections that were closed and sent as an event.', AT.closed],
  ['below_minimum', 'TCP connections that were open for less than min_duration.', AT.belowMinimum],
  ['reports', 'Events about connections that were still open.', AT.reports],
  [
    'accepts_unseen',
    'Accepted TCP connections of which the moment of accept() is not known.',
    AT.acceptsUnseen,
  ],
] as const;

/** The kernel's count of connections, so that events and losses can be held against it. */
export class LifeStats {
  readonly #context: ComponentContext;
  #startTime: UnixTime = [0, 0];
  #inFlight = 0;
  #first = true;

  constructor(context: ComponentContext) {
    this.#context = context;
  }

  /** Connections that the loader before this one knew to be open get no event any more. */
  started(time: UnixTime): void {
    if (this.#inFlight > 0) this.#context.counters.dropped('loader_died', this.#inFlight);
    this.#inFlight = 0;
    this.#startTime = time;
    this.#first = true;
  }

  /** `payload` holds whole records, almost always one. */
  decode(payload: Uint8Array): readonly MetricBatch[] {
    const { resource, scope } = this.#context;
    const batches: MetricBatch[] = [];
    for (let at = 0; at < payload.length; at += LIFE_STATS_BYTES) {
      const record = new DataView(payload.buffer, payload.byteOffset + at, LIFE_STATS_BYTES);
      batches.push({ kind: 'metrics', resource, scope, metrics: this.#metrics(record) });
    }
    return batches;
  }

  #metrics(record: DataView): readonly Metric[] {
    this.#countLosses(record);
    this.#inFlight = u64At(record, AT.inFlight);
    const interval = { startTime: this.#startTime, time: unixTimeAt(record, AT.end) };
    const metrics = [...sums(record, interval, this.#first), inFlight(this.#inFlight, interval.time)];
    this.#startTime = interval.time;
    this.#first = false;
    return metrics;
  }

  #countLosses(record: DataView): void {
    for (const [reason, at] of [...LOSSES, ['report_ring_full', AT.reportsLost] as const]) {
      const lost = u64At(record, at);
      if (lost > 0) this.#context.counters.dropped(reason, lost);
    }
  }
}

type Interval = Pick<Required<NumberPoint>, 'startTime' | 'time'>;

/** Losses are sent when there are some, and once at the start, so that the series exist. */
function sums(record: DataView, interval: Interval, first: boolean): Metric[] {
  const metrics = SUMS.map(([name, description, at]) =>
    sum(name, description, [{ ...interval, attributes: {}, value: u64At(record, at) }]),
  );
  const lost = LOSSES.map(([reason, at]) => {
    return { ...interval, attributes: { 'lagpipe.tcp.loss_reason': reason }, value: u64At(record, at) };
  }).filter((point) => first || point.value > 0);
  if (lost.length > 0) metrics.push(sum('lost', 'TCP connections without an event, by reason.', lost));
  return metrics;
}

function sum(name: string, description: string, points: readonly NumberPoint[]): Metric {
  return {
    kind: 'sum',
    name: `lagpipe.tcp.connection.${name}`,
    unit: '{connection}',
    description,
    temporality: 'delta',
    monotonic: true,
    points,
  };
}

function inFlight(value: number, time: UnixTime): Metric {
  return {
    kind: 'gauge',
    name: 'lagpipe.tcp.connection.in_flight',
    unit: '{connection}',
    description: 'TCP connections that are open, of those whose opening was seen.',
    points: [{ time, attributes: {}, value }],
  };
}
