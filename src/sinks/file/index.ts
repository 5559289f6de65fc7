import { defineSink } from '../../component.ts';
import { recordsIn } from '../../model/batch.ts';
import { jsonLines } from '../../model/json-lines.ts';
import { otlpJson } from '../../model/otlp-json.ts';
import { type EncodeLines, FileSink } from './file-sink.ts';
import { type FileConfig, schema } from './schema.ts';

export const file = defineSink({
  id: 'file',
  summary: 'Writes records to a file, as JSON lines or as OTLP JSON, with rotation.',
  description: `
The file holds only whole lines, also after a full disk and across rotation. A record counts as delivered when the
operating system has taken its line. What could not be written counts as \`rejected\` by reason (\`disk_full\`,
\`permission_denied\`, …), the agent says so once, and the next batch tries again. A file that cannot be opened stops
the agent at the start.

New files have mode 0640. With \`format: otlp_json\` a file that gets both metrics and events holds both; OpenTelemetry's
file format wants one kind per file, so give each its own sink.
`.trim(),
  schema,
  example: { path: 'lagpipe.ndjson', format: 'ndjson', rotation: { max_size: '64MiB', max_files: 5 } },
  create: (config, context) => new FileSink(config, context, encoderOf(config)),
  preview: (config) => {
    const encode = encoderOf(config);
    return (batch) => encode(batch).text;
  },
});

function encoderOf({ format }: FileConfig): EncodeLines {
  return format === 'ndjson'
    ? (batch) => ({ text: jsonLines(batch), recordsPerLine: 1 })
    : (batch) => ({ text: `${otlpJson(batch)}\n`, recordsPerLine: recordsIn(batch) });
}
