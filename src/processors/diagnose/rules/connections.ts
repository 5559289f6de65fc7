import type { Attributes } from '../../../model/attributes.ts';
import type { Evidence } from '../../../model/finding.ts';
import type { FigureName } from '../figures.ts';
import { defineRule, type Judgement, LINKERD_NOTES, TCP_OBSERVABILITY } from '../rule.ts';
import type { Window } from '../window/window.ts';
import { type ClosedConnections, closedByPort } from './closed-connections.ts';

const CHURN_LIMITS = {
  rate: { default: 2, unit: '{connection}/s', description: 'connections closed per second', clear: 0.5 },
  least: { default: 20, unit: '{connection}', description: 'connections closed in the window' },
  requests: {
    default: 3,
    unit: '{request}',
    description: 'requests for each connection, below which it was hardly used again',
    clear: 1.5,
  },
  closer: { default: 0.8, unit: '1', description: 'share of the connections that one side closed first' },
} as const;

type ChurnLimits = { readonly [Name in keyof typeof CHURN_LIMITS]: number };

/** The servers whose connections live for a request or two, by what was seen of each connection. */
function churning(window: Window<FigureName>, limits: ChurnLimits): readonly ClosedConnections[] {
  return closedByPort(window).filter(
    ({ used, rate, turns }) => used >= limits.least && rate >= limits.rate && turns / used < limits.requests,
  );
}

function closedEvidence(
  closed: ClosedConnections,
  limits: ChurnLimits,
  side: 'client' | 'server',
): Evidence[] {
  const { used, rate, turns } = closed;
  const first = side === 'server' ? closed.byServer : used - closed.byServer;
  return [
    {
      name: 'requests for each connection',
      value: turns / used,
      unit: '{request}',
      threshold: limits.requests,
    },
    { name: 'connections closed', value: rate, unit: '{connection}/s', threshold: limits.rate },
    { name: `closed first by the ${side}`, value: first / used, unit: '1' },
  ];
}

/** linkerd's combined sign: where SYN are dropped as well, nothing is wrong with the queues, but with the pooling. */
function droppedHandshakes(window: Window<FigureName>): Evidence[] {
  return (['listen_overflows', 'syn_queue_drops'] as const)
    .filter((figure) => window.increase(figure) > 0)
    .map((figure) => window.total(figure));
}

const noPooling = defineRule({
  id: 'C1',
  title: 'Connections are not reused',
  cause:
    'Clients open a connection for every request or two and close it again. Every request pays for a handshake, and the closed connections stay in TIME_WAIT at the client for a minute.',
  action:
    'Let the clients keep connections alive and use a pool. Look at their keep-alive settings and at the timeout of proxies between.',
  source: `${LINKERD_NOTES}; ${TCP_OBSERVABILITY}; measured`,
  needs: ['connections_closed'],
  helps: ['time_wait'],
  limits: CHURN_LIMITS,
  explains: {},
  judge(window, limits) {
    return churning(window, limits).flatMap((closed): readonly Judgement[] => {
      if (closed.byServer / closed.used >= limits.closer) return [];
      const dropped = droppedHandshakes(window);
      return [
        {
          severity: dropped.length > 0 ? 'critical' : 'warn',
          subject: { 'server.port': closed.port },
          detail: `Port ${closed.port} is asked that way.${dropped.length > 0 ? ' Handshakes are dropped as well: pooling would relieve the queues too.' : ''}`,
          commands: [
            `ss -tan state time-wait '( sport = :${closed.port} or dport = :${closed.port} )' | wc -l`,
          ],
          evidence: [
            ...closedEvidence(closed, limits, 'client'),
            ...(window.has('time_wait') ? [window.now('time_wait')] : []),
            ...dropped,
          ],
          events: closed.used,
        },
      ];
    });
  },
});

const keepAliveUnused = defineRule({
  id: 'C2',
  title: 'Keep-alive is asked for, but connections are not reused',
  cause:
    'Clients ask for keep-alive and close after a request or two all the same: they have no pool, their idle timeout is very short, or a proxy between does not pass keep-alive on.',
  action:
    "Check the clients' pool, its idle and age limits, the HTTP version that is agreed on, and the policy of proxies on the way.",
  source: `${TCP_OBSERVABILITY}, scenario 2`,
  needs: ['connections_closed', 'connections_asked_keep_alive'],
  limits: {
    ...CHURN_LIMITS,
    asked: { default: 0.5, unit: '1', description: 'share of the connections that asked for keep-alive' },
  },
  explains: { C1: 0 },
  judge(window, limits) {
    return churning(window, limits).flatMap((closed): readonly Judgement[] => {
      const asked = closed.askedKeepAlive / closed.used;
      if (closed.byServer / closed.used >= limits.closer || asked < limits.asked) return [];
      return [
        {
          severity: 'warn',
          subject: { 'server.port': closed.port },
          detail: `It is so at port ${closed.port}.`,
          evidence: [
            ...closedEvidence(closed, limits, 'client'),
            { name: 'asked for keep-alive', value: asked, unit: '1', threshold: limits.asked },
          ],
          events: closed.used,
        },
      ];
    });
  },
});

const serverCloses = defineRule({
  id: 'C3',
  title: 'The server closes every connection',
  cause:
    'The server closes each connection after a request or two: its keep-alive is off, its idle timeout is very short, or the clients ask for it (Connection: close, HTTP/1.0). So nothing can be reused, and TIME_WAIT piles up at the server.',
  action:
    'Switch keep-alive on in the server, with an idle timeout longer than the pause between requests, and see that the clients do not ask for the close.',
  source: `${TCP_OBSERVABILITY}, scenario 1; measured`,
  needs: ['connections_closed'],
  helps: ['time_wait'],
  limits: CHURN_LIMITS,
  explains: { C1: 0 },
  judge(window, limits) {
    return churning(window, limits).flatMap((closed): readonly Judgement[] => {
      if (closed.byServer / closed.used < limits.closer) return [];
      const dropped = droppedHandshakes(window);
      return [
        {
          severity: dropped.length > 0 ? 'critical' : 'warn',
          subject: { 'server.port': closed.port },
          detail: `It is the server at port ${closed.port}.`,
          commands: [`ss -tan state time-wait 'sport = :${closed.port}' | wc -l`],
          evidence: [
            ...closedEvidence(closed, limits, 'server'),
            ...(window.has('time_wait') ? [window.now('time_wait')] : []),
            ...dropped,
          ],
          events: closed.used,
        },
      ];
    });
  },
});

const healthyReuse = defineRule({
  id: 'C4',
  title: 'Connections are reused well',
  cause: 'Connections carry many requests each, so handshakes cost nothing that matters.',
  action: 'Nothing.',
  source: `${TCP_OBSERVABILITY}, scenario 3`,
  needs: ['connections_closed'],
  limits: {
    requests: { default: 10, unit: '{request}', description: 'requests for each connection' },
    least: { default: 5, unit: '{connection}', description: 'connections closed in the window' },
  },
  explains: {},
  judge(window, limits) {
    return closedByPort(window).flatMap(({ port, used, turns }): readonly Judgement[] => {
      if (used < limits.least || turns / used < limits.requests) return [];
      return [
        {
          severity: 'ok',
          subject: { 'server.port': port },
          evidence: [
            {
              name: 'requests for each connection',
              value: turns / used,
              unit: '{request}',
              threshold: limits.requests,
            },
          ],
        },
      ];
    });
  },
});

const idle = defineRule({
  id: 'C5',
  title: 'Idle connections may be dropped silently',
  cause:
    'Connections have been idle for so long that load balancers, firewalls or NAT gateways on the way may have forgotten them, and no keep-alive probe would tell. The next request on such a connection hangs.',
  action:
    'Switch keep-alive probes on (SO_KEEPALIVE, or PING for HTTP/2 and WebSockets) at an interval below the shortest idle timeout on the way, often 60 s to 350 s.',
  source: TCP_OBSERVABILITY,
  needs: ['idle_connections'],
  limits: {
    least: {
      default: 20,
      unit: '{connection}',
      description: 'idle and without keep-alive probes',
      clear: 0.7,
    },
  },
  explains: {},
  judge(window, limits) {
    return window.readings('idle_connections').flatMap(({ attributes, latest }): readonly Judgement[] => {
      if (latest < limits.least) return [];
      return [
        {
          severity: 'info',
          subject: portOf(attributes),
          commands: ['ss -tno state established    # those without timer:(keepalive…)'],
          evidence: [
            {
              name: window.whatIs('idle_connections'),
              value: latest,
              unit: '{connection}',
              threshold: limits.least,
            },
          ],
          events: latest,
        },
      ];
    });
  },
});

const closeWaitLeak = defineRule({
  id: 'C6',
  title: 'Connections are not closed (CLOSE_WAIT)',
  cause:
    'The other side has closed these connections, and the application here has not: it leaks them. They stay in CLOSE_WAIT until it ends, and one day it has no file descriptor left.',
  action:
    'Mend the application: every path, errors too, has to close its connection. A restart helps for a while.',
  source: 'measured',
  needs: ['socket_connections'],
  limits: {
    growing: {
      default: 10,
      unit: '{connection}',
      description: 'in CLOSE_WAIT when their number only grows',
      clear: 0.7,
    },
    steady: {
      default: 50,
      unit: '{connection}',
      description: 'in CLOSE_WAIT for the whole window',
      clear: 0.7,
    },
  },
  explains: { C5: 0, C7: 0, C1: 0 },
  judge(window, limits) {
    const readings = window.readings('socket_connections', { 'network.connection.state': 'close_wait' });
    return readings.flatMap(({ attributes, latest, values }): readonly Judgement[] => {
      const seen = values();
      const isGrowing = latest >= limits.growing && growsThroughout(seen);
      const isSteady = seen.length > 1 && Math.min(...seen) >= limits.steady;
      if (!isGrowing && !isSteady) return [];
      const subject = portOf(attributes);
      return [
        {
          severity: 'warn',
          subject,
          detail: isGrowing ? 'Their number keeps growing.' : 'Their number does not fall.',
          commands: [`ss -tanp state close-wait    # which process has them`],
          evidence: [
            {
              name: 'connections in CLOSE_WAIT',
              value: latest,
              unit: '{connection}',
              threshold: isGrowing ? limits.growing : limits.steady,
            },
            { name: 'at the start of the window', value: seen[0], unit: '{connection}' },
          ],
          events: latest,
        },
      ];
    });
  },
});

/** Never less than before, and more in the last third than in the first. */
function growsThroughout(values: readonly number[]): boolean {
  if (values.length < 3) return false;
  const third = Math.ceil(values.length / 3);
  const isRising = values.every((value, index) => index === 0 || value >= values[index - 1]);
  return isRising && values[values.length - 1] > values[values.length - 1 - third];
}

const abandoned = defineRule({
  id: 'C7',
  title: 'Connections are opened and never used',
  cause:
    'Many connections carry no data at all. Benchmarks such as ab leave connections like that behind; health checks and scanners make them too.',
  action: 'If this is a benchmark, use another tool (wrk, slow_cooker). If not, ask the peer what it does.',
  source: LINKERD_NOTES,
  needs: ['connections_closed'],
  helps: ['silent_connections'],
  limits: {
    least: { default: 50, unit: '{connection}', description: 'without data', clear: 0.7 },
    share: { default: 0.5, unit: '1', description: 'of all connections to that port', clear: 0.8 },
  },
  explains: {},
  judge(window, limits) {
    return closedByPort(window).flatMap((closed): readonly Judgement[] => {
      const open = window.latest('silent_connections', {
        'lagpipe.tcp.role': 'server',
        'server.port': closed.port,
      });
      const silent = closed.silent + (open ?? 0);
      const all = closed.count + (open ?? 0);
      if (silent < limits.least || silent / all < limits.share) return [];
      return [
        {
          severity: 'info',
          subject: { 'server.port': closed.port },
          evidence: [
            {
              name: 'connections without data',
              value: silent,
              unit: '{connection}',
              threshold: limits.least,
            },
            { name: 'of all', value: silent / all, unit: '1', threshold: limits.share },
          ],
          events: silent,
        },
      ];
    });
  },
});

function portOf(attributes: Attributes): Attributes {
  const { 'server.port': port, 'lagpipe.tcp.role': role } = attributes;
  return {
    ...(port !== undefined && { 'server.port': port }),
    ...(role !== undefined && { 'lagpipe.tcp.role': role }),
  };
}

export const CONNECTION_RULES = [
  noPooling,
  keepAliveUnused,
  serverCloses,
  healthyReuse,
  idle,
  closeWaitLeak,
  abandoned,
];
