import { judgeUse, PATTERNS, USE_LIMITS, type UseVerdict } from '../../../model/connection-use.ts';
import type { Evidence } from '../../../model/finding.ts';
import type { FigureName } from '../figures.ts';
import { defineRule, type Judgement, LINKERD_NOTES, type Rule, TCP_OBSERVABILITY } from '../rule.ts';
import type { Window } from '../window/window.ts';
import { type ClosedConnections, closedByPort } from './closed-connections.ts';

/** The limits are those of every judgement on the use of connections, so that a capture and a live host are judged alike. */
const LIMITS = {
  least: {
    default: USE_LIMITS.least,
    unit: '{connection}',
    description: 'connections closed in the window that carried a request',
  },
  short: {
    default: USE_LIMITS.short,
    unit: '1',
    description: 'share of the requests that are on connections hardly used again (for less than 3 requests)',
    clear: 0.8,
  },
  closer: {
    default: USE_LIMITS.closer,
    unit: '1',
    description: 'share of the connections that one side closed first',
  },
  asks: {
    default: USE_LIMITS.asks,
    unit: '1',
    description: 'share of the first requests that ask for keep-alive, or for the close',
  },
  good: {
    default: USE_LIMITS.good,
    unit: '{request}',
    description: 'requests for each connection from which on reuse is good',
  },
  /** Of a live host alone: there are always a few connections that are not worth keeping. */
  rate: {
    default: 2,
    unit: '{connection}/s',
    description: 'connections closed per second',
    clear: 0.5,
  },
} as const;

type LimitValues = { readonly [Name in keyof typeof LIMITS]: number };

const COMMON = {
  needs: ['connections_closed'],
  limits: LIMITS,
  explains: {},
} as const;

const notReused = defineRule({
  ...COMMON,
  id: 'C1',
  ...PATTERNS.C1,
  source: `${LINKERD_NOTES}; ${TCP_OBSERVABILITY}; measured`,
  helps: ['time_wait'],
  judge: (window, limits) =>
    judged('C1', window, limits, (closed) => ({
      ...timeWait(window),
      commands: [`ss -tan state time-wait '( sport = :${closed.port} or dport = :${closed.port} )' | wc -l`],
    })),
});

const keepAliveUnused = defineRule({
  ...COMMON,
  id: 'C2',
  ...PATTERNS.C2,
  source: `${TCP_OBSERVABILITY}, scenario 2`,
  needs: ['connections_closed', 'first_requests'],
  judge: (window, limits) => judged('C2', window, limits),
});

const serverCloses = defineRule({
  ...COMMON,
  id: 'C3',
  ...PATTERNS.C3,
  source: `${TCP_OBSERVABILITY}, scenario 1; measured`,
  helps: ['time_wait'],
  judge: (window, limits) =>
    judged('C3', window, limits, (closed) => ({
      ...timeWait(window),
      commands: [`ss -tan state time-wait 'sport = :${closed.port}' | wc -l`],
    })),
});

const healthyReuse = defineRule({
  ...COMMON,
  id: 'C4',
  ...PATTERNS.C4,
  source: `${TCP_OBSERVABILITY}, scenario 3`,
  limits: { good: LIMITS.good },
  judge: (window, { good }) => judged('C4', window, { ...DEFAULTS, good, rate: 0 }),
});

const DEFAULTS = { ...USE_LIMITS, rate: LIMITS.rate.default };

export const REUSE_RULES: readonly Rule[] = [notReused, keepAliveUnused, serverCloses, healthyReuse];

/** What a rule adds to the verdict. */
interface Addition {
  readonly evidence: readonly Evidence[];
  readonly detail?: string;
  readonly commands: readonly string[];
  readonly isWorse: boolean;
}

function judged(
  rule: UseVerdict['rule'],
  window: Window<FigureName>,
  limits: LimitValues,
  additionTo?: (closed: ClosedConnections) => Addition,
): readonly Judgement[] {
  return closedByPort(window).flatMap((closed): readonly Judgement[] => {
    const verdict = closed.rate >= limits.rate ? judgeUse(closed, limits) : undefined;
    if (verdict?.rule !== rule) return [];
    const { rule: _rule, severity, evidence, ...rest } = verdict;
    const { isWorse, evidence: more, ...added } = additionTo?.(closed) ?? NOTHING;
    const rate = {
      name: 'connections closed',
      value: closed.rate,
      unit: '{connection}/s',
      threshold: limits.rate,
    };
    return [
      {
        ...rest,
        ...added,
        severity: isWorse ? 'critical' : severity,
        subject: { 'server.port': closed.port },
        evidence: [...evidence, ...(severity === 'ok' ? [] : [rate]), ...more],
        events: closed.used,
      },
    ];
  });
}

const NOTHING = { isWorse: false, evidence: [] };

/** linkerd's combined sign: where SYN are dropped as well, nothing is wrong with the queues, but with the pooling. */
function timeWait(window: Window<FigureName>): Omit<Addition, 'commands'> {
  const dropped = (['listen_overflows', 'syn_queue_drops'] as const).filter(
    (figure) => window.increase(figure) > 0,
  );
  const evidence = [
    ...(window.has('time_wait') ? [window.now('time_wait')] : []),
    ...dropped.map((figure) => window.total(figure)),
  ];
  if (dropped.length === 0) return { evidence, isWorse: false };
  const detail = 'Handshakes are dropped as well: pooling would relieve the queues too.';
  return { evidence, detail, isWorse: true };
}
