import { type Batch, type EventBatch, type MetricBatch, recordsIn } from '../../model/batch.ts';
import type { Column } from '../../model/event.ts';
import type { Metric } from '../../model/metric.ts';
import type { Signal } from './settings.ts';

/** One OTLP request: encoded records of one resource. */
export interface Request {
  readonly signal: Signal;
  readonly records: number;
  /** `undefined` when a single record is larger than any receiver takes. */
  readonly bytes: Uint8Array | undefined;
}

/** A gRPC server's default limit, the Collector's too, is 4 MiB of uncompressed message. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024 - 1024;

/** Keeps one encoding under 20 ms, so that the event loop stays responsive. */
const MAX_REQUEST_RECORDS = 8_000;

/**
 * A batch as requests that a receiver accepts: at most 8,000 records and 4 MiB each. A part that turns out too
 * large is encoded again in halves, which is rare: an ordinary record takes 200 to 300 bytes.
 */
export function* requestsOf(
  batch: Batch,
  encode: (batch: Batch) => Uint8Array,
  maxBytes = MAX_REQUEST_BYTES,
): Generator<Request> {
  const signal = batch.kind === 'metrics' ? 'METRICS' : 'LOGS';
  const total = recordsIn(batch);
  for (let from = 0; from < total; from += MAX_REQUEST_RECORDS) {
    const parts: [number, number][] = [[from, Math.min(from + MAX_REQUEST_RECORDS, total)]];
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      const [start, end] = part;
      const bytes = encode(sliceBatch(batch, start, end));
      if (bytes.length <= maxBytes) {
        yield { signal, records: end - start, bytes };
      } else if (end - start === 1) {
        yield { signal, records: 1, bytes: undefined };
      } else {
        const middle = start + Math.ceil((end - start) / 2);
        parts.push([middle, end], [start, middle]);
      }
    }
  }
}

/** The records from `start` to before `end`, counted across all metrics of the batch. */
function sliceBatch(batch: Batch, start: number, end: number): Batch {
  if (start === 0 && end === recordsIn(batch)) return batch;
  return batch.kind === 'metrics' ? sliceMetrics(batch, start, end) : sliceEvents(batch, start, end);
}

function sliceMetrics(batch: MetricBatch, start: number, end: number): MetricBatch {
  const metrics: Metric[] = [];
  let first = 0;
  for (const metric of batch.metrics) {
    const from = Math.max(start - first, 0);
    const to = Math.min(end - first, metric.points.length);
    // The spread keeps the metric's kind, and with it the type of its points.
    if (from < to) metrics.push({ ...metric, points: metric.points.slice(from, to) } as Metric);
    first += metric.points.length;
  }
  return { ...batch, metrics };
}

function sliceEvents(batch: EventBatch, start: number, end: number): EventBatch {
  const columns = new Map<string, Column>();
  for (const [name, column] of batch.columns) {
    columns.set(
      name,
      column.kind === 'number'
        ? { kind: 'number', values: column.values.subarray(start, end) }
        : { ...column, codes: column.codes.subarray(start, end) },
    );
  }
  return {
    ...batch,
    length: end - start,
    timeSeconds: batch.timeSeconds.subarray(start, end),
    timeNanoseconds: batch.timeNanoseconds.subarray(start, end),
    columns,
  };
}
