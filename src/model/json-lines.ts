import { type Batch, type EventBatch, type MetricBatch, recordsIn } from './batch.ts';
import type { Column } from './event.ts';
import type { ExponentialHistogramPoint, HistogramPoint, Metric, NumberPoint } from './metric.ts';
import { formatRfc3339 } from './time.ts';

/**
 * A batch as JSON lines: one object per record, each line ended by `\n`. This is a contract with its readers.
 *
 * - event: `time` (RFC 3339, nanoseconds), `event`, `attributes`, `resource`;
 * - metric point: `time`, `metric`, `unit`, `type` (`gauge`, `sum`, `histogram`, `exponential_histogram`),
 *   `attributes`, `resource`, `value`, and after them `start_time` and `temporality` where the point has them.
 *
 * `value` is a number, or for histograms the fields of the OTLP data point. `resource` is the resource's
 * attributes. JSON knows no NaN and no infinity: both are written as `null`.
 */
export function jsonLines(batch: Batch): string {
  if (recordsIn(batch) === 0) return '';
  return batch.kind === 'events' ? eventLines(batch) : metricLines(batch);
}

/** What is the same for every event is serialised once; per event only its time and its values are. */
function eventLines(batch: EventBatch): string {
  const time = timeWriter();
  const writers = Array.from(batch.columns, ([name, column]) => columnWriter(name, column));
  const head = `,"event":${JSON.stringify(batch.name)},"attributes":{`;
  const tail = `},"resource":${JSON.stringify(batch.resource.attributes)}}\n`;
  let lines = '';
  for (let index = 0; index < batch.length; index++) {
    let attributes = '';
    for (const write of writers) attributes += write(index);
    lines += `{"time":${time(batch.timeSeconds[index], batch.timeNanoseconds[index])}${head}${attributes.slice(1)}${tail}`;
  }
  return lines;
}

/** Writes `,"name":value` for one event, or nothing where the event does not have the attribute. */
function columnWriter(name: string, column: Column): (index: number) => string {
  const key = `,${JSON.stringify(name)}:`;
  if (column.kind === 'number') {
    const { values } = column;
    return (index) => {
      const value = values[index];
      return Number.isNaN(value) ? '' : key + numberText(value);
    };
  }
  const { codes, dictionary } = column;
  const pairs: (string | undefined)[] = [''];
  return (index) => {
    const code = codes[index];
    pairs[code] ??= key + JSON.stringify(dictionary[code]);
    return pairs[code];
  };
}

function metricLines(batch: MetricBatch): string {
  const time = timeWriter();
  const resource = `,"resource":${JSON.stringify(batch.resource.attributes)},"value":`;
  let lines = '';
  for (const metric of batch.metrics) {
    const name = JSON.stringify(metric.name);
    const head = `,"metric":${name},"unit":${JSON.stringify(metric.unit)},"type":"${metric.kind}","attributes":`;
    const tail = metric.kind === 'gauge' ? '}\n' : `,"temporality":"${metric.temporality}"}\n`;
    const values = valueTexts(metric);
    metric.points.forEach((point, index) => {
      const start = point.startTime ? `,"start_time":${time(...point.startTime)}` : '';
      const attributes = JSON.stringify(point.attributes);
      lines += `{"time":${time(...point.time)}${head}${attributes}${resource}${values[index]}${start}${tail}`;
    });
  }
  return lines;
}

function valueTexts(metric: Metric): readonly string[] {
  switch (metric.kind) {
    case 'gauge':
    case 'sum':
      return metric.points.map((point: NumberPoint) => numberText(point.value));
    case 'histogram':
      return metric.points.map(histogramText);
    case 'exponential_histogram':
      return metric.points.map(exponentialHistogramText);
  }
}

function histogramText(point: HistogramPoint): string {
  const { count, sum, min, max, explicitBounds, bucketCounts } = point;
  return JSON.stringify({ count, sum, min, max, explicitBounds, bucketCounts });
}

function exponentialHistogramText(point: ExponentialHistogramPoint): string {
  const { count, sum, min, max, scale, zeroCount } = point;
  const { offset, bucketCounts } = point.positive;
  return JSON.stringify({ count, sum, min, max, scale, zeroCount, positive: { offset, bucketCounts } });
}

function numberText(value: number): string {
  return Number.isFinite(value) ? String(value) : 'null';
}

/** Quoted RFC 3339. Records come in runs of the same second, so its calendar date is computed once per run. */
function timeWriter(): (seconds: number, nanoseconds: number) => string {
  let knownSecond = Number.NaN;
  let upToFraction = '';
  return (seconds, nanoseconds) => {
    if (seconds !== knownSecond) {
      knownSecond = seconds;
      upToFraction = `"${formatRfc3339([seconds, 0]).slice(0, -'000000000Z'.length)}`;
    }
    return `${upToFraction}${String(nanoseconds).padStart(9, '0')}Z"`;
  };
}
