import { type ConfigProblem, defineSource } from '../../../component.ts';
import { acquireEndpoints } from '../acquire-endpoints.ts';
import { readAddress } from '../address.ts';
import type { Endpoint } from '../endpoint-poller.ts';
import { HTTP_FIELDS, headersOf, httpProblems, tlsPathsOf } from '../http-config.ts';
import { acceptOf, objectionTo } from './content-type.ts';
import { PROMETHEUS_EMITS, prometheusDecoder } from './decode.ts';

const PATH = '/metrics';

export const prometheus = defineSource({
  id: 'prometheus',
  summary: 'Scrapes targets that speak Prometheus or OpenMetrics, such as linkerd2-proxy and node_exporter.',
  description: `
Names stay as the target has them, and labels become attributes of the same name, so what is known of an exporter
still holds.

| the target's type | here |
|---|---|
| counter | cumulative sum. It begins where \`_created\` says so, else when lagpipe first saw it; one that falls begins anew. |
| gauge, unknown (untyped), info, stateset, gaugehistogram | gauge |
| histogram | explicit histogram, from \`_bucket\`, \`_count\` and \`_sum\` |
| native histogram | exponential histogram, with \`native_histograms: true\` |
| summary | gauges with the attribute \`quantile\` (a number), cumulative sums \`_count\` and \`_sum\` |

node_exporter gives the fields of netstat and snmp no type, so \`node_netstat_*\` are gauges here as well.

For every target there are also the gauges \`up\` (1 or 0), \`scrape_duration_seconds\` and \`scrape_samples_scraped\`, with the
attribute \`instance\`. The resource is the target's: \`service.name\` is \`job\`, \`service.instance.id\` is host and port, with
the path where it is not \`/metrics\`, and there are \`server.address\` and \`server.port\`; \`host.name\` only where the address
is one of loopback.

Units are UCUM where a name ends in one that is known (\`_seconds\`, \`_bytes\`, \`_ratio\`, …) or \`# UNIT\` says it. A sample
with a timestamp of its own keeps it.

What is in no metric is counted by reason: \`malformed_line\`, \`malformed_histogram\` (buckets that fall, or that
have no end), \`duplicate_series\`, \`not_a_number\` (NaN, which a summary without values has), \`label_too_long\`,
\`series_limit\`, \`exemplar\` (the exemplar alone, not its sample), \`unsupported_histogram\` (native with values
below 0, with counts that are not whole, or with bounds of its own), \`malformed_body\` (protobuf), \`body_too_long\`
(one for each), and \`filtered\` for what \`metrics\` leaves out. A target that does not answer, answers too slowly,
too much, with a redirect or with something else is reported once, and once when it is back.
`.trim(),
  emits: PROMETHEUS_EMITS,
  schema: {
    type: 'object',
    description: 'Which targets, how often, and what of them.',
    required: ['targets'],
    properties: {
      targets: {
        type: 'array',
        description: `What to scrape: \`http://HOST:PORT/PATH\`, or \`HOST:PORT\` for short. Without a path it is \`${PATH}\`.`,
        items: { type: 'string', minLength: 1, description: 'The address of one target.' },
        minItems: 1,
        maxItems: 100,
        uniqueItems: true,
      },
      job: {
        type: 'string',
        minLength: 1,
        description:
          'What the targets are: their `service.name`. Default: NAME of `prometheus/NAME`, else `prometheus`.',
      },
      interval: {
        type: 'string',
        format: 'duration',
        description: 'Time between two scrapes. The first is at once, the last when the agent stops.',
        default: '10s',
        minDuration: '100ms',
        maxDuration: '1h',
      },
      timeout: {
        type: 'string',
        format: 'duration',
        description: 'How long one scrape may take. Scrapes of one target never overlap.',
        default: '5s',
        minDuration: '10ms',
        maxDuration: '10m',
      },
      metrics: {
        type: 'object',
        default: {},
        description: 'Which metrics to send, by their names; `*` stands for any characters.',
        properties: {
          keep: {
            type: 'array',
            description: 'Patterns of names; without any, all.',
            items: { type: 'string', minLength: 1, description: 'A name, or a pattern with `*`.' },
            default: [],
            maxItems: 1000,
          },
          drop: {
            type: 'array',
            description: 'Patterns of names that are left out, also of those that `keep` has.',
            items: { type: 'string', minLength: 1, description: 'A name, or a pattern with `*`.' },
            default: [],
            maxItems: 1000,
          },
          rename: {
            type: 'object',
            description: 'New names by old ones. `keep` and `drop` see the old one.',
            additionalProperties: { type: 'string', minLength: 1, description: 'The name to send it as.' },
            default: {},
          },
        },
      },
      native_histograms: {
        type: 'boolean',
        description:
          'Asks for protobuf, the only form that has native histograms. A target that does not have it answers in text.',
        default: false,
      },
      max_series: {
        type: 'integer',
        description: 'How many series of one target are read at most; each bucket of a histogram is one.',
        default: 50_000,
        minimum: 1,
        maximum: 10_000_000,
      },
      max_label_length: {
        type: 'integer',
        description: 'How many characters a name, a label’s name or its value may have.',
        default: 1024,
        minimum: 1,
        maximum: 1_000_000,
      },
      ...HTTP_FIELDS,
    },
  },
  example: {
    targets: ['127.0.0.1:4191'],
    job: 'linkerd2-proxy',
    metrics: { keep: ['request_total', 'response_*', 'tcp_*'] },
  },
  check: (config) => {
    const problems: ConfigProblem[] = [];
    const urls = new Map<string, URL>();
    config.targets.forEach((target, index) => {
      const reading = readAddress(target, PATH);
      const url = reading.kind === 'endpoint' ? reading.endpoint.url : undefined;
      const message = reading.kind === 'problem' ? reading.message : 'is the same target as one above it';
      if (!url || urls.has(url.href)) problems.push({ path: ['targets', index], message });
      else urls.set(url.href, url);
    });
    return [...problems, ...httpProblems(config, [...urls.values()])];
  },
  acquire: (config, context) =>
    acquireEndpoints(
      {
        endpoints: endpointsOf(config.targets),
        intervalMillis: config.interval,
        timeoutMillis: config.timeout,
        maxBytes: config.max_body_size,
        headers: headersOf(config, acceptOf(config.native_histograms)),
        tls: tlsPathsOf(config),
        objectionTo,
      },
      context,
    ),
  decoder: ({ targets, job, metrics, max_series, max_label_length }, context) =>
    prometheusDecoder(
      {
        endpoints: endpointsOf(targets),
        job: job ?? context.id.split('/')[1] ?? 'prometheus',
        filter: metrics,
        maxSeries: max_series,
        maxLabelLength: max_label_length,
      },
      context,
    ),
});

/** Addresses that differ in their query alone get names that differ. */
function endpointsOf(targets: readonly string[]): readonly Endpoint[] {
  const taken = new Map<string, number>();
  return targets.map((target) => {
    const reading = readAddress(target, PATH);
    if (reading.kind === 'problem') throw new Error(reading.message);
    const { name, url } = reading.endpoint;
    const count = (taken.get(name) ?? 0) + 1;
    taken.set(name, count);
    return { name: count === 1 ? name : `${name} (${count})`, url };
  });
}
