import type { ComponentContext } from '../../component.ts';
import { bucketsAt, u64At, unixTimeAt } from '../../loader/record-fields.ts';
import type { MetricBatch } from '../../model/batch.ts';
import { OVERFLOW, SERVER_PORT, TCP_ROLE } from '../../model/common-attributes.ts';
import { deltaHistogram, type MetricSpec, metricOf, withPoints } from '../../model/emits.ts';
import type { ExponentialHistogramPoint } from '../../model/metric.ts';

/** `struct tcp_life_durations` of bpf/tcp_life.h. */
export const LIFE_BUCKETS = 337;
const SCALE = 3;
const FIRST_INDEX = -240;
const AT = { start: 0, end: 8, zeroCount: 16, sum: 24, kind: 32, port: 34, buckets: 40 };
export const LIFE_DURATIONS_BYTES = AT.buckets + LIFE_BUCKETS * 8;

/** In the order of `enum tcp_life_kind`. */
const RESPONSE_CLIENT = 0;
const ACCEPT = 2;

const RESPONSE = deltaHistogram({
  name: 'lagpipe.tcp.response.duration',
  unit: 's',
  description: 'Time from the last byte of a request to the first byte of its response.',
  attributes: [TCP_ROLE, SERVER_PORT, OVERFLOW],
});

const ACCEPT_WAIT = deltaHistogram({
  name: 'lagpipe.tcp.accept_queue.wait',
  unit: 's',
  description: 'Time from the end of the handshake to the return of accept(), by the listening port.',
  attributes: [SERVER_PORT, OVERFLOW],
});

export const LIFE_HISTOGRAMS: readonly MetricSpec[] = [RESPONSE, ACCEPT_WAIT];

/** Histograms that the kernel counted, one record for each kind and port, to one batch. */
export function decodeLifeDurations(payload: Uint8Array, context: ComponentContext): readonly MetricBatch[] {
  const response: ExponentialHistogramPoint[] = [];
  const accept: ExponentialHistogramPoint[] = [];
  for (let at = 0; at < payload.length; at += LIFE_DURATIONS_BYTES) {
    const record = new DataView(payload.buffer, payload.byteOffset + at, LIFE_DURATIONS_BYTES);
    const kind = record.getUint16(AT.kind, true);
    if (kind > ACCEPT) context.counters.dropped('bad_record', 1);
    else if (kind === ACCEPT) accept.push(pointOf(record, {}));
    else {
      const role = kind === RESPONSE_CLIENT ? 'client' : 'server';
      response.push(pointOf(record, { 'lagpipe.tcp.role': role }));
    }
  }
  const { resource, scope } = context;
  const metrics = withPoints([metricOf(RESPONSE, response), metricOf(ACCEPT_WAIT, accept)]);
  return metrics.length === 0 ? [] : [{ kind: 'metrics', resource, scope, metrics }];
}

function pointOf(record: DataView, role: ExponentialHistogramPoint['attributes']): ExponentialHistogramPoint {
  const port = record.getUint16(AT.port, true);
  const zeroCount = u64At(record, AT.zeroCount);
  const positive = bucketsAt(record, AT.buckets, LIFE_BUCKETS, FIRST_INDEX);
  return {
    startTime: unixTimeAt(record, AT.start),
    time: unixTimeAt(record, AT.end),
    // Port 0 is no port: it stands for those that found no room in the kernel's map.
    attributes: { ...role, ...(port === 0 ? { 'otel.metric.overflow': true } : { 'server.port': port }) },
    count: positive.bucketCounts.reduce((sum, bucket) => sum + bucket, zeroCount),
    sum: u64At(record, AT.sum) / 1e9,
    scale: SCALE,
    zeroCount,
    positive,
  };
}
