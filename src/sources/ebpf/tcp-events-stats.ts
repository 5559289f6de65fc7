import type { ComponentContext } from '../../component.ts';
import { u64At, unixTimeAt } from '../../loader/record-fields.ts';
import type { MetricBatch } from '../../model/batch.ts';
import type { Metric, NumberPoint } from '../../model/metric.ts';
import type { UnixTime } from '../../model/time.ts';

/** `struct tcp_events_stats` of bpf/tcp_events.h: seven 64-bit fields. */
export const EVENTS_STATS_BYTES = 56;
const AT = { end: 0, seen: 8, events: 16, suppressed: 24, ringFull: 32, missed: 40, unplaced: 48 };

const SUMS = [
  ['seen', AT.seen, 'Retransmits, resets and drops of the kinds that are wanted as events.'],
  ['events', AT.events, 'Those that were sent as an event.'],
  ['suppressed', AT.suppressed, 'Those beyond max_events_per_second.'],
] as const;

/** What should have been an event (`ring_full`) or counted (the other two), and was not. */
const LOSSES = [
  ['ring_full', AT.ringFull],
  ['missed', AT.missed],
  ['unplaced', AT.unplaced],
] as const;

/** `unplaced` is not among them: a filter may leave out what it cannot tell. */
const DROPPED = [LOSSES[0], LOSSES[1], ['suppressed', AT.suppressed]] as const;

type Interval = Pick<Required<NumberPoint>, 'startTime' | 'time'>;

/** The kernel's account of its events, so that they can be held against it: seen = events + suppressed + ring_full. */
export class TcpEventsStats {
  readonly #context: ComponentContext;
  /** Without events, only losses have something to say. */
  readonly #wantsEvents: boolean;
  #startTime: UnixTime = [0, 0];
  #first = true;

  constructor(context: ComponentContext, wantsEvents: boolean) {
    this.#context = context;
    this.#wantsEvents = wantsEvents;
  }

  started(time: UnixTime): void {
    this.#startTime = time;
    this.#first = true;
  }

  /** `payload` holds whole records, almost always one. */
  decode(payload: Uint8Array): readonly MetricBatch[] {
    const { resource, scope } = this.#context;
    const batches: MetricBatch[] = [];
    for (let at = 0; at < payload.length; at += EVENTS_STATS_BYTES) {
      const metrics = this.#metrics(
        new DataView(payload.buffer, payload.byteOffset + at, EVENTS_STATS_BYTES),
      );
      if (metrics.length > 0) batches.push({ kind: 'metrics', resource, scope, metrics });
    }
    return batches;
  }

  #metrics(record: DataView): readonly Metric[] {
    for (const [reason, at] of DROPPED) {
      const lost = u64At(record, at);
      if (lost > 0) this.#context.counters.dropped(reason, lost);
    }
    const interval = { startTime: this.#startTime, time: unixTimeAt(record, AT.end) };
    const metrics = [
      ...(this.#wantsEvents ? eventSums(record, interval) : []),
      ...lossSum(record, interval, this.#first),
    ];
    this.#startTime = interval.time;
    this.#first = false;
    return metrics;
  }
}

function eventSums(record: DataView, interval: Interval): readonly Metric[] {
  return SUMS.map(([name, at, description]) =>
    sum(name, description, [{ ...interval, attributes: {}, value: u64At(record, at) }]),
  );
}

/** Losses are sent when there are some, and once at the start, so that the series exist. */
function lossSum(record: DataView, interval: Interval, first: boolean): readonly Metric[] {
  const points = LOSSES.map(([reason, at]) => {
    return { ...interval, attributes: { 'lagpipe.tcp.loss_reason': reason }, value: u64At(record, at) };
  }).filter((point) => first || point.value > 0);
  const description = 'Retransmits, resets and drops without an event or a count, by reason.';
  return points.length === 0 ? [] : [sum('lost', description, points)];
}

function sum(name: string, description: string, points: readonly NumberPoint[]): Metric {
  return {
    kind: 'sum',
    name: `lagpipe.tcp_events.${name}`,
    unit: '{event}',
    description,
    temporality: 'delta',
    monotonic: true,
    points,
  };
}
