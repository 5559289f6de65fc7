import { readVarint } from '../../../lib/protobuf-fields.ts';
import type { FamilyType } from './families.ts';
import { type NativeHistogram, readNativeHistogram } from './native-histogram.ts';
import { Message } from './protobuf-message.ts';

/** What a body of protobuf messages tells, in the words of the text format: a family, then its samples. */
export interface ProtobufVisitor {
  family(name: string, type: FamilyType, help: string, unit: string): void;
  /** `seriesKey` as in the text format; the timestamp is in milliseconds. */
  sample(seriesKey: string, value: number, timestamp: number | undefined): void;
  nativeHistogram(seriesKey: string, histogram: NativeHistogram): void;
  exemplar(): void;
}

/** io.prometheus.client.MetricType. */
const TYPES: readonly FamilyType[] = [
  'counter',
  'gauge',
  'summary',
  'unknown',
  'histogram',
  'gaugehistogram',
];
/** Where each type has its values in a Metric. */
const VALUE_FIELDS = { gauge: 2, counter: 3, summary: 4, untyped: 5, histogram: 7 } as const;

/**
 * The messages of `application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited`, each
 * behind its length (client_model's metrics.proto). The only form that has native histograms. Throws a RangeError
 * when the bytes are no such messages.
 */
export function readProtobufBody(bytes: Uint8Array, visitor: ProtobufVisitor): void {
  for (let at = 0; at < bytes.length; ) {
    const { value, next } = readVarint(bytes, at);
    const end = next + Number(value);
    if (end > bytes.length) throw new RangeError(`message ends ${end - bytes.length} B early`);
    readFamily(bytes.subarray(next, end), visitor);
    at = end;
  }
}

function readFamily(bytes: Uint8Array, visitor: ProtobufVisitor): void {
  const family = new Message(bytes);
  const name = family.text(1);
  const type = TYPES[family.integer(3)] ?? 'unknown';
  // OpenMetrics leaves the end of a counter's name to its sample; here the family has it.
  visitor.family(name, type, family.text(2), family.text(5));
  for (const bytesOfMetric of family.messages(4)) readMetric(name, new Message(bytesOfMetric), visitor);
}

function readMetric(name: string, metric: Message, visitor: ProtobufVisitor): void {
  const labels = metric.messages(1).map((bytes) => {
    const label = new Message(bytes);
    return `${quoted(label.text(1))}=${quoted(label.text(2))}`;
  });
  const timestamp = metric.has(6) ? metric.integer(6) : undefined;
  const key = (suffix: string, ...more: readonly string[]) =>
    latin1(`{${[quoted(name + suffix), ...labels, ...more].join(',')}}`);
  const sample = (value: number, suffix = '', ...more: readonly string[]) =>
    visitor.sample(key(suffix, ...more), value, timestamp);

  for (const field of [VALUE_FIELDS.gauge, VALUE_FIELDS.untyped]) {
    for (const bytes of metric.messages(field)) sample(new Message(bytes).double(1));
  }
  for (const bytes of metric.messages(VALUE_FIELDS.counter)) {
    const counter = new Message(bytes);
    if (counter.has(2)) visitor.exemplar();
    sample(counter.double(1));
    sampleCreated(counter, 3, sample);
  }
  for (const bytes of metric.messages(VALUE_FIELDS.summary)) {
    const summary = new Message(bytes);
    sample(summary.integer(1), '_count');
    sample(summary.double(2), '_sum');
    for (const each of summary.messages(3)) {
      const quantile = new Message(each);
      sample(quantile.double(2), '', `quantile="${quantile.double(1)}"`);
    }
    sampleCreated(summary, 4, sample);
  }
  for (const bytes of metric.messages(VALUE_FIELDS.histogram)) {
    const histogram = new Message(bytes);
    const native = readNativeHistogram(histogram);
    if (native) visitor.nativeHistogram(key(''), native);
    else readClassicHistogram(histogram, sample, visitor);
    sampleCreated(histogram, 15, sample);
  }
}

type SampleOf = (value: number, suffix?: string, ...more: readonly string[]) => void;

function readClassicHistogram(histogram: Message, sample: SampleOf, visitor: ProtobufVisitor): void {
  sample(histogram.integer(1), '_count');
  sample(histogram.double(2), '_sum');
  for (const bytes of histogram.messages(3)) {
    const bucket = new Message(bytes);
    if (bucket.has(3)) visitor.exemplar();
    const bound = bucket.double(2);
    sample(bucket.integer(1), '_bucket', `le="${bound === Number.POSITIVE_INFINITY ? '+Inf' : bound}"`);
  }
}

/** A google.protobuf.Timestamp, as the text formats say it. */
function sampleCreated(message: Message, field: number, sample: SampleOf): void {
  for (const bytes of message.messages(field)) {
    const timestamp = new Message(bytes);
    sample(timestamp.integer(1) + timestamp.integer(2) / 1e9, '_created');
  }
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`))}"`;
}

/** Keys hold bytes, each as one character. */
function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
