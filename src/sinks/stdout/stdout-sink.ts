import type { ComponentContext, SinkInstance, WriteResult } from '../../component.ts';
import { type Batch, recordsIn } from '../../model/batch.ts';
import { JsonLineWriter, jsonLines } from '../../model/json-lines.ts';
import { isLineFormat, linesText, lineWriterOf } from '../../model/line-format/config.ts';
import type { LineWriter } from '../../model/line-format/line-writer.ts';
import { unixTimeFromMillis } from '../../model/time.ts';
import type { StdoutConfig } from './config.ts';
import { debugLines } from './debug-lines.ts';
import { EventRows } from './event-rows.ts';
import { HistogramView } from './histogram-view.ts';
import { type Output, type OutputStream, outputOf } from './output.ts';
import { tablePreview, tableSink } from './table/table-sink.ts';

export function createStdoutSink(
  config: StdoutConfig,
  context: Pick<ComponentContext, 'scheduler'>,
  stream: OutputStream,
): SinkInstance {
  if (config.format === 'table') return tableSink(config, context.scheduler, stream);
  const output = outputOf(stream);
  if (isLineFormat(config.format)) return lineSink(lineWriterOf(config, stream.isTTY === true), output);
  if (config.format === 'json') return jsonSink(new JsonLineWriter(), output);
  const encode = encoder(config, context.scheduler.now());
  return {
    async write(batch) {
      const { text, ...result } = encode(batch);
      if (text !== '') await output.write(text);
      return result;
    },
  };
}

/** What a batch looks like in the format, without anything written. */
export function createPreview(config: StdoutConfig): (batch: Batch) => string {
  if (config.format === 'table') return tablePreview(config);
  if (isLineFormat(config.format)) {
    const writer = lineWriterOf(config, true);
    return (batch) => linesText(writer, batch);
  }
  // From the epoch on, so that a cumulative series counts as new and its first point is shown as a whole.
  const encode = encoder(config, 0);
  return (batch) => {
    const { text, rejected } = encode(batch);
    return text === '' ? `(nothing: ${Object.keys(rejected ?? {}).join(', ')})\n` : text;
  };
}

function lineSink(writer: LineWriter, output: Output): SinkInstance {
  return {
    async write(batch) {
      const { bytes, ...result } = writer.write(batch);
      if (bytes.length > 0) await output.write(bytes);
      return result;
    },
  };
}

function jsonSink(writer: JsonLineWriter, output: Output): SinkInstance {
  return {
    async write(batch) {
      const bytes = writer.write(batch);
      if (bytes.length > 0) await output.write(bytes);
      return { delivered: recordsIn(batch) };
    },
  };
}

function encoder(
  config: StdoutConfig,
  openedAtMillis: number,
): (batch: Batch) => WriteResult & { readonly text: string } {
  if (config.format === 'histogram') {
    const view = new HistogramView({
      bucketsPerOctave: config.buckets_per_octave,
      accumulate: config.accumulate,
      maxSeries: config.max_series,
      openedAt: unixTimeFromMillis(openedAtMillis),
    });
    return (batch) => view.take(batch);
  }
  if (config.format === 'rows') {
    const rows = new EventRows(config.columns);
    return (batch) => rows.take(batch);
  }
  const encode = config.format === 'json' ? jsonLines : debugLines;
  return (batch) => ({ text: encode(batch), delivered: recordsIn(batch) });
}
