import { ByteWriter, type Phrase, phraseOf } from '../lib/byte-writer.ts';
import type { Batch, EventBatch, MetricBatch } from './batch.ts';
import type { Column } from './event.ts';
import type { ExponentialHistogramPoint, HistogramPoint, Metric, NumberPoint } from './metric.ts';
import { formatRfc3339 } from './time.ts';

const OPENING_BRACE = '{'.charCodeAt(0);
const FIRST_BYTES = 1 << 16;
const NO_VALUES = new Float64Array(0);
const NO_CODES = new Uint32Array(0);

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
  shared ??= new JsonLineWriter();
  return new TextDecoder().decode(shared.write(batch));
}

let shared: JsonLineWriter | undefined;

/** The same as UTF-8, in a buffer that is used again: as texts, the lines of a capture took three times the memory. */
export class JsonLineWriter {
  readonly #out = new ByteWriter(FIRST_BYTES);

  /** Valid until the next batch is written. */
  write(batch: Batch): Uint8Array<ArrayBuffer> {
    this.#out.clear();
    if (batch.kind === 'events') this.#events(batch);
    else this.#out.utf8(metricLines(batch));
    return this.#out.view();
  }

  /** What is the same for every event is serialised once; per event only its time and its values are. */
  #events(batch: EventBatch): void {
    const out = this.#out;
    const columns = Array.from(batch.columns, ([name, column]) => new JsonColumn(name, column));
    const head = phraseOf(`Z","event":${JSON.stringify(batch.name)},"attributes":`);
    const tail = phraseOf(`},"resource":${JSON.stringify(batch.resource.attributes)}}\n`);
    const nothing = phraseOf('{');
    let second = Number.NaN;
    let time = nothing;
    for (let row = 0; row < batch.length; row++) {
      if (batch.timeSeconds[row] !== second) {
        // Events come in runs of the same second, so its calendar date is computed once per run.
        second = batch.timeSeconds[row];
        time = phraseOf(`{"time":"${upToFraction(second)}`);
      }
      out.phrase(time);
      out.nineDigits(batch.timeNanoseconds[row]);
      out.phrase(head);
      const start = out.length;
      for (let index = 0; index < columns.length; index++) columns[index].write(out, row);
      // Each attribute begins with a comma, of which the first is none.
      if (out.length === start) out.phrase(nothing);
      else out.replace(start, OPENING_BRACE);
      out.phrase(tail);
    }
  }
}

/** Writes `,"name":value` for one event, or nothing where the event does not have the attribute. */
class JsonColumn {
  readonly #key: Phrase;
  /** Of a number column; else empty, as the next two are of a text column. */
  readonly #values: Float64Array;
  readonly #codes: Uint32Array;
  readonly #dictionary: readonly string[];
  readonly #isNumber: boolean;
  /** The newest pair that was written, and where: texts come in runs. */
  #lastCode = 0;
  #lastStart = 0;
  #lastLength = 0;

  constructor(name: string, column: Column) {
    this.#key = phraseOf(`,${JSON.stringify(name)}:`);
    this.#isNumber = column.kind === 'number';
    this.#values = column.kind === 'number' ? column.values : NO_VALUES;
    this.#codes = column.kind === 'number' ? NO_CODES : column.codes;
    this.#dictionary = column.kind === 'number' ? [] : column.dictionary;
  }

  write(out: ByteWriter, row: number): void {
    if (this.#isNumber) this.#number(out, this.#values[row]);
    else this.#text(out, this.#codes[row]);
  }

  #number(out: ByteWriter, value: number): void {
    if (Number.isNaN(value)) return;
    out.phrase(this.#key);
    if (Number.isFinite(value)) out.number(value);
    else out.latin1('null');
  }

  #text(out: ByteWriter, code: number): void {
    if (code === 0) return;
    if (code === this.#lastCode) {
      out.again(this.#lastStart, this.#lastLength);
      return;
    }
    const start = out.length;
    out.phrase(this.#key);
    out.json(this.#dictionary[code]);
    this.#lastCode = code;
    this.#lastStart = start;
    this.#lastLength = out.length - start;
  }
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

/** Quoted RFC 3339. */
function timeWriter(): (seconds: number, nanoseconds: number) => string {
  let knownSecond = Number.NaN;
  let known = '';
  return (seconds, nanoseconds) => {
    if (seconds !== knownSecond) {
      knownSecond = seconds;
      known = upToFraction(seconds);
    }
    return `"${known}${String(nanoseconds).padStart(9, '0')}Z"`;
  };
}

/** `2026-11-21T12:00:00.` */
function upToFraction(seconds: number): string {
  return formatRfc3339([seconds, 0]).slice(0, -'000000000Z'.length);
}
