import { formatSeconds } from '../../../lib/duration.ts';
import type { Attributes } from '../../../model/attributes.ts';
import type { Severity } from '../../../model/finding.ts';
import { bucketsOf } from '../../../model/histogram-quantile.ts';
import type { FigureName } from '../figures.ts';
import { defineRule, type Judgement, NETSTACKLAT } from '../rule.ts';
import type { AnyHistogramPoint } from '../window/histogram-series.ts';
import type { Window } from '../window/window.ts';

/**
 * Where in the receive path the wait is. Every stage measures from the packet's arrival, so the wait between two stages
 * is the difference of the same quantile, never of means: they see different packets (an acknowledgement is never read).
 */

const TIMES_8 = {
  default: 8,
  unit: '1',
  description: 'how many times the latency of the stage before',
} as const;

/** Few samples say nothing of a distribution. */
const LEAST_SAMPLES = 50;

const PROTOCOLS = [
  { subject: {}, start: 'tcp_start', enqueued: 'tcp_enqueued', read: 'tcp_read' },
  {
    subject: { 'network.transport': 'udp' },
    start: 'udp_start',
    enqueued: 'udp_enqueued',
    read: 'udp_read',
  },
] as const satisfies readonly {
  readonly subject: Attributes;
  readonly start: FigureName;
  readonly enqueued: FigureName;
  readonly read: FigureName;
}[];

interface Step {
  readonly quantile: number;
  readonly before: number;
  readonly after: number;
}

/** The same quantile at two stages, or `undefined` where one has too few samples. */
function stepAt(
  window: Window<FigureName>,
  before: FigureName,
  after: FigureName,
  quantile: number,
): Step | undefined {
  const [first, second] = [window.histogram(before), window.histogram(after)];
  if (countOf(first) < LEAST_SAMPLES || countOf(second) < LEAST_SAMPLES) return undefined;
  const [earlier, later] = [window.quantile(before, quantile), window.quantile(after, quantile)];
  if (earlier === undefined || later === undefined) return undefined;
  return { quantile, before: earlier, after: later };
}

function countOf(histogram: AnyHistogramPoint | undefined): number {
  return histogram?.count ?? 0;
}

/** How many values lie wholly above. */
function countAbove(histogram: AnyHistogramPoint | undefined, seconds: number): number {
  if (histogram === undefined) return 0;
  return bucketsOf(histogram).reduce((sum, { lower, count }) => sum + (lower >= seconds ? count : 0), 0);
}

function stepEvidence(window: Window<FigureName>, before: FigureName, after: FigureName, step: Step) {
  return [
    window.at(after, step.quantile),
    window.at(before, step.quantile),
    {
      name: `between the two, p${step.quantile * 100}`,
      value: step.after - step.before,
      unit: 's',
    },
  ];
}

const readLate = defineRule({
  id: 'L1',
  title: 'The application reads late',
  cause:
    'Packets reach the socket at once and then wait until the application reads them. Neither the network nor the kernel is slow: the application is busy with something else, has too few workers, or waits for a CPU.',
  action:
    'Give the server more workers or more hosts, and see what its threads wait for. If tasks queue for the CPU, add CPUs or take load away.',
  source: `${NETSTACKLAT}: from 2 to 6 nginx workers, 110 ms became 1 ms`,
  needs: ['tcp_read', 'tcp_enqueued'],
  helps: ['cpu_pressure'],
  limits: {
    times: { ...TIMES_8, clear: 0.5 },
    median: { default: 0.001, unit: 's', description: 'median latency up to the read', clear: 0.7 },
    tail: {
      default: 0.01,
      unit: 's',
      description: 'latency up to the read of the slowest tenth (p90)',
      clear: 0.7,
    },
    critical: {
      default: 0.25,
      unit: 's',
      description: 'median latency up to the read',
      clear: 0.7,
    },
  },
  explains: { Q1: 20, Q4: 1, B2: 0, B3: 0, C7: 0 },
  judge(window, limits) {
    return PROTOCOLS.flatMap(({ subject, enqueued, read }): readonly Judgement[] => {
      const median = stepAt(window, enqueued, read, 0.5);
      const tail = stepAt(window, enqueued, read, 0.9);
      const late = [
        { step: median, least: limits.median },
        { step: tail, least: limits.tail },
      ].find(
        ({ step, least }) =>
          step !== undefined && step.after >= least && step.after >= step.before * limits.times,
      )?.step;
      if (late === undefined) return [];
      const share = window.has('cpu_pressure') ? window.rate('cpu_pressure') : undefined;
      const severity: Severity = (median?.after ?? 0) >= limits.critical ? 'critical' : 'warn';
      const wait = formatSeconds(late.after - late.before);
      return [
        {
          severity,
          ...(Object.keys(subject).length > 0 && { subject }),
          detail: `${late.quantile === 0.5 ? 'Half' : 'A tenth'} of the packets wait ${wait} or more there.${cpuText(share)}`,
          commands: [
            'ss -tn    # Recv-Q: what waits to be read, per connection',
            'top -H    # which threads are busy; none at 100 %: they wait for something',
          ],
          evidence: [
            ...stepEvidence(window, enqueued, read, late),
            ...(share === undefined
              ? []
              : [{ name: 'share of the time that tasks waited for a CPU', value: share, unit: '1' }]),
          ],
          events: countAbove(window.histogram(read), late.after / 2),
        },
      ];
    });
  },
});

function cpuText(share: number | undefined): string {
  if (share === undefined) return '';
  const percent = `${Math.round(share * 100)} %`;
  return share >= 0.5
    ? ` Tasks waited for a CPU in ${percent} of the time, so look at the CPU first.`
    : ` Tasks waited for a CPU in ${percent} of the time only, so look at the application first.`;
}

const tcpSlow = defineRule({
  id: 'L2',
  title: 'The TCP layer is slow',
  cause:
    'Packets wait between their arrival at TCP and the socket: the socket is locked by its process, or segments come out of order and wait for the missing one.',
  action:
    'Look at segments out of order, at drops of the socket backlog (Q4), and at very many connections per listener.',
  source: NETSTACKLAT,
  needs: ['tcp_enqueued', 'tcp_start'],
  limits: {
    times: { ...TIMES_8, clear: 0.5 },
    median: { default: 16e-6, unit: 's', description: 'median latency up to the socket', clear: 0.7 },
  },
  explains: { Q4: 0 },
  judge(window, limits) {
    const step = stepAt(window, 'tcp_start', 'tcp_enqueued', 0.5);
    if (step === undefined || step.after < limits.median || step.after < step.before * limits.times)
      return [];
    return [
      {
        severity: 'warn',
        commands: ["nstat -az | grep -E 'OFOQueue|BacklogDrop|RcvQDrop'"],
        evidence: stepEvidence(window, 'tcp_start', 'tcp_enqueued', step),
      },
    ];
  },
});

const firewall = defineRule({
  id: 'L3',
  title: 'The firewall or the routing is slow',
  cause:
    'Every packet spends most of its way between the start of IP and the start of TCP: that is netfilter (nftables, iptables, conntrack) and the routing. Many rules are passed one after the other by every packet.',
  action:
    'Look at how many rules a packet passes. Put addresses and ports into sets or maps, accept established connections first, and delete what nobody needs.',
  source: `${NETSTACKLAT}: 10,000 nftables rules cost 79 µs a packet`,
  needs: ['tcp_start', 'ip_start'],
  limits: {
    times: { ...TIMES_8, clear: 0.6 },
    median: { default: 16e-6, unit: 's', description: 'median latency up to TCP', clear: 0.7 },
    critical: { default: 1e-3, unit: 's', description: 'median latency up to TCP', clear: 0.7 },
  },
  explains: {},
  judge(window, limits) {
    const [slow] = PROTOCOLS.flatMap(({ start }) => {
      const step = stepAt(window, 'ip_start', start, 0.5);
      const isSlow =
        step !== undefined && step.after >= limits.median && step.after >= step.before * limits.times;
      return isSlow ? [{ start, step }] : [];
    });
    if (slow === undefined) return [];
    const cost = formatSeconds(slow.step.after - slow.step.before);
    return [
      {
        severity: slow.step.after >= limits.critical ? 'critical' : 'warn',
        detail: `It costs every packet ${cost}.`,
        commands: [
          'nft list ruleset | wc -l    # iptables-save | wc -l for the old kind',
          'nft list ruleset    # which chain is long? Sets and maps make one lookup of many rules',
        ],
        evidence: stepEvidence(window, 'ip_start', slow.start, slow.step),
        events: countOf(window.histogram(slow.start)),
      },
    ];
  },
});

const beforeIp = defineRule({
  id: 'L4',
  title: 'Packets wait before IP',
  cause:
    'Packets wait between their arrival and the start of IP: traffic control on ingress, GRO, or a softirq that comes late because its CPU is busy.',
  action:
    'Look at the softirq rules (K1 to K3) and at how interrupts are spread (I1), and at programs on ingress (tc filter show dev IF ingress).',
  source: NETSTACKLAT,
  needs: ['ip_start'],
  helps: ['softnet_squeezed'],
  limits: {
    median: { default: 100e-6, unit: 's', description: 'median latency up to IP', clear: 0.7 },
    tail: {
      default: 1e-3,
      unit: 's',
      description: 'latency up to IP of the slowest tenth (p90)',
      clear: 0.7,
    },
  },
  explains: {},
  judge(window, limits) {
    const count = countOf(window.histogram('ip_start'));
    const [median, tail] = [window.quantile('ip_start', 0.5), window.quantile('ip_start', 0.9)];
    if (count < LEAST_SAMPLES * 4 || median === undefined || tail === undefined) return [];
    if (median < limits.median && tail < limits.tail) return [];
    return [
      {
        severity: 'warn',
        commands: [
          'cat /proc/net/softnet_stat    # 2nd column: dropped, 3rd: cut short; hexadecimal, a line per CPU',
        ],
        evidence: [window.at('ip_start', 0.5, limits.median), window.at('ip_start', 0.9, limits.tail)],
      },
    ];
  },
});

const hostIsFast = defineRule({
  id: 'L0',
  title: 'This host adds no wait',
  cause:
    'Packets are read within a millisecond of their arrival. What is slow is on the network or on the other side.',
  action: 'Look at the network and at the backends.',
  source: NETSTACKLAT,
  needs: ['tcp_read'],
  limits: {
    tail: { default: 0.001, unit: 's', description: 'latency up to the read, p99' },
  },
  explains: {},
  judge(window, limits) {
    const tail = window.quantile('tcp_read', 0.99);
    if (tail === undefined || tail >= limits.tail) return [];
    if (countOf(window.histogram('tcp_read')) < LEAST_SAMPLES) return [];
    return [{ severity: 'ok', evidence: [window.at('tcp_read', 0.99, limits.tail)] }];
  },
});

const twoKindsOfReader = defineRule({
  id: 'L5',
  title: 'Reads come at two speeds',
  cause:
    'Some packets are read at once, by a thread that is just looking, and others only after a thread has been woken. That is normal; the slower kind is the price of a wake-up.',
  action: 'Nothing, unless that wake-up matters: then busy polling (SO_BUSY_POLL) trades a CPU for it.',
  source: `${NETSTACKLAT}: 8-16 µs and 100 µs-1 ms`,
  needs: ['tcp_read'],
  limits: {
    apart: { default: 8, unit: '1', description: 'how many times slower the second peak is' },
  },
  explains: {},
  judge(window, limits) {
    const histogram = window.histogram('tcp_read');
    if (histogram === undefined || countOf(histogram) < LEAST_SAMPLES * 4) return [];
    const peaks = peaksOf(histogram);
    if (peaks === undefined || peaks.slow / peaks.fast < limits.apart) return [];
    return [
      {
        severity: 'ok',
        evidence: [
          { name: 'many reads around', value: peaks.fast, unit: 's' },
          { name: 'and many around', value: peaks.slow, unit: 's' },
        ],
      },
    ];
  },
});

/** Two octaves that hold a tenth of all values or more, with one between them that holds less than half of either. */
function peaksOf(histogram: AnyHistogramPoint): { readonly fast: number; readonly slow: number } | undefined {
  const octaves = new Map<number, number>();
  for (const { lower, upper, count } of bucketsOf(histogram)) {
    if (lower <= 0 || upper === Number.POSITIVE_INFINITY) continue;
    const octave = Math.floor(Math.log2(Math.sqrt(lower * upper)));
    octaves.set(octave, (octaves.get(octave) ?? 0) + count);
  }
  const all = [...octaves.values()].reduce((sum, count) => sum + count, 0);
  const high = [...octaves]
    .filter(([, count]) => count >= all * 0.1)
    .map(([octave]) => octave)
    .sort((a, b) => a - b);
  for (const [index, fast] of high.entries()) {
    const slow = high.slice(index + 1).find((later) => isValleyBetween(octaves, fast, later));
    if (slow !== undefined) return { fast: 2 ** (fast + 0.5), slow: 2 ** (slow + 0.5) };
  }
  return undefined;
}

function isValleyBetween(octaves: ReadonlyMap<number, number>, fast: number, slow: number): boolean {
  const lowerPeak = Math.min(octaves.get(fast) ?? 0, octaves.get(slow) ?? 0);
  for (let octave = fast + 1; octave < slow; octave++) {
    if ((octaves.get(octave) ?? 0) < lowerPeak / 2) return true;
  }
  return false;
}

export const STAGE_RULES = [hostIsFast, readLate, tcpSlow, firewall, beforeIp, twoKindsOfReader];
