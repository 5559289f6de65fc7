/** What one key of a scope means. */
export interface Figure {
  /** Behind `lagpipe.linkerd.`. */
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** UCUM; values are divided by `divisor` to be in it. */
  readonly unit: string;
  readonly divisor: number;
  readonly description: string;
}

const counter = (name: string, unit: string, description: string): Figure => ({
  name,
  kind: 'counter',
  unit,
  divisor: 1,
  description,
});
const gauge = (name: string, unit: string, description: string): Figure => ({
  ...counter(name, unit, description),
  kind: 'gauge',
});
const histogram = (name: string, unit: string, divisor: number, description: string): Figure => ({
  name,
  kind: 'histogram',
  unit,
  divisor,
  description,
});

const MILLIS = 1e3;
const MICROS = 1e6;

/**
 * The keys that are read, by their path below a client, a service or a server (finagle's names; its documentation is
 * the user guide's "Metrics"). A key that a document does not have gives no figure: linkerd leaves out the gauges of
 * a balancer that is idle, and that is not the same as 0.
 */
export const FIGURES: ReadonlyMap<string, Figure> = new Map([
  ['requests', counter('requests', '{request}', 'requests answered, however')],
  ['success', counter('successes', '{request}', 'requests answered with success')],
  ['failures', counter('failures', '{request}', 'requests that failed')],
  ['pending', gauge('pending', '{request}', 'requests under way')],
  // Attempts: the builds of 2017 count those that fail too.
  ['connects', counter('connects', '{connection}', 'attempts to open a connection')],
  ['connections', gauge('connections', '{connection}', 'open connections')],
  ['closes', counter('closes', '{connection}', 'connections closed')],
  ['cancelled_connects', counter('cancelled_connects', '{connection}', 'attempts given up by this side')],
  ['sent_bytes', counter('sent_bytes', 'By', 'bytes sent')],
  ['received_bytes', counter('received_bytes', 'By', 'bytes received')],
  ['read_timeout', counter('read_timeouts', '{event}', 'reads that took too long')],
  ['write_timeout', counter('write_timeouts', '{event}', 'writes that took too long')],
  ['loadbalancer/size', gauge('loadbalancer.size', '{node}', 'backends to choose from')],
  ['loadbalancer/available', gauge('loadbalancer.available', '{node}', 'backends that are ready')],
  ['loadbalancer/busy', gauge('loadbalancer.busy', '{node}', 'backends that are not available now')],
  ['loadbalancer/closed', gauge('loadbalancer.closed', '{node}', 'backends that will not come back')],
  ['loadbalancer/load', gauge('loadbalancer.load', '{request}', 'load of all backends together')],
  ['loadbalancer/meanweight', gauge('loadbalancer.mean_weight', '1', 'mean weight of the backends')],
  ['loadbalancer/adds', counter('loadbalancer.adds', '{node}', 'backends added')],
  ['loadbalancer/removes', counter('loadbalancer.removes', '{node}', 'backends removed')],
  ['loadbalancer/rebuilds', counter('loadbalancer.rebuilds', '{event}', 'times the choice was built anew')],
  ['loadbalancer/updates', counter('loadbalancer.updates', '{event}', 'changes of the set of backends')],
  [
    'loadbalancer/max_effort_exhausted',
    counter('loadbalancer.max_effort_exhausted', '{event}', 'times that no backend looked available'),
  ],
  ['pool_size', gauge('pool.size', '{connection}', 'connections in use or being opened')],
  ['pool_cached', gauge('pool.cached', '{connection}', 'idle connections kept for reuse')],
  ['pool_waiters', gauge('pool.waiters', '{request}', 'requests that wait for a connection')],
  ['pool_num_waited', counter('pool.waited', '{request}', 'requests that had to wait for a connection')],
  [
    'pool_num_too_many_waiters',
    counter('pool.too_many_waiters', '{request}', 'requests refused: too many waited'),
  ],
  [
    'failure_accrual/removals',
    counter('failure_accrual.removals', '{node}', 'backends taken out for failing'),
  ],
  ['failure_accrual/probes', counter('failure_accrual.probes', '{request}', 'trials of backends taken out')],
  ['failure_accrual/revivals', counter('failure_accrual.revivals', '{node}', 'backends taken in again')],
  ['retries/total', counter('retries.total', '{request}', 'requests sent again')],
  [
    'retries/requeues',
    counter('retries.requeues', '{request}', 'requests sent again that had not been written'),
  ],
  [
    'retries/budget_exhausted',
    counter('retries.budget_exhausted', '{request}', 'requests not sent again: the budget was used up'),
  ],
  ['retries/request_limit', counter('retries.request_limit', '{request}', 'requests sent again too often')],
  [
    'retries/cannot_retry',
    counter('retries.cannot_retry', '{request}', 'requests that must not be sent again'),
  ],
  [
    'retries/not_open',
    counter('retries.not_open', '{request}', 'requests not sent again: no backend is open'),
  ],
  ['retries/budget', gauge('retries.budget', '{request}', 'requests that may be sent again now')],
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
