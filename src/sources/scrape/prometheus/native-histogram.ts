import type { ExponentialHistogramPoint } from '../../../model/metric.ts';
import { Message } from './protobuf-message.ts';

/** What of a native histogram becomes a point, or why none can be made of it. */
export type NativeHistogram =
  | (Pick<ExponentialHistogramPoint, 'count' | 'sum' | 'scale' | 'zeroCount' | 'positive'> & {
      readonly kind: 'histogram';
    })
  | { readonly kind: 'unsupported' };

/** Prometheus allows these; others, such as −53 for bounds of one's own, are no exponential grid. */
const SCHEMAS = { lowest: -4, highest: 8 };
/** Prometheus itself stops a client at some hundreds. */
const MOST_BUCKETS = 10_000;
const UNSUPPORTED: NativeHistogram = { kind: 'unsupported' };

/** Fields of io.prometheus.client.Histogram. */
const FIELD = {
  count: 1,
  sum: 2,
  floatCount: 4,
  schema: 5,
  zeroThreshold: 6,
  zeroCount: 7,
  floatZeroCount: 8,
  negativeSpan: 9,
  positiveSpan: 12,
  positiveDelta: 13,
} as const;

/**
 * A native histogram; `undefined` when the message is a classic one. Its buckets stand in spans, gap and length,
 * and each bucket says the difference to the one before it. Bucket `i` ends at `base^i`, where OpenTelemetry's begins
 * there, so the offset is one less.
 *
 * Worked example: spans (gap 1, length 2) (gap 1, length 1), deltas 3 +1 −2 are the counts 3 and 4 at 1 and 2, none
 * at 3, and 2 at 4: offset 0, counts [3, 4, 0, 2].
 */
export function readNativeHistogram(message: Message): NativeHistogram | undefined {
  const positive = message.messages(FIELD.positiveSpan).map((bytes) => new Message(bytes));
  const isNative =
    positive.length > 0 ||
    message.has(FIELD.negativeSpan) ||
    message.double(FIELD.zeroThreshold) > 0 ||
    message.integer(FIELD.zeroCount) > 0;
  if (!isNative && !message.has(FIELD.floatCount)) return undefined;
  const scale = message.signed(FIELD.schema);
  const isOnGrid = scale >= SCHEMAS.lowest && scale <= SCHEMAS.highest;
  const isWhole = !message.has(FIELD.floatCount) && !message.has(FIELD.floatZeroCount);
  // The model has durations in mind and no range for values below 0.
  if (!isOnGrid || !isWhole || message.has(FIELD.negativeSpan)) return UNSUPPORTED;
  const buckets = bucketsOf(
    positive.map((span) => ({ gap: span.signed(1), length: span.integer(2) })),
    message.signedList(FIELD.positiveDelta),
  );
  if (!buckets) return UNSUPPORTED;
  return {
    kind: 'histogram',
    count: message.integer(FIELD.count),
    sum: message.double(FIELD.sum),
    scale,
    zeroCount: message.integer(FIELD.zeroCount),
    positive: buckets,
  };
}

interface Span {
  readonly gap: number;
  readonly length: number;
}

function bucketsOf(
  spans: readonly Span[],
  deltas: readonly number[],
): ExponentialHistogramPoint['positive'] | undefined {
  const bucketCounts: number[] = [];
  let current = 0;
  let taken = 0;
  for (const [index, { gap, length }] of spans.entries()) {
    if (length < 0 || (index > 0 && gap < 0)) return undefined;
    if (bucketCounts.length + length + (index > 0 ? gap : 0) > MOST_BUCKETS) return undefined;
    if (index > 0) for (let empty = 0; empty < gap; empty++) bucketCounts.push(0);
    for (let bucket = 0; bucket < length; bucket++) {
      current += deltas[taken++] ?? Number.NaN;
      if (!(current >= 0)) return undefined;
      bucketCounts.push(current);
    }
  }
  return taken === deltas.length ? { offset: (spans[0]?.gap ?? 1) - 1, bucketCounts } : undefined;
}
