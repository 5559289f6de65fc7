import { QUANTILE } from '../../../model/common-attributes.ts';
import {
  counter,
  type Emits,
  type GaugeSpec,
  gauge,
  type MetricSpec,
  type SumSpec,
  text,
} from '../../../model/emits.ts';
import { TARGET_ATTRIBUTES } from '../target-resource.ts';

const OF_SCOPE = [
  text('lagpipe.linkerd.router', 'the router, by its label'),
  text('lagpipe.linkerd.client', 'the id of the client: what linkerd connects to'),
  text('lagpipe.linkerd.service', 'the logical name that was asked for'),
  text('lagpipe.linkerd.server', 'address and port that linkerd serves at'),
];

/** What one key of a scope means; values are divided by `divisor` to be in the unit of the metric. */
export type Figure =
  | { readonly kind: 'counter'; readonly metric: SumSpec; readonly divisor: number }
  | { readonly kind: 'gauge'; readonly metric: GaugeSpec; readonly divisor: number }
  | { readonly kind: 'histogram'; readonly metrics: HistogramMetrics; readonly divisor: number };

/** What a histogram becomes, since linkerd gives no buckets. */
interface HistogramMetrics {
  readonly count: SumSpec;
  readonly sum: SumSpec;
  readonly quantile: GaugeSpec;
  readonly min: GaugeSpec;
  readonly max: GaugeSpec;
  readonly mean: GaugeSpec;
}

function counts(name: string, unit: string, description: string): Figure {
  const metric = counter({ name: `lagpipe.linkerd.${name}`, unit, description, attributes: OF_SCOPE });
  return { kind: 'counter', metric, divisor: 1 };
}

function level(name: string, unit: string, description: string): Figure {
  const metric = gauge({ name: `lagpipe.linkerd.${name}`, unit, description, attributes: OF_SCOPE });
  return { kind: 'gauge', metric, divisor: 1 };
}

function histogram(name: string, unit: string, divisor: number, description: string): Figure {
  const full = `lagpipe.linkerd.${name}`;
  const attributes = OF_SCOPE;
  const ofWindow = (suffix: string, more: typeof OF_SCOPE = []) =>
    gauge({
      name: `${full}.${suffix}`,
      unit,
      description: `${description}, in the last closed minute`,
      attributes: [...attributes, ...more],
    });
  const metrics = {
    count: counter({
      name: `${full}.count`,
      unit: '{value}',
      description: `${description}: how many`,
      attributes,
    }),
    sum: counter({ name: `${full}.sum`, unit, description: `${description}: all together`, attributes }),
    quantile: ofWindow('quantile', [QUANTILE]),
    min: ofWindow('min'),
    max: ofWindow('max'),
    mean: ofWindow('mean'),
  };
  return { kind: 'histogram', metrics, divisor };
}

const MILLIS = 1e3;
const MICROS = 1e6;

/**
 * The keys that are read, by their path below a client, a service or a server (finagle's names; its documentation is
 * the user guide's "Metrics"). A key that a document does not have gives no figure: linkerd leaves out the gauges of
 * a balancer that is idle, and that is not the same as 0.
 */
export const FIGURES: ReadonlyMap<string, Figure> = new Map([
  ['requests', counts('requests', '{request}', 'requests answered, however')],
  ['success', counts('successes', '{request}', 'requests answered with success')],
  ['failures', counts('failures', '{request}', 'requests that failed')],
  ['pending', level('pending', '{request}', 'requests under way')],
  // Attempts: the builds of 2017 count those that fail too.
  ['connects', counts('connects', '{connection}', 'attempts to open a connection')],
  ['connections', level('connections', '{connection}', 'open connections')],
  ['closes', counts('closes', '{connection}', 'connections closed')],
  ['cancelled_connects', counts('cancelled_connects', '{connection}', 'attempts given up by this side')],
  ['sent_bytes', counts('sent_bytes', 'By', 'bytes sent')],
  ['received_bytes', counts('received_bytes', 'By', 'bytes received')],
  ['read_timeout', counts('read_timeouts', '{event}', 'reads that took too long')],
  ['write_timeout', counts('write_timeouts', '{event}', 'writes that took too long')],
  ['loadbalancer/size', level('loadbalancer.size', '{node}', 'backends to choose from')],
  ['loadbalancer/available', level('loadbalancer.available', '{node}', 'backends that are ready')],
  ['loadbalancer/busy', level('loadbalancer.busy', '{node}', 'backends that are not available now')],
  ['loadbalancer/closed', level('loadbalancer.closed', '{node}', 'backends that will not come back')],
  ['loadbalancer/load', level('loadbalancer.load', '{request}', 'load of all backends together')],
  ['loadbalancer/meanweight', level('loadbalancer.mean_weight', '1', 'mean weight of the backends')],
  ['loadbalancer/adds', counts('loadbalancer.adds', '{node}', 'backends added')],
  ['loadbalancer/removes', counts('loadbalancer.removes', '{node}', 'backends removed')],
  ['loadbalancer/rebuilds', counts('loadbalancer.rebuilds', '{event}', 'times the choice was built anew')],
  ['loadbalancer/updates', counts('loadbalancer.updates', '{event}', 'changes of the set of backends')],
  [
    'loadbalancer/max_effort_exhausted',
    counts('loadbalancer.max_effort_exhausted', '{event}', 'times that no backend looked available'),
  ],
  ['pool_size', level('pool.size', '{connection}', 'connections in use or being opened')],
  ['pool_cached', level('pool.cached', '{connection}', 'idle connections kept for reuse')],
  ['pool_waiters', level('pool.waiters', '{request}', 'requests that wait for a connection')],
  ['pool_num_waited', counts('pool.waited', '{request}', 'requests that had to wait for a connection')],
  [
    'pool_num_too_many_waiters',
    counts('pool.too_many_waiters', '{request}', 'requests refused: too many waited'),
  ],
  [
    'failure_accrual/removals',
    counts('failure_accrual.removals', '{node}', 'backends taken out for failing'),
  ],
  ['failure_accrual/probes', counts('failure_accrual.probes', '{request}', 'trials of backends taken out')],
  ['failure_accrual/revivals', counts('failure_accrual.revivals', '{node}', 'backends taken in again')],
  ['retries/total', counts('retries.total', '{request}', 'requests sent again')],
  [
    'retries/requeues',
    counts('retries.requeues', '{request}', 'requests sent again that had not been written'),
  ],
  [
    'retries/budget_exhausted',
    counts('retries.budget_exhausted', '{request}', 'requests not sent again: the budget was used up'),
  ],
  ['retries/request_limit', counts('retries.request_limit', '{request}', 'requests sent again too often')],
  [
    'retries/cannot_retry',
    counts('retries.cannot_retry', '{request}', 'requests that must not be sent again'),
  ],
  [
    'retries/not_open',
    counts('retries.not_open', '{request}', 'requests not sent again: no backend is open'),
  ],
  ['retries/budget', level('retries.budget', '{request}', 'requests that may be sent again now')],
  ['request_latency_ms', histogram('request_latency', 's', MILLIS, 'time until the answer')],
  ['connect_latency_ms', histogram('connect_latency', 's', MILLIS, 'time to open a connection')],
  [
    'failed_connect_latency_ms',
    histogram('failed_connect_latency', 's', MILLIS, 'time until an attempt to open a connection failed'),
  ],
  [
    'service_creation/service_acquisition_latency_ms',
    histogram('service_acquisition_latency', 's', MILLIS, 'time until a connection was there to be used'),
  ],
  ['handletime_us', histogram('handle_time', 's', MICROS, 'time to begin the answer')],
  ['transit_latency_ms', histogram('transit_latency', 's', MILLIS, 'time between the sender and here')],
  ['connection_duration', histogram('connection_duration', 's', MILLIS, 'life of closed connections')],
  [
    'connection_requests',
    histogram(
      'connection_requests',
      '{request}',
      1,
      'requests that a connection had carried when it was closed',
    ),
  ],
]);

export const UP = gauge({
  name: 'lagpipe.linkerd.up',
  unit: '1',
  description: '1 when linkerd answered with its figures, 0 when it did not',
});

export const SCRAPE_DURATION = gauge({
  name: 'lagpipe.linkerd.scrape_duration',
  unit: 's',
  description: 'time until the answer, or until it was given up',
});

export const ANSWER_AGE = gauge({
  name: 'lagpipe.linkerd.answer_age',
  unit: 's',
  description: 'how old the newest figures are',
});

export const LINKERD_EMITS: Emits = {
  metrics: [
    ...[...FIGURES.values()].flatMap((figure): readonly MetricSpec[] =>
      figure.kind === 'histogram' ? Object.values(figure.metrics) : [figure.metric],
    ),
    UP,
    SCRAPE_DURATION,
    ANSWER_AGE,
  ],
  events: [],
  resource: TARGET_ATTRIBUTES,
};
