import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connectionFindings } from '../../../model/connection-findings.ts';
import type { Finding } from '../../../model/finding.ts';
import type { DiagnoseConfig } from '../schema.ts';
import { counter, events, findingsAfter, gauge, histogram, type Says, stage } from '../testdata/host.ts';
import { RULES } from './index.ts';

const ext = (field: string, perSecond: number) => counter(`lagpipe.netstat.tcp_ext.${field}`, perSecond);
const tcp = (field: string, perSecond: number) => counter(`lagpipe.netstat.tcp.${field}`, perSecond);
const softnet = (field: string, perSecond: number, cpu = 0) =>
  counter(`lagpipe.softnet.${field}`, perSecond, { 'cpu.logical_number': cpu });
const sysctl = (name: string, value: number) => gauge(`lagpipe.sysctl.${name}`, value);

/** Everything that a healthy host says: all figures there, none of them alarming. */
const HEALTHY: readonly Says[] = [
  ...['listen_overflows', 'listen_drops', 'req_q_full_drop', 'req_q_full_do_cookies', 'backlog_drop'].map(
    (field) => ext(field, 0),
  ),
  ext('syn_retrans', 0),
  ext('time_wait_overflow', 0),
  ext('orig_data_sent', 5000),
  ext('loss_probes', 0),
  tcp('retrans_segs', 0.1),
  tcp('active_opens', 10),
  tcp('passive_opens', 10),
  softnet('dropped', 0),
  softnet('time_squeezed', 0.1),
  softnet('processed', 10_000),
  softnet('flow_limit', 0),
  stage('ip-start', [1.2e-6, 1000], [20e-6, 2]),
  stage('tcp-start', [1.6e-6, 1000], [25e-6, 2]),
  stage('tcp-socket-enqueued', [1.8e-6, 500]),
  stage('tcp-socket-read', [20e-6, 480], [400e-6, 20]),
];

/** A healthy host, with these figures in place of its own. */
function hostWith(...says: readonly Says[]): readonly Says[] {
  const said = new Set(says.map(nameOf));
  return [...HEALTHY.filter((say) => !said.has(nameOf(say))), ...says];
}

function nameOf(say: Says): string {
  const [batch] = say(0);
  if (batch.kind === 'events') return batch.name;
  const [{ name, points }] = batch.metrics;
  return `${name} ${JSON.stringify(points[0].attributes)}`;
}

const closed = (closedBy: string, turns: number, perSecond: number, role = 'server') =>
  events('tcp.connection', perSecond, {
    'lagpipe.tcp.connection.state': 'closed',
    'lagpipe.tcp.role': role,
    'lagpipe.tcp.closed_by': closedBy,
    'lagpipe.tcp.turns': turns,
    'lagpipe.tcp.bytes_received': turns * 100,
    [role === 'server' ? 'network.local.port' : 'network.peer.port']: 8080,
  });

const nic = (score: number, maxShare: number, expected: number, rate: number): Says[] =>
  Object.entries({ score, max_share: maxShare, expected, rate, busiest_cpu: 1 }).map(([name, value]) =>
    gauge(`lagpipe.nic.irq_spread.${name}`, value, { 'network.interface.name': 'eth0' }),
  );
const cpuTime = (mode: string, share: number) =>
  counter('system.cpu.time', share, { 'cpu.logical_number': 1, 'cpu.mode': mode });

const client = (name: string) => ({ 'lagpipe.linkerd.router': 'http', 'lagpipe.linkerd.client': name });
const linkerd = (metric: string, perSecond: number, name = 'a', before = 1000) =>
  counter(`lagpipe.linkerd.${metric}`, perSecond, client(name), before);
const linkerdGauge = (metric: string, value: number, name = 'a', quantile?: number) =>
  gauge(`lagpipe.linkerd.${metric}`, value, {
    ...client(name),
    ...(quantile !== undefined && { 'lagpipe.quantile': quantile }),
  });

const sentAgain = (kind: string, perSecond: number) =>
  counter('lagpipe.tcp.retransmits', perSecond, { 'lagpipe.tcp.retransmit_kind': kind });

const responses = (...counts: readonly (readonly [number, number])[]) =>
  histogram('lagpipe.tcp.response.duration', counts, { 'lagpipe.tcp.role': 'client', 'server.port': 80 });

interface Case {
  readonly what: string;
  readonly says: readonly Says[];
  /** `RULE severity`, all of them and no other. */
  readonly expected: readonly string[];
  readonly seconds?: number;
  readonly config?: Partial<DiagnoseConfig>;
}

const CASES: readonly Case[] = [
  { what: 'a healthy host', says: HEALTHY, expected: [] },
  { what: 'a healthy host for 5 s', says: HEALTHY, expected: [], seconds: 5 },
  {
    what: 'a healthy host that also says what is well',
    says: hostWith(closed('remote', 50, 1)),
    expected: ['C4 ok', 'L0 ok'],
    config: { report_healthy: true },
  },

  // stages
  {
    what: 'half of the reads late',
    says: hostWith(stage('tcp-socket-read', [20e-6, 200], [0.11, 300])),
    expected: ['L1 warn'],
  },
  {
    what: 'the reads of a server late, and as many of its clients quick',
    says: hostWith(stage('tcp-socket-read', [20e-6, 400], [0.11, 100])),
    expected: ['L1 warn'],
  },
  {
    what: 'reads that take a second',
    says: hostWith(stage('tcp-socket-read', [1, 500])),
    expected: ['L1 critical'],
  },
  {
    what: 'every hundredth read 3 ms late',
    says: hostWith(stage('tcp-socket-read', [20e-6, 990], [0.003, 10])),
    expected: [],
  },
  {
    what: 'late reads, and an accept queue that overflowed a little because of them',
    says: hostWith(
      stage('tcp-socket-read', [20e-6, 200], [0.11, 300]),
      ext('listen_overflows', 0.2),
      ext('listen_drops', 0.2),
    ),
    expected: ['L1 warn'],
  },
  {
    what: 'thousands of firewall rules',
    says: hostWith(
      stage('tcp-start', [46e-6, 1000]),
      stage('tcp-socket-enqueued', [47e-6, 500]),
      stage('tcp-socket-read', [60e-6, 500]),
    ),
    expected: ['L3 warn'],
  },
  {
    what: 'a slow TCP layer',
    says: hostWith(stage('tcp-socket-enqueued', [60e-6, 500]), stage('tcp-socket-read', [90e-6, 500])),
    expected: ['L2 warn'],
  },
  {
    what: 'packets that wait before IP',
    says: hostWith(
      stage('ip-start', [2e-3, 1000]),
      stage('tcp-start', [2e-3, 1000]),
      stage('tcp-socket-enqueued', [2e-3, 500]),
      stage('tcp-socket-read', [2.1e-3, 500]),
    ),
    expected: ['L4 warn'],
  },
  {
    what: 'packets that wait before IP because the backlog is full',
    says: hostWith(
      softnet('dropped', 50),
      stage('ip-start', [2e-3, 1000]),
      stage('tcp-start', [2e-3, 1000]),
      stage('tcp-socket-enqueued', [2e-3, 500]),
      stage('tcp-socket-read', [2.1e-3, 500]),
    ),
    expected: ['K1 warn'],
  },

  // handshakes
  {
    what: 'a full accept queue, and the SYN that are repeated for it',
    says: hostWith(ext('listen_overflows', 2), ext('listen_drops', 2), ext('syn_retrans', 2)),
    expected: ['Q1 warn'],
  },
  {
    what: 'an accept queue that overflows all the time',
    says: hostWith(ext('listen_overflows', 9), ext('listen_drops', 9)),
    expected: ['Q1 critical'],
  },
  {
    what: 'a few handshakes dropped in a minute',
    says: hostWith(ext('listen_overflows', 0.1), ext('listen_drops', 0.1)),
    expected: ['Q1 info'],
  },
  {
    what: 'a full SYN queue without cookies',
    says: hostWith(ext('req_q_full_drop', 90), ext('listen_drops', 90), ext('syn_retrans', 30)),
    expected: ['Q2 critical'],
  },
  {
    what: 'a full SYN queue with cookies',
    says: hostWith(ext('req_q_full_do_cookies', 90), ext('syn_retrans', 30)),
    expected: ['Q2 warn'],
  },
  {
    what: 'SYN dropped for tcp_max_syn_backlog',
    says: hostWith(ext('listen_drops', 70)),
    expected: ['Q3 warn'],
  },
  { what: 'a socket backlog that overflows', says: hostWith(ext('backlog_drop', 20)), expected: ['Q4 warn'] },
  {
    what: 'connects that are repeated',
    says: hostWith(ext('syn_retrans', 1), tcp('retrans_segs', 1)),
    expected: ['Q5 warn'],
  },
  {
    what: 'SYN-ACK that are repeated by a host that connects to nobody',
    says: hostWith(ext('syn_retrans', 1), tcp('retrans_segs', 1), tcp('active_opens', 0)),
    expected: [],
  },

  // loss
  {
    what: 'lost packets that show as multiples of 200 ms',
    says: hostWith(
      tcp('retrans_segs', 60),
      ext('syn_retrans', 1),
      responses([0.001, 960], [0.21, 30], [0.42, 8], [0.82, 2]),
    ),
    expected: ['N2 warn'],
  },
  {
    what: 'answers that take 210 ms without any loss',
    says: hostWith(tcp('retrans_segs', 0), responses([0.001, 960], [0.21, 40])),
    expected: [],
  },
  {
    what: 'answers that take anything up to a second, and some loss',
    says: hostWith(
      responses([0.001, 900], [0.1, 40], [0.3, 40], [0.6, 40], [1.2, 40]),
      tcp('retrans_segs', 20),
      ext('loss_probes', 20),
    ),
    expected: [],
  },
  {
    what: 'timers that ran out on a path of 80 to 120 ms, where no multiple of 200 ms stands out',
    says: hostWith(
      responses([0.08, 500], [0.12, 460], [0.3, 15], [0.34, 15], [0.66, 5]),
      tcp('retrans_segs', 40),
      sentAgain('tail_loss_probe', 25),
      sentAgain('timeout', 10),
      sentAgain('fast', 5),
    ),
    expected: ['N2 warn'],
  },
  {
    what: 'slow answers, and the timers of a few other connections',
    says: hostWith(
      responses([0.08, 500], [0.12, 460], [0.3, 15], [0.34, 15], [0.66, 5]),
      tcp('retrans_segs', 12),
      sentAgain('timeout', 12),
    ),
    expected: [],
  },
  {
    what: 'bulk transfers with their timers, and few slow answers beside them',
    says: hostWith(
      responses([0.08, 500], [0.12, 460], [0.3, 15]),
      tcp('retrans_segs', 80),
      sentAgain('timeout', 40),
      sentAgain('fast', 40),
    ),
    expected: ['N3 warn'],
  },
  {
    what: 'multiples of 200 ms where nobody counts retransmits',
    says: [responses([0.001, 960], [0.21, 40]), ext('orig_data_sent', 1000)],
    expected: ['N2 info'],
  },
  {
    what: 'connections older than the agent, whose losses are repaired by timers',
    says: hostWith(
      tcp('retrans_segs', 60),
      sentAgain('tail_loss_probe', 50),
      sentAgain('timeout', 5),
      sentAgain('fast', 5),
    ),
    expected: ['N2 warn'],
  },
  {
    what: 'bulk transfers, whose losses are repaired without one',
    says: hostWith(tcp('retrans_segs', 60), sentAgain('fast', 55), sentAgain('timeout', 5)),
    expected: ['N3 warn'],
  },
  {
    what: 'the same, by probes that were attached in the middle of the window',
    says: hostWith(tcp('retrans_segs', 60), sentAgain('timeout', 20), sentAgain('fast', 2)),
    expected: ['N2 warn'],
  },
  {
    what: 'the same, by probes that saw too little of it',
    says: hostWith(tcp('retrans_segs', 60), sentAgain('timeout', 6)),
    expected: ['N3 warn'],
  },
  {
    what: 'connections older than the agent, on a host without probes',
    says: hostWith(tcp('retrans_segs', 60), ext('loss_probes', 58)),
    expected: ['N2 warn'],
  },
  { what: 'loss', says: hostWith(tcp('retrans_segs', 100)), expected: ['N3 warn'] },
  { what: 'heavy loss', says: hostWith(tcp('retrans_segs', 400)), expected: ['N3 critical'] },
  {
    what: 'an interface that drops, and the retransmits that come of it',
    says: hostWith(
      counter('system.network.packet.count', 1000, {
        'system.device.name': 'eth0',
        'network.io.direction': 'receive',
      }),
      counter('system.network.packet.dropped', 60, {
        'network.interface.name': 'eth0',
        'network.io.direction': 'receive',
      }),
      tcp('retrans_segs', 100),
    ),
    expected: ['N1 warn'],
  },
  {
    what: 'an interface with few packets, half of them dropped',
    says: hostWith(
      counter('system.network.packet.count', 2, {
        'system.device.name': 'eth0',
        'network.io.direction': 'receive',
      }),
      counter('system.network.packet.dropped', 1, {
        'network.interface.name': 'eth0',
        'network.io.direction': 'receive',
      }),
    ),
    expected: [],
  },

  // connections
  { what: 'a client that never reuses', says: hostWith(closed('remote', 1, 50)), expected: ['C1 warn'] },
  {
    what: 'the same seen from both ends',
    says: hostWith(closed('remote', 1, 50), closed('local', 1, 50, 'client')),
    expected: ['C1 warn'],
  },
  {
    what: "linkerd's combined sign: no reuse, and dropped SYN",
    says: hostWith(closed('remote', 1, 50), ext('listen_overflows', 2), ext('listen_drops', 2)),
    expected: ['C1 critical', 'Q1 warn'],
  },
  {
    what: 'a server that closes every connection',
    says: hostWith(closed('local', 1, 50)),
    expected: ['C3 warn'],
  },
  {
    what: 'a client that asks for keep-alive and closes all the same, in a capture',
    says: hostWith(
      events('tcp.connection', 50, {
        'server.port': 8080,
        'lagpipe.tcp.closed_by': 'client',
        'lagpipe.tcp.connection.exchanges': 1,
      }),
      events('http.exchange', 50, {
        'server.port': 8080,
        'lagpipe.exchange.ordinal': 1,
        'http.request.header.connection': 'keep-alive',
      }),
    ),
    expected: ['C2 warn'],
  },
  {
    what: 'a server that closes because its clients ask for it, in a capture',
    says: hostWith(
      events('tcp.connection', 50, {
        'server.port': 8080,
        'lagpipe.tcp.closed_by': 'server',
        'lagpipe.tcp.connection.exchanges': 1,
      }),
      events('http.exchange', 50, {
        'server.port': 8080,
        'lagpipe.exchange.ordinal': 1,
        'network.protocol.version': '1.0',
      }),
    ),
    expected: ['C1 warn'],
  },
  {
    what: 'a WebSocket that was silent for a minute, in a capture',
    says: hostWith(
      events('websocket.connection', 1, { 'server.port': 8080, 'lagpipe.websocket.idle.max': 60 }),
    ),
    expected: ['C5 info'],
  },
  {
    what: 'a WebSocket that talks',
    says: hostWith(
      events('websocket.connection', 1, { 'server.port': 8080, 'lagpipe.websocket.idle.max': 20 }),
    ),
    expected: [],
  },
  { what: 'a connection a second', says: hostWith(closed('remote', 1, 1)), expected: [] },
  { what: 'connections that carry nothing', says: hostWith(closed('remote', 0, 20)), expected: ['C7 info'] },
  {
    what: 'CLOSE_WAIT that grows',
    says: hostWith(
      gauge('lagpipe.socket.connections', (second) => second, {
        'network.connection.state': 'close_wait',
        'lagpipe.tcp.role': 'server',
        'server.port': 8080,
      }),
    ),
    expected: ['C6 warn'],
  },
  {
    what: 'CLOSE_WAIT that comes and goes',
    says: hostWith(
      gauge('lagpipe.socket.connections', (second) => (second % 7) * 5, {
        'network.connection.state': 'close_wait',
        'lagpipe.tcp.role': 'server',
        'server.port': 8080,
      }),
    ),
    expected: [],
  },
  {
    what: 'idle connections without keep-alive',
    says: hostWith(
      gauge('lagpipe.socket.idle_connections', 40, { 'lagpipe.tcp.role': 'client', 'server.port': 5432 }),
    ),
    expected: ['C5 info'],
  },
  {
    what: 'a conntrack table at 80 %',
    says: hostWith(gauge('lagpipe.conntrack.entries', 800), gauge('lagpipe.conntrack.limit', 1000)),
    expected: ['C8 warn'],
  },
  {
    what: 'a conntrack table that is full',
    says: hostWith(gauge('lagpipe.conntrack.entries', 1000), gauge('lagpipe.conntrack.limit', 1000)),
    expected: ['C8 critical'],
  },
  {
    what: 'a TIME_WAIT table that is full',
    says: hostWith(ext('time_wait_overflow', 3)),
    expected: ['C8 warn'],
  },

  // softirq and interrupts
  {
    what: 'a full backlog',
    says: hostWith(softnet('dropped', 50), tcp('retrans_segs', 100)),
    expected: ['K1 warn'],
  },
  {
    what: 'three packets dropped at the backlog, and much more loss',
    says: hostWith(softnet('dropped', 0.2), tcp('retrans_segs', 100)),
    expected: ['K1 info', 'N3 warn'],
  },
  {
    what: 'rounds cut short and drops at the ring',
    says: hostWith(
      softnet('time_squeezed', 50),
      counter('lagpipe.netdev.fifo_errors', 1, {
        'network.interface.name': 'eth0',
        'network.io.direction': 'receive',
      }),
      counter('system.network.packet.count', 10, {
        'system.device': 'eth0',
        'network.io.direction': 'receive',
      }),
      counter('system.network.packet.dropped', 0, {
        'network.interface.name': 'eth0',
        'network.io.direction': 'receive',
      }),
    ),
    expected: ['K2 warn', 'N1 warn'],
  },
  {
    what: 'ksoftirqd that waits, and rounds cut short',
    says: hostWith(
      softnet('time_squeezed', 50),
      counter('lagpipe.ksoftirqd.wait_time', 0.3, { 'cpu.logical_number': 0 }),
    ),
    expected: ['K3 warn'],
  },
  {
    what: 'ksoftirqd that waits and harms nobody',
    says: hostWith(counter('lagpipe.ksoftirqd.wait_time', 0.3, { 'cpu.logical_number': 0 })),
    expected: [],
  },
  { what: 'an elephant flow', says: hostWith(softnet('flow_limit', 1)), expected: ['K4 info'] },
  {
    what: 'all interrupts on one CPU of four',
    says: hostWith(...nic(0.25, 1, 4, 5000), cpuTime('softirq', 0.5), cpuTime('idle', 0.5)),
    expected: ['I1 critical'],
  },
  {
    what: 'all interrupts on one CPU that has little to do',
    says: hostWith(...nic(0.25, 1, 4, 5000), cpuTime('softirq', 0.1), cpuTime('idle', 0.9)),
    expected: [],
  },
  {
    what: 'interrupts spread well',
    says: hostWith(...nic(0.95, 0.3, 4, 5000), cpuTime('softirq', 0.5), cpuTime('idle', 0.5)),
    expected: [],
  },
  {
    what: 'a single queue on a CPU that is full',
    says: hostWith(...nic(1, 1, 1, 5000), cpuTime('softirq', 0.8), cpuTime('idle', 0.2)),
    expected: ['I2 warn'],
  },

  // backends of a proxy
  {
    what: 'a proxy with one backend',
    says: [linkerd('requests', 10), linkerd('connects', 0, 'a', 10), linkerdGauge('loadbalancer.size', 1)],
    expected: ['B1 info'],
  },
  {
    what: 'a proxy whose backends are mostly gone',
    says: [
      linkerd('requests', 10),
      linkerdGauge('loadbalancer.size', 10),
      linkerdGauge('loadbalancer.available', 4),
    ],
    expected: ['B1 warn'],
  },
  {
    what: 'requests that wait for a connection',
    says: [linkerd('requests', 10), linkerdGauge('pool.waiters', 7), linkerdGauge('pending', 30)],
    expected: ['B3 warn'],
  },
  {
    what: 'poor reuse',
    says: [linkerd('requests', 30), linkerd('connects', 15)],
    expected: ['B4 warn'],
  },
  {
    what: 'no reuse at all',
    says: [linkerd('requests', 15), linkerd('connects', 15)],
    expected: ['B4 critical'],
  },
  {
    what: 'a backend that refuses every connect',
    says: [linkerd('requests', 15), linkerd('connects', 15), linkerd('failures', 15)],
    expected: [],
  },
  {
    what: 'a backend that cannot be reached, so that there are connects and no requests',
    says: [linkerd('requests', 0, 'a', 0), linkerd('connects', 15)],
    expected: [],
  },
  {
    what: 'two backends that are equally slow',
    says: ['a', 'b'].flatMap((name) => [
      linkerd('requests', 10, name),
      linkerdGauge('request_latency.quantile', 0.4, name, 0.5),
      linkerdGauge('request_latency.quantile', 0.6, name, 0.99),
    ]),
    expected: ['B2 warn'],
  },
];

describe('the rule table', () => {
  for (const { what, says, expected, seconds = 30, config } of CASES) {
    it(`finds of ${what}: ${expected.join(', ') || 'nothing'}`, () => {
      const found = findingsAfter(seconds, says, config).map(({ rule, severity }) => `${rule} ${severity}`);
      assert.deepEqual(found.toSorted(), expected.toSorted());
    });
  }

  it('has a case that raises each rule', () => {
    const raised = new Set(CASES.flatMap(({ expected }) => expected.map((each) => each.split(' ')[0])));
    const never = RULES.map(({ id }) => id).filter((id) => !raised.has(id) && id !== 'L5');
    assert.deepEqual(never, []);
  });

  it('has each id once, and explains only rules that exist', () => {
    const ids = RULES.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const { explains = {} } of RULES) {
      for (const id of Object.keys(explains)) assert.ok(ids.includes(id), id);
    }
  });

  it('says reads at two speeds, as the article shows them, and calls them well', () => {
    const found = findingsAfter(30, hostWith(stage('tcp-socket-read', [12e-6, 300], [300e-6, 600])), {
      report_healthy: true,
    });
    assert.deepEqual(found.map(({ rule }) => rule).toSorted(), ['L0', 'L5']);
  });

  it('tells the settings of this host in its advice', () => {
    const [found] = findingsAfter(
      30,
      hostWith(softnet('dropped', 50), sysctl('net.core.netdev_max_backlog', 4000)),
    );
    assert.deepEqual(found.commands, ['sysctl -w net.core.netdev_max_backlog=8000    # now 4000']);
  });

  it('is less sure where a figure is missing, and says which', () => {
    const [found] = findingsAfter(30, hostWith(ext('listen_overflows', 2), ext('listen_drops', 2)));
    assert.equal(found.confidence, 0.85);
    assert.deepEqual(found.missing, ['connections that wait for accept()']);
  });

  it('does not blame a server for the close where nobody sees whether it was asked to', () => {
    const [found] = findingsAfter(30, hostWith(closed('local', 1, 50), gauge('lagpipe.sockstat.tcp.tw', 9)));
    assert.equal(found.rule, 'C3');
    assert.match(found.cause, /or the clients ask for it/);
    assert.deepEqual(
      [found.confidence, found.missing],
      [0.85, ['what the clients ask for (Connection header)']],
    );
  });

  it('says of connections what is said of the same connections in a capture', () => {
    const requests = events('http.exchange', 5, {
      'server.port': 8080,
      'lagpipe.exchange.ordinal': 1,
      'http.request.header.connection': 'keep-alive',
    });
    for (const closedBy of ['server', 'client']) {
      for (const exchanges of [1, 2, 3, 4, 5, 50]) {
        const connections = events('tcp.connection', 5, {
          'server.port': 8080,
          'lagpipe.tcp.closed_by': closedBy,
          'lagpipe.tcp.connection.exchanges': exchanges,
        });
        const batches = Array.from({ length: 30 }, (_, second) => [
          ...connections(second),
          ...requests(second),
        ]);
        const ofCapture = connectionFindings(batches.flat().filter((batch) => batch.kind === 'events'));
        const ofHost = findingsAfter(30, hostWith(connections, requests), { report_healthy: true });
        const wording = ({ rule, title, cause, action }: Finding) => ({ rule, title, cause, action });
        const aboutUse = ofHost.filter(({ rule }) => /^C[1-4]$/.test(rule));
        assert.deepEqual(aboutUse.map(wording), ofCapture.map(wording), `${exchanges} by ${closedBy}`);
      }
    }
  });

  it('tells the room of a listener that is gone by now', () => {
    const at = { 'network.local.port': 8080 };
    const untilGone = (value: number) => (second: number) => (second < 25 ? value : 0);
    const [found] = findingsAfter(
      30,
      hostWith(
        ext('listen_overflows', 2),
        ext('listen_drops', 2),
        gauge('lagpipe.socket.accept_queue.length', untilGone(5), at),
        gauge('lagpipe.socket.accept_queue.limit', untilGone(4), at),
      ),
    );
    assert.match(found.cause, /where 5 waited; it has room for 4\./);
  });

  it('names the fullest listener where it is known', () => {
    const at = { 'network.local.port': 8080 };
    const [found] = findingsAfter(
      30,
      hostWith(
        ext('listen_overflows', 2),
        ext('listen_drops', 2),
        gauge('lagpipe.socket.accept_queue.length', 5, at),
        gauge('lagpipe.socket.accept_queue.limit', 4, at),
      ),
    );
    assert.match(found.cause, /port 8080, where 5 waited; it has room for 4\./);
    assert.equal(found.confidence, 1);
  });
});
