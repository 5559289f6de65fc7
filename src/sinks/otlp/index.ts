import { defineSink } from '../../component.ts';
import { recordsIn } from '../../model/batch.ts';
import { otlpJson } from '../../model/otlp-json.ts';
import { OtlpSink, RECORD_NAMES } from './otlp-sink.ts';
import { checkConfig, schema } from './schema.ts';
import { resolveSettings } from './settings.ts';

export const otlp = defineSink({
  id: 'otlp',
  summary: 'Sends metrics and events to an OpenTelemetry Collector, or any other OTLP receiver, over gRPC.',
  description: `
Metrics leave as OTLP metrics, histograms bucket for bucket. Events leave as OTLP logs: the event's name is the log
record's event name, its attributes are the record's.

- Units decide between OTLP's two kinds of numbers: counts (\`{packet}\`, \`By\`) are integers, all else is a double.
- A batch is sent as it comes, in requests of at most 8,000 records and 4 MiB, and counts as delivered when the
  receiver has answered. What the receiver rejects in an answer of *partial success* counts as
  \`rejected{partial_success}\`.
- CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE and DATA_LOSS are retried, RESOURCE_EXHAUSTED only
  when the receiver says when, for as long as \`retry.max_elapsed\`. Then, and for all other codes at once, the records
  count as \`rejected\` with the code's name. Nothing is kept on disk.
- While it retries, batches wait in this sink's queue.

Every variable that OpenTelemetry defines for OTLP is honoured: \`OTEL_EXPORTER_OTLP_\` with \`ENDPOINT\`, \`HEADERS\`,
\`TIMEOUT\`, \`COMPRESSION\`, \`INSECURE\`, \`CERTIFICATE\`, \`CLIENT_KEY\` and \`CLIENT_CERTIFICATE\`, and the same with
\`METRICS_\` or \`LOGS_\` before the last word. A field of the config beats the signal's variable, which beats the
general one. \`OTEL_EXPORTER_OTLP_PROTOCOL\` is not looked at: this sink speaks gRPC.
`.trim(),
  schema,
  example: { endpoint: 'http://127.0.0.1:4317', compression: 'gzip', retry: { max_elapsed: '1m' } },
  check: checkConfig,
  create: (config, context) => new OtlpSink(config, context, process.env),
  preview: (config) => (batch) => {
    const signal = batch.kind === 'metrics' ? 'METRICS' : 'LOGS';
    const { endpoint } = resolveSettings(config, process.env, signal);
    const json = otlpJson(batch);
    const what = `${recordsIn(batch)} ${RECORD_NAMES[signal]} (${Buffer.byteLength(json)} B as JSON)`;
    return `would send ${what} to ${endpoint.shown}\n${json}\n`;
  },
});
