import type { Evidence } from '../../../model/finding.ts';
import type { FigureName } from '../figures.ts';
import { defineRule, LINKERD_NOTES, severityAt } from '../rule.ts';
import type { Window } from '../window/window.ts';

const backlog = defineRule({
  id: 'K1',
  title: 'The softirq backlog overflows',
  cause:
    'Packets that wait for a CPU in its backlog (loopback, containers, RPS) come faster than it takes them, and the backlog is full: they are dropped.',
  action:
    'Double net.core.netdev_max_backlog and look again. A backlog that fills whatever its size means that this CPU has too much to do: spread the load with RPS or more queues.',
  source: `${LINKERD_NOTES}; netdata; RHEL`,
  needs: ['softnet_dropped'],
  limits: {
    info: { default: 5, unit: '{packet}', description: 'dropped in the window', clear: 0.2 },
    warn: { default: 10, unit: '{packet}/s', description: 'dropped per second', clear: 0 },
  },
  explains: { N1: 0, N2: 0.2, N3: 0.2, Q5: 0.2, K2: 0, L4: 0 },
  judge(window, limits) {
    const dropped = window.increase('softnet_dropped');
    const severity =
      severityAt(window.rate('softnet_dropped'), { warn: limits.warn }) ??
      severityAt(dropped, { info: limits.info });
    if (severity === undefined) return [];
    const size = window.latest('net.core.netdev_max_backlog');
    return [
      {
        severity,
        ...(size !== undefined && { detail: `The backlog of a CPU holds ${size} packets now.` }),
        commands: [
          size === undefined
            ? 'sysctl -w net.core.netdev_max_backlog=2048    # 1000 unless somebody set it'
            : `sysctl -w net.core.netdev_max_backlog=${Math.max(2048, size * 2)}    # now ${size}`,
        ],
        evidence: [
          window.total('softnet_dropped'),
          window.perSecond('softnet_dropped', limits.warn),
          ...busiestCpus(window, 'softnet_dropped'),
        ],
        events: dropped,
      },
    ];
  },
});

/** The CPUs on which most of it happened. */
function busiestCpus(window: Window<FigureName>, figure: FigureName): Evidence[] {
  const { what, unit } = { what: window.whatIs(figure), unit: '{packet}' };
  return [...window.readings(figure)]
    .filter(({ increase }) => increase > 0)
    .sort((a, b) => b.increase - a.increase)
    .slice(0, 2)
    .map(({ attributes, increase }) => ({ name: what, value: increase, unit, attributes }));
}

const squeeze = defineRule({
  id: 'K2',
  title: 'Softirq rounds are cut short',
  cause:
    'The kernel stops receiving with packets left, because a round has used up its budget of packets or of time, and goes on later.',
  action:
    'Raise the budget of packets and of time together, and spread the interrupts over more CPUs. Alone, at a high packet rate, this is harmless.',
  source: `${LINKERD_NOTES}; netdata`,
  needs: ['softnet_squeezed', 'softnet_dropped'],
  helps: ['ksoftirqd_wait'],
  limits: {
    rate: { default: 10, unit: '{event}/s', description: 'rounds cut short per second', clear: 0.2 },
  },
  explains: { L4: 0 },
  judge(window, limits) {
    if (window.rate('softnet_squeezed') < limits.rate) return [];
    const hurts = window.increase('softnet_dropped') > 0 || window.increase('fifo_errors') > 0;
    const starved = starvedCpus(window, 0.1).length > 0;
    const budget = window.latest('net.core.netdev_budget');
    const micros = window.latest('net.core.netdev_budget_usecs');
    return [
      {
        severity: hurts || starved ? 'warn' : 'ok',
        commands: [
          `sysctl -w net.core.netdev_budget=${Math.max(600, 2 * (budget ?? 300))}    # now ${budget ?? 'unknown'}`,
          `sysctl -w net.core.netdev_budget_usecs=${2 * (micros ?? 8000)}    # now ${micros ?? 'unknown'}`,
        ],
        evidence: [
          window.total('softnet_squeezed'),
          window.perSecond('softnet_squeezed', limits.rate),
          ...busiestCpus(window, 'softnet_squeezed'),
        ],
        events: window.increase('softnet_squeezed'),
      },
    ];
  },
});

const starvedSoftirq = defineRule({
  id: 'K3',
  title: 'ksoftirqd waits for its CPU',
  cause:
    'The kernel thread that receives packets is ready to run and does not get the CPU, because other tasks have it. Packets wait, or are dropped.',
  action:
    'Keep busy tasks off that CPU (cpusets, nice, fewer of them), give the card threaded NAPI, or add CPUs.',
  source: `${LINKERD_NOTES}; schedstat`,
  needs: ['ksoftirqd_wait', 'softnet_squeezed', 'softnet_dropped'],
  helps: ['cpu_pressure'],
  limits: {
    share: { default: 0.1, unit: '1', description: 'of the window that ksoftirqd waited', clear: 0.7 },
    squeezed: {
      default: 10,
      unit: '{event}/s',
      description: 'rounds cut short per second, without which the wait harms nobody',
      clear: 0.5,
    },
  },
  explains: { K2: 0, L4: 0 },
  judge(window, limits) {
    const harms =
      window.rate('softnet_squeezed') >= limits.squeezed || window.increase('softnet_dropped') > 0;
    const [worst] = starvedCpus(window, limits.share);
    if (worst === undefined || !harms) return [];
    const cpu = worst.attributes['cpu.logical_number'];
    return [
      {
        severity: 'warn',
        detail: `It is ksoftirqd/${cpu}.`,
        commands: ['ps -eLo psr,pcpu,comm --sort=-pcpu | head    # what runs on which CPU'],
        evidence: [
          {
            name: 'share of the time that ksoftirqd waited for its CPU',
            value: worst.increase / worst.seconds,
            unit: '1',
            threshold: limits.share,
            attributes: worst.attributes,
          },
          window.perSecond('softnet_squeezed', limits.squeezed),
          ...(window.has('cpu_pressure') ? [window.perSecond('cpu_pressure')] : []),
        ],
      },
    ];
  },
});

function starvedCpus(window: Window<FigureName>, share: number) {
  return window
    .readings('ksoftirqd_wait')
    .filter(({ increase, seconds }) => seconds > 0 && increase / seconds >= share)
    .sort((a, b) => b.increase / b.seconds - a.increase / a.seconds);
}

const flowLimit = defineRule({
  id: 'K4',
  title: 'One flow fills a backlog',
  cause:
    'A single flow (an elephant) fills the backlog of its CPU; the kernel drops its packets so that other flows get through.',
  action: 'That is as intended. If the flow matters, raise the backlog or give the flow a CPU of its own.',
  source: 'kernel scaling.rst',
  needs: ['flow_limit_drops'],
  limits: {
    info: { default: 1, unit: '{packet}', description: 'dropped in the window', clear: 1 },
  },
  explains: { N3: 0.3 },
  judge(window, limits) {
    const dropped = window.increase('flow_limit_drops');
    if (dropped < limits.info) return [];
    return [{ severity: 'info', evidence: [window.total('flow_limit_drops', limits.info)], events: dropped }];
  },
});

export const SOFTIRQ_RULES = [backlog, squeeze, starvedSoftirq, flowLimit];
