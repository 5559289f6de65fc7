import type { Attributes, AttributeValue } from '../../model/attributes.ts';
import { type Batch, type EventBatch, eventAt, type MetricBatch } from '../../model/batch.ts';
import { columnValue } from '../../model/event.ts';
import { quantilesOf } from '../../model/histogram-quantile.ts';
import { mergeHistograms } from '../../model/merge-histogram.ts';
import type { ExponentialHistogramPoint, Metric, SumMetric } from '../../model/metric.ts';

/** Quantiles in seconds. */
export interface Distribution {
  readonly name: string;
  readonly attributes: Attributes;
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export interface MovedCounter {
  readonly name: string;
  readonly unit: string;
  readonly attributes: Attributes;
  readonly increase: number;
}

/** What was measured, in short: latency by stage, response times, connections, counters that moved. */
export interface Picture {
  readonly stages: readonly Distribution[];
  readonly responses: readonly Distribution[];
  readonly connects: Readonly<Record<string, number>>;
  readonly closed: Readonly<Record<string, number>>;
  readonly counters: readonly MovedCounter[];
}

/** Histograms that the picture shows, and the attribute that names each. */
const STAGE_LATENCY = 'lagpipe.stack.latency';
const RESPONSES = ['lagpipe.tcp.response.duration', 'lagpipe.tcp.accept_queue.wait'];

/** Counters about the network; what CPUs and interrupts did is the rules' business. */
const SHOWN_COUNTERS =
  /^(lagpipe\.(netstat|softnet|netdev|conntrack|nic\.statistic|tcp\.(retransmits|resets)|packet\.drops)|system\.network\.)/;

const MOST_SERIES = 5000;

interface CounterState {
  readonly metric: SumMetric;
  readonly attributes: Attributes;
  last: number;
  increase: number;
}

/** Takes every batch in and keeps what the picture needs of it. */
export class PictureTaker {
  readonly #histograms = new Map<string, { readonly name: string; point: ExponentialHistogramPoint }>();
  readonly #counters = new Map<string, CounterState>();
  readonly #connects = new Map<string, number>();
  readonly #closed = new Map<string, number>();

  take(batch: Batch): void {
    if (batch.kind === 'events') this.#takeEvents(batch);
    else this.#takeMetrics(batch);
  }

  picture(): Picture {
    const distributions = [...this.#histograms.values()].map(distributionOf);
    return {
      stages: distributions.filter(({ name }) => name === STAGE_LATENCY),
      responses: distributions.filter(({ name, count }) => name !== STAGE_LATENCY && count > 0),
      connects: Object.fromEntries(this.#connects),
      closed: Object.fromEntries(this.#closed),
      counters: [...this.#counters.values()]
        .filter(({ increase }) => increase > 0)
        .map(({ metric: { name, unit }, attributes, increase }) => ({ name, unit, attributes, increase })),
    };
  }

  #takeEvents(batch: EventBatch): void {
    if (batch.name === 'tcp.connect') countBy(batch, 'lagpipe.tcp.outcome', this.#connects);
    if (batch.name !== 'tcp.connection') return;
    for (let index = 0; index < batch.length; index++) {
      const { attributes } = eventAt(batch, index);
      if (attributes['lagpipe.tcp.connection.state'] === 'open') continue;
      const key = `${attributes['lagpipe.tcp.role']} end, closed by ${attributes['lagpipe.tcp.closed_by'] ?? 'nobody'}`;
      this.#closed.set(key, (this.#closed.get(key) ?? 0) + 1);
    }
  }

  #takeMetrics({ resource, metrics }: MetricBatch): void {
    const of = targetOf(resource.attributes);
    for (const metric of metrics) {
      if (metric.kind === 'exponential_histogram') this.#takeHistogram(metric);
      else if (metric.kind === 'sum' && metric.monotonic && SHOWN_COUNTERS.test(metric.name)) {
        this.#takeCounter(metric, of);
      }
    }
  }

  #takeHistogram(metric: Extract<Metric, { kind: 'exponential_histogram' }>): void {
    if (metric.name !== STAGE_LATENCY && !RESPONSES.includes(metric.name)) return;
    for (const point of metric.points) {
      const key = keyOf(metric.name, point.attributes);
      const known = this.#histograms.get(key);
      if (known !== undefined) known.point = mergeHistograms(known.point, point);
      else if (this.#histograms.size < MOST_SERIES) this.#histograms.set(key, { name: metric.name, point });
    }
  }

  #takeCounter(metric: SumMetric, of: Attributes): void {
    for (const { attributes: own, value } of metric.points) {
      const attributes = { ...of, ...own };
      const key = keyOf(metric.name, attributes);
      const isDelta = metric.temporality === 'delta';
      const known = this.#counters.get(key);
      if (known === undefined) {
        if (this.#counters.size >= MOST_SERIES) continue;
        this.#counters.set(key, { metric, attributes, last: value, increase: isDelta ? value : 0 });
        continue;
      }
      known.increase += isDelta ? value : value >= known.last ? value - known.last : value;
      known.last = value;
    }
  }
}

/** What tells another namespace's or another host's counters from this one's. */
function targetOf(resource: Attributes): Attributes {
  const names = ['lagpipe.netns.name', 'service.instance.id'].filter((name) => resource[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, resource[name]]));
}

function countBy(batch: EventBatch, attribute: string, counts: Map<string, number>): void {
  const column = batch.columns.get(attribute);
  if (column === undefined) return;
  for (let index = 0; index < batch.length; index++) {
    const value: AttributeValue | undefined = columnValue(column, index);
    if (value !== undefined) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  }
}

function distributionOf({
  name,
  point,
}: {
  readonly name: string;
  readonly point: ExponentialHistogramPoint;
}): Distribution {
  const [p50, p90, p99, max] = quantilesOf(point, [0.5, 0.9, 0.99, 1]).map(({ value }) => value);
  return { name, attributes: point.attributes, count: point.count, p50, p90, p99, max };
}

function keyOf(name: string, attributes: Attributes): string {
  return `${name}\n${Object.entries(attributes).join('\n')}`;
}
