import type { Attributes } from '../../../model/attributes.ts';
import type { FigureName } from '../figures.ts';
import { defineRule, LINKERD_NOTES, severityAt } from '../rule.ts';
import type { Window } from '../window/window.ts';

const acceptQueue = defineRule({
  id: 'Q1',
  title: 'An accept queue overflows',
  cause:
    'Connections arrive faster than a server accepts them, and its accept queue is full. The kernel drops what comes: the client repeats its handshake a second later.',
  action:
    'Let the server accept faster (more workers), and raise its listen backlog together with net.core.somaxconn: the smaller of the two is the limit.',
  source: `${LINKERD_NOTES}; netdata; kernel snmp_counter`,
  needs: ['listen_overflows'],
  helps: ['accept_queue_length'],
  limits: {
    info: { default: 1, unit: '{connection}', description: 'dropped in the window', clear: 1 },
    warn: { default: 1, unit: '{connection}/s', description: 'dropped per second', clear: 0.2 },
    critical: { default: 5, unit: '{connection}/s', description: 'dropped per second', clear: 0.5 },
  },
  explains: { Q3: 0.3, Q5: 0.2, N2: 0.3, N3: 0.3, C7: 0 },
  judge(window, limits) {
    const dropped = window.increase('listen_overflows');
    const rate = window.rate('listen_overflows');
    const severity =
      severityAt(rate, { warn: limits.warn, critical: limits.critical }) ??
      severityAt(dropped, { info: limits.info });
    if (severity === undefined) return [];
    const fullest = fullestListener(window);
    return [
      {
        severity,
        ...(fullest && { detail: fullest.text }),
        commands: commandsForListener(window, fullest?.limit),
        evidence: [
          window.total('listen_overflows'),
          window.perSecond('listen_overflows', limits.warn),
          ...(fullest?.evidence ?? []),
        ],
        events: dropped,
      },
    ];
  },
});

function fullestListener(window: Window<FigureName>) {
  const [fullest] = window
    .readings('accept_queue_length')
    .map(({ attributes, values }) => ({ attributes, length: Math.max(...values()) }))
    .sort((a, b) => b.length - a.length);
  if (fullest === undefined || fullest.length === 0) return undefined;
  const port = fullest.attributes['network.local.port'];
  const where: Attributes = { 'network.local.port': port };
  // Not the newest one: a listener that is gone by now has 0.
  const limits = window.readings('accept_queue_limit', where).flatMap(({ values }) => values());
  const limit = limits.length === 0 ? undefined : Math.max(...limits);
  const room = limit === undefined ? '' : `; it has room for ${limit}`;
  return {
    text: `The fullest queue is that of port ${port}, where ${fullest.length} waited${room}.`,
    limit,
    evidence: [
      {
        name: window.whatIs('accept_queue_length'),
        value: fullest.length,
        unit: '{connection}',
        ...(limit !== undefined && { threshold: limit }),
        attributes: where,
      },
    ],
  };
}

function commandsForListener(window: Window<FigureName>, limit: number | undefined): string[] {
  const somaxconn = window.latest('net.core.somaxconn');
  const look = 'ss -ltn    # a Recv-Q above its Send-Q is a full queue';
  if (somaxconn === undefined) return [look];
  if (limit !== undefined && limit < somaxconn) return [look];
  return [look, `sysctl -w net.core.somaxconn=${Math.max(4096, somaxconn * 2)}    # now ${somaxconn}`];
}

const synQueue = defineRule({
  id: 'Q2',
  title: 'A SYN queue overflows',
  cause:
    'More handshakes are half open than a listener may hold: a burst of connects, a flood, or a small backlog.',
  action:
    'Raise net.ipv4.tcp_max_syn_backlog, net.core.somaxconn and the listen backlog, and keep SYN cookies on: with them nothing is lost. If the sources are strangers, it is a flood: filter it.',
  source: `${LINKERD_NOTES}; netdata; measured`,
  needs: ['syn_queue_drops', 'syn_queue_cookies'],
  limits: {
    critical: { default: 1, unit: '{connection}', description: 'SYN dropped in the window', clear: 1 },
    warn: {
      default: 1,
      unit: '{connection}/s',
      description: 'SYN answered with a cookie per second',
      clear: 0.2,
    },
  },
  explains: { Q3: 0.1, Q5: 0.05, N2: 0.1, N3: 0.1 },
  judge(window, limits) {
    const dropped = window.increase('syn_queue_drops');
    const cookies = window.increase('syn_queue_cookies');
    const isLost = dropped >= limits.critical;
    if (!isLost && window.rate('syn_queue_cookies') < limits.warn) return [];
    return [
      {
        severity: isLost ? 'critical' : 'warn',
        detail: isLost
          ? 'SYN cookies are off, so these SYN were thrown away, and each client waits a second or more.'
          : 'SYN cookies answered them, so nothing was lost; options such as window scaling may be missing on those connections.',
        commands: synBacklogCommands(window),
        evidence: isLost
          ? [window.total('syn_queue_drops', limits.critical), window.perSecond('syn_queue_drops')]
          : [window.total('syn_queue_cookies'), window.perSecond('syn_queue_cookies', limits.warn)],
        events: dropped + cookies,
      },
    ];
  },
});

function synBacklogCommands(window: Window<FigureName>): string[] {
  const backlog = window.latest('net.ipv4.tcp_max_syn_backlog');
  const cookies = window.latest('net.ipv4.tcp_syncookies');
  return [
    ...(cookies === 0 ? ['sysctl -w net.ipv4.tcp_syncookies=1    # now 0'] : []),
    backlog === undefined
      ? 'sysctl net.ipv4.tcp_max_syn_backlog    # double it'
      : `sysctl -w net.ipv4.tcp_max_syn_backlog=${backlog * 2}    # now ${backlog}`,
    'ss -tn state syn-recv | wc -l    # how many are half open now',
  ];
}

const otherSynDrops = defineRule({
  id: 'Q3',
  title: 'Handshakes are dropped at a listener',
  cause:
    'Handshakes are dropped that fill neither the accept queue nor the SYN queue. Without SYN cookies the kernel keeps the last quarter of tcp_max_syn_backlog for peers that it knows; a lack of memory or of a route drops them too.',
  action: 'Raise net.ipv4.tcp_max_syn_backlog, or switch SYN cookies on.',
  source: `${LINKERD_NOTES}; measured`,
  needs: ['listen_drops', 'listen_overflows', 'syn_queue_drops'],
  limits: {
    info: { default: 1, unit: '{connection}', description: 'dropped in the window', clear: 1 },
    warn: { default: 1, unit: '{connection}/s', description: 'dropped per second', clear: 0.2 },
  },
  explains: { Q5: 0.2, N3: 0.2 },
  judge(window, limits) {
    const others =
      window.increase('listen_drops') -
      window.increase('listen_overflows') -
      window.increase('syn_queue_drops');
    const seconds = window.seconds('listen_drops');
    const rate = seconds === 0 ? 0 : others / seconds;
    const severity = severityAt(rate, { warn: limits.warn }) ?? severityAt(others, { info: limits.info });
    if (severity === undefined) return [];
    const name = 'handshakes dropped for another reason than a full queue';
    return [
      {
        severity,
        commands: synBacklogCommands(window),
        evidence: [
          { name, value: others, unit: '{connection}' },
          { name, value: rate, unit: '{connection}/s', threshold: limits.warn },
        ],
        events: others,
      },
    ];
  },
});

const socketBacklog = defineRule({
  id: 'Q4',
  title: 'Segments are dropped at a busy socket',
  cause:
    'Segments came for a connection while its process held the socket, and more of them than the receive buffer takes. (TCPBacklogDrop: since Linux 4.4 never a SYN, whatever older advice says.)',
  action: 'Read with larger or fewer calls, raise the receive buffer, and see that the process gets its CPU.',
  source: `${LINKERD_NOTES}, corrected by the kernel source`,
  needs: ['backlog_drops'],
  limits: {
    info: { default: 5, unit: '{segment}', description: 'dropped in the window', clear: 1 },
    warn: { default: 10, unit: '{segment}/s', description: 'dropped per second', clear: 0.2 },
  },
  explains: { N2: 0.3, N3: 0.3 },
  judge(window, limits) {
    const dropped = window.increase('backlog_drops');
    const severity =
      severityAt(window.rate('backlog_drops'), { warn: limits.warn }) ??
      severityAt(dropped, { info: limits.info });
    if (severity === undefined) return [];
    return [
      {
        severity,
        commands: ['sysctl net.ipv4.tcp_rmem    # smallest, usual and largest receive buffer'],
        evidence: [window.total('backlog_drops'), window.perSecond('backlog_drops', limits.warn)],
        events: dropped,
      },
    ];
  },
});

const connectsRetried = defineRule({
  id: 'Q5',
  title: 'Connects need a second try',
  cause:
    'Handshakes that this host begins go unanswered and are repeated: each costs the caller 1 s, then 3 s, then 7 s. The other side drops them, or a firewall on the way does.',
  action:
    'Look at the listener on the other side (its accept and SYN queues), and at firewalls between. Which peers it is, ebpf_tcp_connect tells.',
  source: `${LINKERD_NOTES}; measured`,
  needs: ['active_opens', 'syn_retransmits'],
  helps: ['connects'],
  limits: {
    share: { default: 0.01, unit: '1', description: 'SYN sent again for each connect', clear: 0.5 },
    least: { default: 3, unit: '{segment}', description: 'SYN sent again in the window', clear: 0.5 },
  },
  explains: {},
  judge(window, limits) {
    const isSeen = window.has('connects');
    const connects = window.increase(isSeen ? 'connects' : 'active_opens');
    const retried = retriedConnects(window);
    if (connects === 0 || retried < limits.least || retried / connects < limits.share) return [];
    return [
      {
        severity: 'warn',
        commands: ['lagpipe run pipelines/tcpconnlat.yaml --for 30s    # RETX above 0 are those'],
        evidence: [
          { name: 'SYN sent again', value: retried, unit: '{segment}', threshold: limits.least },
          window.total(isSeen ? 'connects' : 'active_opens'),
          {
            name: 'SYN sent again for each connect',
            value: retried / connects,
            unit: '1',
            threshold: limits.share,
          },
        ],
        events: retried,
        // The counter has the SYN-ACK of this host's own listeners in it.
        ...(!isSeen && { confidence: 0.7 }),
      },
    ];
  },
});

/** One by one where probes see them: the kernel's counter adds the SYN-ACK that listeners repeat. */
function retriedConnects(window: Window<FigureName>): number {
  if (window.has('segments_sent_again'))
    return window.increase('segments_sent_again', { 'lagpipe.tcp.retransmit_kind': 'syn' });
  if (window.has('connects')) return window.increase('connects_retried');
  return window.increase('syn_retransmits');
}

export const HANDSHAKE_RULES = [acceptQueue, synQueue, otherSynDrops, socketBacklog, connectsRetried];
