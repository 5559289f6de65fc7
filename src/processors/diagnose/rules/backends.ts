import { formatSeconds } from '../../../lib/duration.ts';
import type { Attributes } from '../../../model/attributes.ts';
import type { Evidence } from '../../../model/finding.ts';
import type { FigureName } from '../figures.ts';
import { defineRule, type Judgement, LINKERD_NOTES, NETSTACKLAT, TCP_OBSERVABILITY } from '../rule.ts';
import type { Window } from '../window/window.ts';

/** The clients of a proxy: each is a pool of connections to one backend service. */
function clientsOf(window: Window<FigureName>, figure: FigureName): readonly Attributes[] {
  return window
    .readings(figure)
    .map(({ attributes }) => attributes)
    .filter((attributes) => isClient(attributes));
}

/** The client as a whole, not one path through it and not a server. */
function isClient(attributes: Attributes): boolean {
  return (
    attributes['lagpipe.linkerd.client'] !== undefined &&
    attributes['lagpipe.linkerd.service'] === undefined &&
    attributes['lagpipe.linkerd.server'] === undefined
  );
}

/** The value of exactly this client: figures of its services have its attributes too. */
function latestOf(window: Window<FigureName>, figure: FigureName, client: Attributes): number | undefined {
  return exactly(window, figure, client)?.latest;
}

function increaseOf(window: Window<FigureName>, figure: FigureName, client: Attributes): number {
  return exactly(window, figure, client)?.increase ?? 0;
}

/** What tells clients, and quantiles of their histograms, apart; services of a client have one attribute more. */
const CLIENT_ATTRIBUTES = [
  'lagpipe.linkerd.router',
  'lagpipe.linkerd.client',
  'lagpipe.linkerd.service',
  'lagpipe.linkerd.server',
  'lagpipe.quantile',
];

function exactly(window: Window<FigureName>, figure: FigureName, client: Attributes) {
  return window.reading(figure, CLIENT_ATTRIBUTES, client);
}

function quantileOf(
  window: Window<FigureName>,
  figure: FigureName,
  client: Attributes,
  quantile: number,
): number | undefined {
  return latestOf(window, figure, { ...client, 'lagpipe.quantile': quantile });
}

const smallPool = defineRule({
  id: 'B1',
  title: 'The proxy has few backends to choose from',
  cause:
    'The load balancer has one or two backends, or half of them are not available: it cannot shift traffic to faster ones.',
  action:
    'Add backends, or find out why the others are not available. In a test with one or two backends this is as expected.',
  source: `${LINKERD_NOTES}; linkerd dashboard`,
  needs: ['balancer_size', 'backend_requests'],
  helps: ['balancer_available'],
  limits: {
    size: { default: 2, unit: '{host}', description: 'backends at most', clear: 1 },
    available: {
      default: 0.5,
      unit: '1',
      description: 'share of the backends that is available',
      clear: 1.2,
    },
  },
  explains: {},
  judge(window, limits) {
    return clientsOf(window, 'balancer_size').flatMap((client): readonly Judgement[] => {
      const size = latestOf(window, 'balancer_size', client);
      const available = latestOf(window, 'balancer_available', client);
      if (size === undefined || size === 0 || increaseOf(window, 'backend_requests', client) === 0) return [];
      const isDown = available !== undefined && available / size < limits.available;
      if (!isDown && size > limits.size) return [];
      const evidence: Evidence[] = [
        { name: window.whatIs('balancer_size'), value: size, unit: '{host}', threshold: limits.size },
      ];
      if (available !== undefined)
        evidence.push({ name: window.whatIs('balancer_available'), value: available, unit: '{host}' });
      return [{ severity: isDown ? 'warn' : 'info', subject: client, evidence }];
    });
  },
});

const allSlow = defineRule({
  id: 'B2',
  title: 'All backends are equally slow',
  cause:
    'Every backend takes about as long as the others, the median and the slowest requests alike: there is no faster one to shift traffic to.',
  action: 'Make the backend itself faster, or add more of them.',
  source: LINKERD_NOTES,
  needs: ['response_quantile', 'backend_requests'],
  helps: ['pool_waiters'],
  limits: {
    median: { default: 0.1, unit: 's', description: 'median latency of every backend', clear: 0.7 },
    spread: {
      default: 3,
      unit: '1',
      description: 'times that p99, or another backend, is slower',
      clear: 1.2,
    },
    least: { default: 2, unit: '{host}', description: 'backends that answered' },
  },
  explains: {},
  judge(window, limits) {
    const backends = clientsOf(window, 'backend_requests')
      .filter((client) => increaseOf(window, 'backend_requests', client) > 0)
      .flatMap((client) => {
        const median = quantileOf(window, 'response_quantile', client, 0.5);
        const tail = quantileOf(window, 'response_quantile', client, 0.99);
        return median === undefined || tail === undefined ? [] : [{ client, median, tail }];
      });
    if (backends.length < limits.least) return [];
    const medians = backends.map(({ median }) => median);
    const [fastest, slowest] = [Math.min(...medians), Math.max(...medians)];
    const isEven = slowest / fastest < limits.spread;
    const isNarrow = backends.every(({ median, tail }) => tail / median < limits.spread);
    const isQueued = (window.latest('pool_waiters') ?? 0) > 0;
    if (fastest < limits.median || !isEven || !isNarrow || isQueued) return [];
    return [
      {
        severity: 'warn',
        detail: `The fastest has a median of ${formatSeconds(fastest)}, the slowest ${formatSeconds(slowest)}.`,
        evidence: backends.slice(0, 5).map(({ client, median }) => ({
          name: 'median latency',
          value: median,
          unit: 's',
          threshold: limits.median,
          attributes: client,
        })),
      },
    ];
  },
});

const concurrency = defineRule({
  id: 'B3',
  title: 'Requests queue for a backend',
  cause:
    'The proxy has more requests than connections it may use: requests wait in the pool, because the backend answers too few at the same time.',
  action: 'Give the backend more workers or hosts, or raise the limits of the pool.',
  source: `${LINKERD_NOTES}; ${NETSTACKLAT}`,
  needs: ['pool_waiters', 'backend_pending'],
  helps: ['pool_refused'],
  limits: {
    waiting: { default: 1, unit: '{request}', description: 'waiting for a connection', clear: 1 },
  },
  explains: { B2: 0 },
  judge(window, limits) {
    return clientsOf(window, 'pool_waiters').flatMap((client): readonly Judgement[] => {
      const waiting = latestOf(window, 'pool_waiters', client) ?? 0;
      const refused = increaseOf(window, 'pool_refused', client);
      if (waiting < limits.waiting && refused === 0) return [];
      const evidence: Evidence[] = [
        { name: window.whatIs('pool_waiters'), value: waiting, unit: '{request}', threshold: limits.waiting },
        { name: window.whatIs('pool_refused'), value: refused, unit: '{request}' },
      ];
      for (const figure of ['backend_pending', 'backend_connections'] as const) {
        const value = latestOf(window, figure, client);
        if (value !== undefined) evidence.push({ name: window.whatIs(figure), value, unit: '1' });
      }
      return [{ severity: refused > 0 ? 'critical' : 'warn', subject: client, evidence }];
    });
  },
});

/** With fewer requests than connects, not all connects can have worked. */
const FEWEST_REQUESTS = 0.9;

const REUSE_LIMITS = {
  warn: { default: 5, unit: '{request}', description: 'requests for each connect, below', clear: 1.3 },
  critical: { default: 2, unit: '{request}', description: 'requests for each connect, below', clear: 1.3 },
  good: { default: 10, unit: '{request}', description: 'requests for each connect, from which all is well' },
  rate: {
    default: 1,
    unit: '{connection}/s',
    description: 'connects per second, below which it does not matter',
    clear: 0.5,
  },
  least: {
    default: 20,
    unit: '{connection}',
    description: 'connects since the proxy began, before its past is judged',
  },
} as const;

interface Reuse {
  readonly value: number;
  readonly connects: number;
  readonly since: string;
  readonly confidence: number;
}

/** Requests for each connect: of the window where enough happened in it, otherwise since the proxy began. */
function reuseOf(
  window: Window<FigureName>,
  client: Attributes,
  limits: { readonly rate: number },
): Reuse | undefined {
  const requests = exactly(window, 'backend_requests', client);
  const connects = exactly(window, 'backend_connects', client);
  if (requests === undefined || connects === undefined) return undefined;
  if (connects.seconds > 0 && connects.increase / connects.seconds >= limits.rate) {
    return {
      value: requests.increase / connects.increase,
      connects: connects.increase,
      since: 'in this window',
      confidence: 1,
    };
  }
  if (connects.increase > 0 || connects.latest < 1) return undefined;
  return {
    value: requests.latest / connects.latest,
    connects: connects.latest,
    since: 'since the proxy began',
    confidence: 0.7,
  };
}

const poorReuse = defineRule({
  id: 'B4',
  title: 'The proxy hardly reuses its connections to a backend',
  cause:
    'The proxy opens a connection to this backend for every request or two: the backend closes them, or does not allow keep-alive.',
  action:
    'Switch keep-alive on in the backend, and set its idle timeout longer than the pause between requests.',
  source: `${LINKERD_NOTES}; ${TCP_OBSERVABILITY}; linkerd's own sample: 1.9 requests per connect`,
  needs: ['backend_requests', 'backend_connects'],
  helps: ['connection_requests'],
  limits: REUSE_LIMITS,
  explains: { C1: 0, C3: 0 },
  judge(window, limits) {
    return clientsOf(window, 'backend_connects').flatMap((client): readonly Judgement[] => {
      const reuse = reuseOf(window, client, limits);
      if (reuse === undefined) return [];
      if (reuse.value >= limits.good) return [wellReused(client, reuse)];
      if (reuse.connects < limits.least) return [];
      // Connects that fail are another matter: there is nothing to reuse. They have no request, or one that failed.
      const failures = exactly(window, 'backend_failures', client)?.latest ?? 0;
      const fails = reuse.value < FEWEST_REQUESTS || failures >= reuse.connects * 0.9;
      if (reuse.value >= limits.warn || fails) return [];
      const perConnection = quantileOf(window, 'connection_requests', client, 0.5);
      return [
        {
          severity: reuse.value < limits.critical ? 'critical' : 'warn',
          subject: client,
          evidence: [
            {
              name: `requests for each connect, ${reuse.since}`,
              value: reuse.value,
              unit: '{request}',
              threshold: limits.warn,
            },
            { name: `connects, ${reuse.since}`, value: reuse.connects, unit: '{connection}' },
            ...(perConnection === undefined
              ? []
              : [
                  {
                    name: 'requests on a connection when it closed, p50',
                    value: perConnection,
                    unit: '{request}',
                  },
                ]),
          ],
          events: reuse.connects,
          confidence: reuse.confidence,
        },
      ];
    });
  },
});

function wellReused(client: Attributes, { value, since, confidence }: Reuse): Judgement {
  return {
    severity: 'ok',
    subject: client,
    title: 'The proxy reuses its connections to a backend well',
    cause: 'Each connection carries many requests.',
    action: 'Nothing.',
    evidence: [{ name: `requests for each connect, ${since}`, value, unit: '{request}' }],
    confidence,
  };
}

export const BACKEND_RULES = [smallPool, allSlow, concurrency, poorReuse];
