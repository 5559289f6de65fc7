import { defineSink } from '../../component.ts';
import { type Batch, recordsIn } from '../../model/batch.ts';
import { jsonLines } from '../../model/json-lines.ts';
import {
  isLineFormat,
  LINE_FORMAT_DESCRIPTION,
  lineFormatProblems,
  lineFormatReads,
  linesText,
  lineWriterOf,
} from '../../model/line-format/config.ts';
import { otlpJson } from '../../model/otlp-json.ts';
import { type EncodeLines, FileSink } from './file-sink.ts';
import { type FileConfig, schema } from './schema.ts';

export const file = defineSink({
  id: 'file',
  summary: 'Writes records to a file, as JSON lines, OTLP JSON or lines of your own, with rotation.',
  description: `
The file holds only whole lines, also after a full disk and across rotation. A record counts as delivered when the
operating system has taken its line. What could not be written counts as \`rejected\` by reason (\`disk_full\`,
\`permission_denied\`, …), the agent says so once, and the next batch tries again. A file that cannot be opened stops
the agent at the start.

New files have mode 0640. With \`format: otlp_json\` a file that gets both metrics and events holds both; OpenTelemetry's
file format wants one kind per file, so give each its own sink.

${LINE_FORMAT_DESCRIPTION}
`.trim(),
  schema,
  example: { path: 'lagpipe.ndjson', format: 'ndjson', rotation: { max_size: '64MiB', max_files: 5 } },
  check: lineFormatProblems,
  reads: lineFormatReads,
  create: (config, context) => new FileSink(config, context, encoderOf(config)),
  preview: (config) => {
    if (isLineFormat(config.format)) {
      const writer = lineWriterOf(config, true);
      return (batch) => linesText(writer, batch);
    }
    return config.format === 'ndjson' ? jsonLines : otlpLine;
  },
});

function encoderOf(config: FileConfig): EncodeLines {
  if (isLineFormat(config.format)) return lineEncoder(config);
  return config.format === 'ndjson'
    ? (batch) => ({ text: jsonLines(batch), records: recordsIn(batch), recordsPerLine: 1 })
    : (batch) => ({ text: otlpLine(batch), records: recordsIn(batch), recordsPerLine: recordsIn(batch) });
}

function otlpLine(batch: Batch): string {
  return `${otlpJson(batch)}\n`;
}

/** A value of a packet may hold line breaks: then fewer records are in the lines than there are lines. */
function lineEncoder(config: FileConfig): EncodeLines {
  const writer = lineWriterOf(config, false);
  return (batch) => {
    const { bytes, delivered: records, rejected } = writer.write(batch);
    return { text: bytes, records, recordsPerLine: 1, ...(rejected && { rejected }) };
  };
}
