import type { Attributes } from '../../../model/attributes.ts';
import { judgeSilence, PATTERNS } from '../../../model/connection-use.ts';
import type { FigureName } from '../figures.ts';
import { defineRule, type Judgement, LINKERD_NOTES, TCP_OBSERVABILITY } from '../rule.ts';
import type { Window } from '../window/window.ts';
import { closedByPort } from './closed-connections.ts';

const idle = defineRule({
  id: 'C5',
  ...PATTERNS.C5,
  source: TCP_OBSERVABILITY,
  needs: ['idle_connections', 'connections_fell_silent'],
  needsKind: 'any',
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
    return [...fellSilent(window), ...idleNow(window, limits.least)];
  },
});

/** Seen of each connection, by a capture. */
function fellSilent(window: Window<FigureName>): readonly Judgement[] {
  return window
    .readings('connections_fell_silent')
    .flatMap(({ attributes, increase }): readonly Judgement[] => {
      const silentForLong = window.reading(
        'connections_silent_for_long',
        ['server.port'],
        attributes,
      )?.increase;
      const verdict = judgeSilence({ silent: increase, silentForLong: silentForLong ?? 0 });
      if (verdict === undefined) return [];
      return [{ ...verdict, subject: { 'server.port': attributes['server.port'] }, events: increase }];
    });
}

/** Counted by the source `sockets`, which sees them only where they are many: one that waits is nothing strange. */
function idleNow(window: Window<FigureName>, least: number): readonly Judgement[] {
  return window.readings('idle_connections').flatMap(({ attributes, latest }): readonly Judgement[] => {
    if (latest < least) return [];
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
            threshold: least,
          },
        ],
        events: latest,
      },
    ];
  });
}

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

export const CONNECTION_RULES = [idle, closeWaitLeak, abandoned];
