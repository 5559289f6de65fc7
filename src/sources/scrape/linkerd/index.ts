import type { ConfigProblem } from '../../../component.ts';
import { defineSource } from '../../../component.ts';
import { acquireEndpoints } from '../acquire-endpoints.ts';
import { readAddress } from '../address.ts';
import { HTTP_FIELDS, headersOf, httpProblems, tlsPathsOf } from '../http-config.ts';
import type { HttpFailure } from '../http-failure.ts';
import { linkerdDecoder } from './decode.ts';
import { LINKERD_EMITS } from './figures.ts';

const PATH = '/admin/metrics.json';

export const linkerd = defineSource({
  id: 'linkerd',
  summary: 'Balancers, pools, reuse of connections and latency of linkerd 1.x, from its metrics.json.',
  description: `
Asks the admin port of linkerd 1.x for \`${PATH}?tree=1\` and makes metrics of what it says about every client, service
and server. Set \`address\` with a path and query of your own to get the flat form (no \`tree=1\`), which is read as well;
in it a client's id can only be guessed, because it holds slashes.

Every point has some of \`lagpipe.linkerd.router\`, \`.client\` (\`$/inet/10.0.0.1/8080\`, \`#/io.l5d.fs/web\`), \`.service\`
and \`.server\`: a client alone is all that goes to it, with a service what goes to it for that service, a service or
server alone is what it is. Scopes of linkerd until 0.8 (\`dst/id\`, \`dst/path\`, \`srv\`) are the same. A client without
a router is linkerd's own, such as its tracer.

| metric | type, unit |
|---|---|
| \`lagpipe.linkerd.requests\`, \`.successes\`, \`.failures\`, \`.connects\` (attempts), \`.closes\`, \`.cancelled_connects\`, \`.sent_bytes\`, \`.received_bytes\`, \`.read_timeouts\`, \`.write_timeouts\` | cumulative sums |
| \`.pending\`, \`.connections\` | gauges |
| \`.loadbalancer.size\`, \`.available\`, \`.busy\`, \`.closed\`, \`.load\`, \`.mean_weight\` | gauges, {node}; absent while the balancer is idle |
| \`.loadbalancer.adds\`, \`.removes\`, \`.rebuilds\`, \`.updates\`, \`.max_effort_exhausted\` | cumulative sums |
| \`.pool.size\`, \`.cached\`, \`.waiters\`; \`.pool.waited\`, \`.too_many_waiters\` | gauges; cumulative sums |
| \`.failure_accrual.removals\`, \`.probes\`, \`.revivals\`; \`.retries.total\`, \`.requeues\`, \`.budget_exhausted\`, \`.request_limit\`, \`.cannot_retry\`, \`.not_open\` | cumulative sums |
| \`.retries.budget\` | gauge |
| \`.request_latency\`, \`.connect_latency\`, \`.failed_connect_latency\`, \`.service_acquisition_latency\`, \`.handle_time\`, \`.transit_latency\`, \`.connection_duration\` (s), \`.connection_requests\` ({request}) | of the last closed minute: gauges \`.quantile\` with \`lagpipe.quantile\`, \`.min\`, \`.max\`, \`.mean\`; cumulative sums \`.count\`, \`.sum\` |
| \`.up\`; \`.scrape_duration\`; \`.answer_age\` | gauges, 1; s; s: how old the newest figures are |

Counters begin when linkerd's process began, as it says itself; one that falls begins anew. What a document does not
have gives no point, never 0.

linkerd closes its histograms once a minute and shows the closed ones until the next are closed. Reading them again
would count them again, so they are sent once for each window; \`.count\` and \`.sum\` add the windows up. A window that
came and went between two readings is missing, so read more often than once a minute.

An admin port that has run for weeks can take many seconds to answer. One request is under way at a time; while it
is, and when it fails, \`.answer_age\` grows and nothing is made up. Redirects are refused. A body that is no document
counts as \`malformed_body\`, clients and services beyond \`max_scopes\` as \`scope_limit\`.

The resource is linkerd's: \`service.name\` linkerd, \`service.instance.id\`, \`server.address\`, \`server.port\`.
`.trim(),
  emits: LINKERD_EMITS,
  schema: {
    type: 'object',
    description: 'Which linkerd, and how often.',
    properties: {
      address: {
        type: 'string',
        minLength: 1,
        description: `Its admin port: \`http://HOST:PORT\`, or \`HOST:PORT\` for short. The path is \`${PATH}\` with \`?tree=1\` unless you write one.`,
        default: 'http://127.0.0.1:9990',
      },
      interval: {
        type: 'string',
        format: 'duration',
        description: 'Time between two requests. The first is at once, the last when the agent stops.',
        default: '10s',
        minDuration: '1s',
        maxDuration: '1h',
      },
      timeout: {
        type: 'string',
        format: 'duration',
        description:
          'How long one answer may take. It can be longer than `interval`: requests never overlap.',
        default: '20s',
        minDuration: '100ms',
        maxDuration: '10m',
      },
      window: {
        type: 'string',
        format: 'duration',
        description: 'How long linkerd’s histograms are kept open: its flag `histogramSnapshotInterval`.',
        default: '1m',
        minDuration: '1s',
        maxDuration: '1h',
      },
      max_scopes: {
        type: 'integer',
        description: 'How many clients, services and servers are read at most.',
        default: 2000,
        minimum: 1,
        maximum: 100_000,
      },
      ...HTTP_FIELDS,
    },
  },
  example: { address: 'http://127.0.0.1:9990', interval: '10s' },
  check: (config) => {
    const reading = readAddress(config.address, PATH);
    if (reading.kind === 'problem')
      return [{ path: ['address'], message: reading.message } satisfies ConfigProblem];
    return httpProblems(config, [reading.endpoint.url]);
  },
  acquire: (config, context) =>
    acquireEndpoints(
      {
        endpoints: [endpointOf(config.address)],
        intervalMillis: config.interval,
        timeoutMillis: config.timeout,
        maxBytes: config.max_body_size,
        headers: headersOf(config, 'application/json'),
        tls: tlsPathsOf(config),
        objectionTo,
      },
      context,
    ),
  decoder: ({ address, window, max_scopes }, context) =>
    linkerdDecoder(
      { windowSeconds: window / 1000, maxScopes: max_scopes, endpoint: endpointOf(address) },
      context,
    ),
});

function endpointOf(address: string) {
  const reading = readAddress(address, PATH);
  if (reading.kind === 'problem') throw new Error(reading.message);
  const { endpoint } = reading;
  if (endpoint.url.pathname === PATH && endpoint.url.search === '') endpoint.url.search = '?tree=1';
  return endpoint;
}

/** What linkerd does not send: a page for people, or text of whatever else listens there. */
function objectionTo(body: Buffer): HttpFailure | undefined {
  const begins = body.subarray(0, 200).toString('latin1').trimStart();
  if (begins.startsWith('{')) return undefined;
  const what = /^<(!doctype|html)/i.test(begins) ? 'an HTML page' : 'something else';
  return {
    kind: 'failure',
    detail: `answers with ${what}, not with JSON`,
    remedy: 'write the admin port of linkerd 1.x, usually 9990; linkerd 2 is for the source prometheus',
  };
}
