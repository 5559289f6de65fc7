import { defineSink } from '../../component.ts';
import { LINE_FORMAT_DESCRIPTION } from '../../model/line-format/config.ts';
import { attributesRead } from './attributes-read.ts';
import { check, schema } from './config.ts';
import { createPreview, createStdoutSink } from './stdout-sink.ts';

export const stdout = defineSink({
  id: 'stdout',
  summary:
    'Writes to standard output: a live table, rows of events, histograms, JSON lines or lines of your own.',
  description: `
**\`table\`** keeps latencies, events and counters apart. On a terminal it is redrawn in place every \`refresh\`,
never taller than the terminal; elsewhere a block is printed every \`report_interval\`. Stopping prints a last
report of the whole run. Rates are of the newest interval; \`count\` and \`total\` are since the start. The columns
\`p50\`, \`p99\` and so on appear when the pipeline has the processor \`percentile\`; they show the newest interval
that had values, with the error bound that the processor states. The last report computes the same quantiles from
the histograms of the whole run. Local time is used; \`NO_COLOR\`, \`FORCE_COLOR\` and \`TERM=dumb\` are honoured.

**\`rows\`** prints every event once, as a row under a header, as tcpconnlat does. Metrics have no place in it: they are
rejected as \`format_shows_no_metrics\`.

Both show findings (the processor \`diagnose\`) as a paragraph each: what, since when, the evidence, what to do.

**\`histogram\`** prints one report for each batch with histograms: its local date, and for every series one row per
bucket, the number of samples and their average. Buckets are joined to powers of two of a second
(\`buckets_per_octave\`), so their bounds read 1.95ms and 3.91ms. Events and plain numbers have no place in it:
they are rejected as \`format_shows_no_events\` and \`format_shows_no_numbers\`.

**\`json\`** is a contract: one object per line. An event has \`time\` (RFC 3339, nanoseconds), \`event\`, \`attributes\`
and \`resource\`. A metric point has \`time\`, \`metric\`, \`unit\`, \`type\` (\`gauge\`, \`sum\`, \`histogram\`,
\`exponential_histogram\`), \`attributes\`, \`resource\` and \`value\`: a number, or for histograms the fields of the
OTLP data point (\`count\`, \`sum\`, \`min\`, \`max\`, \`scale\`, \`zeroCount\`, \`positive.offset\`,
\`positive.bucketCounts\`; \`explicitBounds\`, \`bucketCounts\`), and \`start_time\` and \`temporality\` where the point has
them. JSON has no NaN and no infinity; both become \`null\`.

${LINE_FORMAT_DESCRIPTION}

**\`debug\`** prints one line per record with nothing rounded. Its wording may change.

A reader that is slow slows this sink; one that goes away (\`| head\`) ends the agent.
`,
  schema,
  example: {
    format: 'table',
    refresh: '2s',
    columns: { TIME: '{time}', COMM: 'thread.name', PEER: '{network.peer.address}:{network.peer.port}' },
  },
  check,
  reads: attributesRead,
  create: (config, context) => createStdoutSink(config, context, process.stdout),
  preview: (config) => createPreview(config),
});
