import type { FigureName } from '../figures.ts';
import { defineRule, LINKERD_NOTES } from '../rule.ts';
import type { Window } from '../window/window.ts';

const oneCpu = defineRule({
  id: 'I1',
  title: 'One CPU takes the interrupts of a network card',
  cause:
    'The card could interrupt several CPUs, and nearly all of its interrupts go to one. That CPU becomes the limit while others are idle.',
  action:
    'Let irqbalance spread them, or set smp_affinity of each queue by hand. Ask your administrator first whether this is intended.',
  source: `${LINKERD_NOTES}; kernel scaling.rst`,
  needs: ['irq_score', 'irq_max_share', 'irq_expected', 'irq_rate'],
  helps: ['cpu_time'],
  limits: {
    score: {
      default: 0.5,
      unit: '1',
      description: 'evenness (1 is as even as the queues allow), below which it is uneven',
      clear: 1.3,
    },
    warn: { default: 0.6, unit: '1', description: 'share of the busiest CPU', clear: 0.9 },
    critical: { default: 0.9, unit: '1', description: 'share of the busiest CPU', clear: 0.95 },
    rate: {
      default: 1000,
      unit: '{interrupt}/s',
      description: 'interrupts per second, below which it does not matter',
      clear: 0.7,
    },
    softirq: {
      default: 0.3,
      unit: '1',
      description: 'share of that CPU spent in softirq, below which it does not matter',
      clear: 0.7,
    },
  },
  explains: { K1: 0, K2: 0, L4: 0 },
  judge(window, limits) {
    return spreads(window).flatMap((spread) => {
      const { name, score, maxShare, expected, rate, softirqShare } = spread;
      const isUneven = score < limits.score && maxShare > limits.warn && expected >= 2;
      if (!isUneven || rate < limits.rate || (softirqShare ?? 1) < limits.softirq) return [];
      return {
        severity: maxShare > limits.critical ? ('critical' as const) : ('warn' as const),
        subject: { 'network.interface.name': name },
        detail: `It is ${name}, and CPU ${spread.busiestCpu}.`,
        commands: [
          'systemctl status irqbalance',
          `grep ${name} /proc/interrupts    # then: echo CPULIST > /proc/irq/N/smp_affinity_list`,
        ],
        evidence: [
          { name: window.whatIs('irq_max_share'), value: maxShare, unit: '1', threshold: limits.warn },
          { name: window.whatIs('irq_score'), value: score, unit: '1', threshold: limits.score },
          { name: window.whatIs('irq_rate'), value: rate, unit: '{interrupt}/s', threshold: limits.rate },
          { name: window.whatIs('irq_expected'), value: expected, unit: '{cpu}' },
          ...softirqEvidence(softirqShare, limits.softirq),
        ],
      };
    });
  },
});

const singleQueue = defineRule({
  id: 'I2',
  title: 'A network card with one queue keeps one CPU busy',
  cause:
    'The card has a single receive queue, so one CPU receives every packet, and that CPU is nearly full.',
  action:
    'Spread the packets in software (RPS) over the other CPUs, or use a card or a machine type with more queues.',
  source: 'kernel scaling.rst',
  needs: ['irq_score', 'irq_max_share', 'irq_expected', 'irq_rate', 'cpu_time'],
  helps: ['rps_cpus'],
  limits: {
    softirq: { default: 0.7, unit: '1', description: 'share of that CPU spent in softirq', clear: 0.8 },
    rate: {
      default: 1000,
      unit: '{interrupt}/s',
      description: 'interrupts per second, below which it does not matter',
      clear: 0.7,
    },
  },
  explains: { K1: 0, K2: 0, L4: 0 },
  judge(window, limits) {
    return spreads(window).flatMap(({ name, expected, rate, softirqShare, busiestCpu }) => {
      const hasRps = (window.latest('rps_cpus', { 'network.interface.name': name }) ?? 0) > 1;
      if (expected > 1 || hasRps || rate < limits.rate) return [];
      if (softirqShare === undefined || softirqShare < limits.softirq) return [];
      return {
        severity: 'warn' as const,
        subject: { 'network.interface.name': name },
        detail: `It is ${name}, and CPU ${busiestCpu}.`,
        commands: [
          `ethtool -l ${name}    # queues now and at most`,
          `echo ff > /sys/class/net/${name}/queues/rx-0/rps_cpus    # the mask of the CPUs to use`,
        ],
        evidence: [
          ...softirqEvidence(softirqShare, limits.softirq),
          { name: window.whatIs('irq_rate'), value: rate, unit: '{interrupt}/s', threshold: limits.rate },
        ],
      };
    });
  },
});

function softirqEvidence(share: number | undefined, threshold: number) {
  const name = 'share of that CPU spent in softirq';
  return share === undefined ? [] : [{ name, value: share, unit: '1', threshold }];
}

/** How the interrupts of each interface are spread, with the softirq share of the busiest CPU where it is known. */
function spreads(window: Window<FigureName>) {
  return window.readings('irq_score').map(({ attributes, latest: score }) => {
    const name = String(attributes['network.interface.name']);
    const of = (figure: FigureName) => window.latest(figure, { 'network.interface.name': name });
    const busiestCpu = of('irq_busiest_cpu');
    return {
      name,
      score,
      maxShare: of('irq_max_share') ?? 0,
      expected: of('irq_expected') ?? 1,
      rate: of('irq_rate') ?? 0,
      busiestCpu: busiestCpu ?? 'unknown',
      softirqShare: busiestCpu === undefined ? undefined : softirqShareOf(window, busiestCpu),
    };
  });
}

function softirqShareOf(window: Window<FigureName>, cpu: number): number | undefined {
  const all = window.increase('cpu_time', { 'cpu.logical_number': cpu });
  if (all === 0) return undefined;
  const receiving = ['softirq', 'interrupt', 'irq'].reduce(
    (sum, mode) => sum + window.increase('cpu_time', { 'cpu.logical_number': cpu, 'cpu.mode': mode }),
    0,
  );
  return receiving / all;
}

export const INTERRUPT_RULES = [oneCpu, singleQueue];
