import type { Evidence } from '../../../model/finding.ts';
import { bucketsOf } from '../../../model/histogram-quantile.ts';
import type { FigureName } from '../figures.ts';
import { defineRule, LINKERD_NOTES, severityAt } from '../rule.ts';
import type { AnyHistogramPoint } from '../window/histogram-series.ts';
import type { Window } from '../window/window.ts';

const DEFAULT_RTO_MIN_SECONDS = 0.2;

const interfaceDrops = defineRule({
  id: 'N1',
  title: 'A network interface drops packets',
  cause:
    'The interface loses packets before the network stack sees them: its receive ring is full because the CPU comes too late, the link is faulty, or packets come that nobody here wants.',
  action:
    'Drops with missed or fifo errors: enlarge the ring and spread the interrupts. CRC or frame errors: cable, optics or duplex. Drops alone: unknown protocols or VLANs, often harmless.',
  source: `${LINKERD_NOTES}; netdata; node-mixin; RHEL`,
  needs: ['packets_received', 'packets_dropped'],
  helps: ['nic_statistics'],
  limits: {
    share: { default: 0.02, unit: '1', description: 'packets dropped of those received', clear: 0.5 },
    errors: { default: 0.01, unit: '1', description: 'packets in error of those received', clear: 0.5 },
    least: { default: 1000, unit: '{packet}', description: 'received in the window before drops count' },
    fifo: { default: 1, unit: '{error}', description: 'lost to a full ring in the window', clear: 1 },
  },
  explains: { N2: 0.2, N3: 0.2, Q5: 0.2 },
  judge(window, limits) {
    return window.readings('packets_received').flatMap(({ attributes, increase: received }) => {
      const where = { 'network.interface.name': attributes['network.interface.name'] };
      const dropped = window.increase('packets_dropped', where);
      const errors = window.increase('receive_errors', where);
      const fifo = window.increase('fifo_errors', where);
      const isLossy = received >= limits.least && dropped / received >= limits.share;
      const isFaulty = received >= limits.least && errors / received >= limits.errors;
      if (fifo < limits.fifo && !isLossy && !isFaulty) return [];
      const name = String(where['network.interface.name']);
      return {
        severity: 'warn' as const,
        subject: where,
        detail: ringDetail(window, name, fifo),
        commands: [
          `ethtool -S ${name} | grep -Ei 'drop|miss|err|fifo|crc'`,
          `ethtool -g ${name}    # ring size now and at most; ethtool -G ${name} rx N sets it`,
        ],
        evidence: [
          { name: 'packets dropped on receive', value: dropped, unit: '{packet}' },
          { name: 'packets received', value: received, unit: '{packet}' },
          { name: 'share dropped', value: dropped / received, unit: '1', threshold: limits.share },
          ...(fifo > 0 ? [{ name: window.whatIs('fifo_errors'), value: fifo, unit: '{error}' }] : []),
          ...(errors > 0 ? [{ name: window.whatIs('receive_errors'), value: errors, unit: '{error}' }] : []),
          ...driverEvidence(window, name),
        ],
        events: Math.max(dropped, errors, fifo),
      };
    });
  },
});

function ringDetail(window: Window<FigureName>, name: string, fifo: number): string {
  const where = { 'network.interface.name': name };
  const size = window.latest('ring_size', where);
  const max = window.latest('ring_max', where);
  if (fifo === 0) return `It is ${name}.`;
  if (size === undefined || max === undefined) return `It is ${name}, and its ring was full.`;
  return `It is ${name}, and its ring of ${size} was full; the card could have ${max}.`;
}

/** The driver's own counters that moved, the largest first. */
function driverEvidence(window: Window<FigureName>, name: string): Evidence[] {
  return window
    .readings('nic_statistics', {
      'network.interface.name': name,
      'lagpipe.nic.statistic.origin': 'driver',
    })
    .filter(({ increase }) => increase > 0)
    .sort((a, b) => b.increase - a.increase)
    .slice(0, 3)
    .map(({ attributes, increase }) => ({
      name: String(attributes['lagpipe.nic.statistic.name']),
      value: increase,
      unit: '1',
    }));
}

const retransmissionTail = defineRule({
  id: 'N2',
  title: 'Lost packets make the slowest requests slow',
  cause:
    'A packet was lost, and the sender noticed only when its timer ran out: 200 ms on most hosts, then twice that, and twice that again. So the slowest requests take a multiple of 200 ms. The backend is not slow.',
  action:
    'Find where packets get lost: interfaces (N1), softirq backlog (K1), firewalls, then the path between the hosts.',
  source: `${LINKERD_NOTES}; measured`,
  needs: ['data_segments'],
  helps: ['response_time'],
  limits: {
    least: {
      default: 5,
      unit: '{request}',
      description: 'that waited for such a timer, in the window',
      clear: 0.5,
    },
    share: {
      default: 0.001,
      unit: '1',
      description: 'of all requests (of all data segments, where requests are not seen), that did so',
      clear: 0.5,
    },
    critical: { default: 0.1, unit: '1', description: 'of all requests, that did so', clear: 0.7 },
  },
  explains: { N3: 0, Q5: 0 },
  judge(window, limits) {
    const found = waitsSeen(window) ?? waitsCounted(window);
    if (found === undefined || found.waits < limits.least || found.waits / found.of < limits.share) return [];
    const share = found.waits / found.of;
    return [
      {
        severity: found.severity ?? (share >= limits.critical ? 'critical' : 'warn'),
        detail: found.detail,
        commands: [
          "nstat -az | grep -E 'RetransSegs|LossProbes|Timeouts'",
          'ss -ti    # retrans: per connection',
        ],
        evidence: [
          { name: found.what, value: found.waits, unit: '{request}', threshold: limits.least },
          { name: 'share of all', value: share, unit: '1', threshold: limits.share },
          ...found.evidence,
        ],
        events: found.waits,
        confidence: found.confidence,
      },
    ];
  },
});

/** How often somebody waited for a retransmission timer, and of how many that is. */
interface TimerWaits {
  readonly waits: number;
  readonly of: number;
  readonly what: string;
  readonly detail: string;
  readonly evidence: readonly Evidence[];
  readonly confidence: number;
  readonly severity?: 'info';
}

/** Few responses, of the connections that are new, say nothing of the others. */
const LEAST_RESPONSES = 100;

/** By the times of responses: their tail lies at multiples of the timer, and something was sent again. */
function waitsSeen(window: Window<FigureName>): TimerWaits | undefined {
  const histogram = window.histogram('response_time');
  if (histogram === undefined) return undefined;
  const rtoMicros = window.latest('net.ipv4.tcp_rto_min_us');
  const rto = rtoMicros === undefined ? DEFAULT_RTO_MIN_SECONDS : rtoMicros / 1e6;
  const tail = tailOf(histogram, rto);
  const lost = segmentsLost(window);
  const isLossy = lost === undefined || lost.value >= Math.max(3, tail.atMultiples * 0.2);
  if (!tail.isClustered || !isLossy) {
    const waits = waitsMatched(window, tail, rto);
    return waits ?? (tail.all < LEAST_RESPONSES ? undefined : { ...NO_WAITS, of: tail.all });
  }
  return {
    waits: tail.atMultiples,
    of: tail.all,
    what: `requests at a multiple of ${rto * 1000} ms`,
    detail: `Here ${tail.atMultiples} of ${tail.all} requests did so.`,
    evidence: [
      window.at('response_time', 0.5),
      window.at('response_time', 0.99),
      ...(lost === undefined ? [] : [lost]),
    ],
    confidence: 1,
    // Without the counters it is a guess: delayed answers of an application may look alike.
    ...(lost === undefined && { confidence: 0.4, severity: 'info' as const }),
  };
}

/**
 * A timer is the least one and the round trip, or four times what that varies by: on a long or an uneven path no
 * multiple of the least stands out. Then as many requests took longer than the least as timers ran out. Where one
 * number is twice the other, either the requests were slow without one, or the timers were not theirs.
 */
function waitsMatched(window: Window<FigureName>, tail: Tail, rto: number): TimerWaits | undefined {
  const byTimer = sentByTimer(window);
  if (byTimer === 0 || byTimer > 2 * tail.overTimer || tail.overTimer > 2 * byTimer) return undefined;
  const waits = Math.min(byTimer, tail.overTimer);
  return {
    waits,
    of: tail.all,
    what: `requests over ${rto * 1000} ms, as timers ran out`,
    detail: `Here ${tail.overTimer} of ${tail.all} requests took longer than ${rto * 1000} ms, and a timer ran out ${Math.round(byTimer)} times.`,
    evidence: [window.at('response_time', 0.5), window.at('response_time', 0.99)],
    confidence: 0.8,
  };
}

const NO_WAITS = { waits: 0, of: 1, what: '', detail: '', evidence: [], confidence: 1 } as const;

/**
 * Where responses are not seen (connections older than the agent, encrypted, another host's), by what was sent again
 * only after a timer. Bulk transfers repair their losses without one (fast retransmit), and so are not meant.
 */
function waitsCounted(window: Window<FigureName>): TimerWaits | undefined {
  const lost = segmentsLost(window);
  if (lost === undefined) return undefined;
  const waits = Math.min(sentByTimer(window), lost.value);
  // Probes that were attached within the window, which takes seconds on a busy host, tell of what they saw themselves.
  const isSeen = window.has('segments_sent_again');
  const of = isSeen ? Math.max(segmentsSeen(window), lost.value / 4) : lost.value;
  if (waits < of / 2) return undefined;
  return {
    waits,
    of: window.increase('data_segments'),
    what: 'segments sent again only after a timer',
    detail: `Here that happened ${Math.round(waits)} times.`,
    evidence: [lost, window.total('data_segments')],
    confidence: 0.8,
  };
}

/** Segments that were sent again because a timer ran out. */
function sentByTimer(window: Window<FigureName>): number {
  return window.has('segments_sent_again')
    ? sentAgain(window, ['timeout', 'tail_loss_probe'])
    : window.increase('loss_probes');
}

interface Tail {
  readonly all: number;
  readonly atMultiples: number;
  /** At a multiple or not. */
  readonly overTimer: number;
  readonly isClustered: boolean;
}

/**
 * How many values lie at a multiple of the timeout, and whether the tail is made of those: (1, 2, 4 or 8 times the
 * timeout, and up to 30 % more for the round trip and the timer), with a gap of half the timeout before the first.
 */
export function tailOf(histogram: AnyHistogramPoint, rtoSeconds: number): Tail {
  let all = 0;
  let atMultiples = 0;
  let inGap = 0;
  let beyond = 0;
  for (const { lower, upper, count } of bucketsOf(histogram)) {
    all += count;
    const middle = upper === Number.POSITIVE_INFINITY ? lower : (lower + upper) / 2;
    if (middle >= rtoSeconds * 0.3 && middle < rtoSeconds * 0.8) inGap += count;
    if (middle < rtoSeconds * 0.95) continue;
    const isMultiple = [1, 2, 4, 8].some(
      (times) => middle >= times * rtoSeconds * 0.95 && middle <= times * rtoSeconds * 1.3,
    );
    if (isMultiple) atMultiples += count;
    else beyond += count;
  }
  // Of one second more: a connect that lost its SYN as well.
  return {
    all,
    atMultiples,
    overTimer: atMultiples + beyond,
    isClustered: atMultiples > inGap && atMultiples >= beyond,
  };
}

/** Data that was sent again, by the counters of the host or by what probes saw in all namespaces; SYN do not count. */
function segmentsLost(window: Window<FigureName>): Evidence | undefined {
  const hasCounter = window.has('retransmits') && window.has('syn_retransmits');
  if (!hasCounter && !window.has('segments_sent_again')) return undefined;
  const counted = hasCounter ? window.increase('retransmits') - window.increase('syn_retransmits') : 0;
  return {
    name: 'segments sent again',
    value: Math.max(counted, segmentsSeen(window)),
    unit: '{segment}',
  };
}

function segmentsSeen(window: Window<FigureName>): number {
  return sentAgain(window, ['fast', 'timeout', 'tail_loss_probe', 'other']);
}

/** What probes saw. */
function sentAgain(window: Window<FigureName>, kinds: readonly string[]): number {
  return kinds.reduce(
    (sum, kind) => sum + window.increase('segments_sent_again', { 'lagpipe.tcp.retransmit_kind': kind }),
    0,
  );
}

const loss = defineRule({
  id: 'N3',
  title: 'Packets are lost',
  cause:
    'TCP has to send data again because it was not acknowledged: packets get lost on the way, mostly to congestion.',
  action:
    'Find where: interfaces (N1), softirq backlog (K1), firewalls, then the path between the hosts. Every loss costs a request a round trip at best and 200 ms at worst.',
  source: 'USE method; measured',
  needs: ['retransmits', 'data_segments'],
  helps: ['syn_retransmits'],
  limits: {
    warn: { default: 0.01, unit: '1', description: 'segments sent again of those sent', clear: 0.5 },
    critical: { default: 0.05, unit: '1', description: 'segments sent again of those sent', clear: 0.7 },
    least: { default: 10, unit: '{segment}', description: 'sent again in the window', clear: 0.5 },
  },
  explains: { Q5: 0 },
  judge(window, limits) {
    const again = window.increase('retransmits') - window.increase('syn_retransmits');
    const sent = window.increase('data_segments');
    if (again < limits.least || sent === 0) return [];
    const severity = severityAt(again / sent, { warn: limits.warn, critical: limits.critical });
    if (severity === undefined) return [];
    return [
      {
        severity,
        commands: ['ss -ti    # retrans: per connection', 'lagpipe run pipelines/drops.yaml --for 30s'],
        evidence: [
          { name: 'segments sent again', value: again, unit: '{segment}', threshold: limits.least },
          { name: 'share of the data sent', value: again / sent, unit: '1', threshold: limits.warn },
          window.total('data_segments'),
        ],
        events: again,
      },
    ];
  },
});

export const LOSS_RULES = [interfaceDrops, retransmissionTail, loss];
