import type { ComponentContext } from '../../component.ts';
import { u64At, unixTimeAt } from '../../loader/record-fields.ts';
import type { MetricBatch } from '../../model/batch.ts';
import type { Metric, NumberPoint } from '../../model/metric.ts';
import type { UnixTime } from '../../model/time.ts';

/** `struct tcp_connect_stats` of bpf/tcp_connect.h: eight 64-bit fields. */
export const CONNECT_STATS_BYTES = 64;
const AT = {
  end: 0,
  attempts: 8,
  records: 16,
  belowMinimum: 24,
  ringFull: 32,
  mapFull: 40,
  missed: 48,
  inFlight: 56,
};

/** Attempts that ended without an event and should have had one. */
const LOSSES = [
  ['ring_full', AT.ringFull],
  ['map_full', AT.mapFull],
  ['missed', AT.missed],
] as const;

/** The kernel's count of connect attempts, so that events and losses can be held against it. */
export class ConnectStats {
  readonly #context: ComponentContext;
  #startTime: UnixTime = [0, 0];
  #inFlight = 0;
  #first = true;

  constructor(context: ComponentContext) {
    this.#context = context;
  }

  /** Attempts that the loader before this one knew to be in flight get no event any more. */
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
    for (let at = 0; at < payload.length; at += CONNECT_STATS_BYTES) {
      const record = new DataView(payload.buffer, payload.byteOffset + at, CONNECT_STATS_BYTES);
      batches.push({ kind: 'metrics', resource, scope, metrics: this.#metrics(record) });
    }
    return batches;
  }

  #metrics(record: DataView): readonly Metric[] {
    for (const [reason, at] of LOSSES) {
      const lost = u64At(record, at);
      if (lost > 0) this.#context.counters.dropped(reason, lost);
    }
    this.#inFlight = u64At(record, AT.inFlight);
    const interval = { startTime: this.#startTime, time: unixTimeAt(record, AT.end) };
    const metrics = [...sums(record, interval, this.#first), inFlight(this.#inFlight, interval.time)];
    this.#startTime = interval.time;
    this.#first = false;
    return metrics;
  }
}

type Interval = Pick<Required<NumberPoint>, 'startTime' | 'time'>;

/** Losses are sent when there are some, and once at the start, so that the series exist. */
function sums(record: DataView, interval: Interval, first: boolean): Metric[] {
  const total = (name: string, description: string, at: number): Metric =>
    sum(name, description, [{ ...interval, attributes: {}, value: u64At(record, at) }]);
  const lost = LOSSES.map(([reason, at]) => {
    return { ...interval, attributes: { 'lagpipe.tcp.loss_reason': reason }, value: u64At(record, at) };
  }).filter((point) => first || point.value > 0);
  return [
    total('lagpipe.tcp.connect.attempts', 'TCP connect attempts that began.', AT.attempts),
    total(
      'lagpipe.tcp.connect.events',
      'TCP connect attempts that ended and were sent as an event.',
      AT.records,
    ),
    total(
      'lagpipe.tcp.connect.below_minimum',
      'TCP connect attempts quicker than min_latency.',
      AT.belowMinimum,
    ),
    ...(lost.length === 0
      ? []
      : [sum('lagpipe.tcp.connect.lost', 'TCP connect attempts without an event, by reason.', lost)]),
  ];
}

function sum(name: string, description: string, points: readonly NumberPoint[]): Metric {
  return { kind: 'sum', name, unit: '{attempt}', description, temporality: 'delta', monotonic: true, points };
}

function inFlight(value: number, time: UnixTime): Metric {
  return {
    kind: 'gauge',
    name: 'lagpipe.tcp.connect.in_flight',
    unit: '{attempt}',
    description: 'TCP connect attempts that have begun and not ended.',
    points: [{ time, attributes: {}, value }],
  };
}
