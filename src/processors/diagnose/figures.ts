import type { Attributes } from '../../model/attributes.ts';

/** One metric that tells a figure, as one source calls it. */
export interface FigureSource {
  readonly metric: string;
  /** Only series with these attributes. */
  readonly where?: Attributes;
  /** The source's own attribute name → the one that rules know. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Multiplies the value into the figure's unit. */
  readonly scale?: number;
}

/** A figure by a name of its own, and the metrics that tell it: the first that is there is used. */
export interface Figure {
  /** In words, for evidence and for what is missing. */
  readonly what: string;
  readonly unit: string;
  readonly from: readonly FigureSource[];
  /** How old a reading may be that still counts, where the source sends it more seldom than a window is long. */
  readonly keptSeconds?: number;
  /** A metric that is there whenever the figure's source works, where the figure itself waits for something to happen. */
  readonly shownBy?: string;
}

/** For what is sent once a minute. */
export const LONGEST_KEPT_SECONDS = 150;

const CPU = { cpu: 'cpu.logical_number' };
const DEVICE = {
  device: 'network.interface.name',
  'system.device': 'network.interface.name',
  'system.device.name': 'network.interface.name',
};
const RECEIVE = { 'network.io.direction': 'receive' };

/** A field of net/netstat or net/snmp; node_exporter keeps the kernel's own names. */
function netstat(what: string, unit: string, field: string, kernelName: string): Figure {
  return {
    what,
    unit,
    from: [{ metric: `lagpipe.netstat.${field}` }, { metric: `node_netstat_${kernelName}` }],
  };
}

function softnet(what: string, unit: string, field: string, exporterName: string): Figure {
  return {
    what,
    unit,
    from: [
      { metric: `lagpipe.softnet.${field}` },
      { metric: `node_softnet_${exporterName}_total`, rename: CPU },
    ],
  };
}

function only(what: string, unit: string, metric: string, where?: Attributes): Figure {
  return { what, unit, from: [{ metric, ...(where && { where }) }] };
}

function sysctl(name: string, unit = '1'): Figure {
  return { ...only(name, unit, `lagpipe.sysctl.${name}`), keptSeconds: LONGEST_KEPT_SECONDS };
}

function stage(name: string): Figure {
  return only(`latency up to ${name}`, 's', 'lagpipe.stack.latency', { 'lagpipe.stack.stage': name });
}

/** What happens to connections, as their probe tells once one is closed. */
function life(what: string, unit: string, metric: string): Figure {
  return { ...only(what, unit, metric), shownBy: 'lagpipe.tcp.connection.opened' };
}

function linkerd(what: string, unit: string, name: string): Figure {
  return only(what, unit, `lagpipe.linkerd.${name}`);
}

/** Every figure that a built-in rule looks at. */
export const FIGURES = {
  // TCP of a host or a network namespace
  listen_overflows: netstat(
    'handshakes dropped because the accept queue was full',
    '{connection}',
    'tcp_ext.listen_overflows',
    'TcpExt_ListenOverflows',
  ),
  listen_drops: netstat(
    'handshakes dropped at a listener for any reason',
    '{connection}',
    'tcp_ext.listen_drops',
    'TcpExt_ListenDrops',
  ),
  syn_queue_drops: netstat(
    'SYN dropped because the SYN queue was full',
    '{connection}',
    'tcp_ext.req_q_full_drop',
    'TcpExt_TCPReqQFullDrop',
  ),
  syn_queue_cookies: netstat(
    'SYN answered with a cookie because the SYN queue was full',
    '{connection}',
    'tcp_ext.req_q_full_do_cookies',
    'TcpExt_TCPReqQFullDoCookies',
  ),
  backlog_drops: netstat(
    'segments dropped because a process held the socket',
    '{segment}',
    'tcp_ext.backlog_drop',
    'TcpExt_TCPBacklogDrop',
  ),
  syn_retransmits: netstat(
    'SYN and SYN-ACK sent again',
    '{segment}',
    'tcp_ext.syn_retrans',
    'TcpExt_TCPSynRetrans',
  ),
  retransmits: netstat('segments sent again', '{segment}', 'tcp.retrans_segs', 'Tcp_RetransSegs'),
  data_segments: {
    what: 'data segments sent',
    unit: '{segment}',
    from: [
      { metric: 'lagpipe.netstat.tcp_ext.orig_data_sent' },
      { metric: 'node_netstat_TcpExt_TCPOrigDataSent' },
      { metric: 'lagpipe.netstat.tcp.out_segs' },
      { metric: 'node_netstat_Tcp_OutSegs' },
    ],
  },
  loss_probes: netstat('tail loss probes sent', '{segment}', 'tcp_ext.loss_probes', 'TcpExt_TCPLossProbes'),
  active_opens: netstat('connects begun here', '{connection}', 'tcp.active_opens', 'Tcp_ActiveOpens'),
  passive_opens: netstat('connections accepted', '{connection}', 'tcp.passive_opens', 'Tcp_PassiveOpens'),
  established: netstat('connections open', '{connection}', 'tcp.curr_estab', 'Tcp_CurrEstab'),
  time_wait_overflows: netstat(
    'TIME_WAIT skipped because the table was full',
    '{connection}',
    'tcp_ext.time_wait_overflow',
    'TcpExt_TCPTimeWaitOverflow',
  ),
  time_wait: {
    what: 'connections in TIME_WAIT',
    unit: '{connection}',
    from: [{ metric: 'lagpipe.sockstat.tcp.tw' }, { metric: 'node_sockstat_TCP_tw' }],
  },
  orphans: {
    what: 'sockets that no process holds any more',
    unit: '{socket}',
    from: [{ metric: 'lagpipe.sockstat.tcp.orphan' }, { metric: 'node_sockstat_TCP_orphan' }],
  },
  tcp_memory: {
    what: 'memory of all TCP sockets',
    unit: '{page}',
    from: [{ metric: 'lagpipe.sockstat.tcp.mem' }, { metric: 'node_sockstat_TCP_mem' }],
  },
  conntrack_entries: {
    what: 'connections that the firewall tracks',
    unit: '{entry}',
    from: [{ metric: 'lagpipe.conntrack.entries' }, { metric: 'node_nf_conntrack_entries' }],
  },
  conntrack_limit: {
    what: 'most connections that the firewall can track',
    unit: '{entry}',
    from: [{ metric: 'lagpipe.conntrack.limit' }, { metric: 'node_nf_conntrack_entries_limit' }],
  },

  // seen by eBPF probes, one by one
  segments_sent_again: only('segments sent again, by cause', '{segment}', 'lagpipe.tcp.retransmits'),
  accept_wait: only('wait for accept()', 's', 'lagpipe.tcp.accept_queue.wait'),
  connects: only('connects that ended', '{connection}', 'lagpipe.diagnose.connects'),
  connects_retried: only(
    'connects whose SYN was sent again',
    '{connection}',
    'lagpipe.diagnose.connects_retried',
  ),
  connections_closed: life('connections closed', '{connection}', 'lagpipe.diagnose.connections_closed'),
  connections_used: life(
    'connections closed that carried a request',
    '{connection}',
    'lagpipe.diagnose.connections_used',
  ),
  connections_closed_by_server: life(
    'of those, closed first by the server',
    '{connection}',
    'lagpipe.diagnose.connections_closed_by_server',
  ),
  connections_closed_by_client: life(
    'of those, closed first by the client',
    '{connection}',
    'lagpipe.diagnose.connections_closed_by_client',
  ),
  connection_turns: life('requests on connections closed', '{request}', 'lagpipe.diagnose.connection_turns'),
  connection_turns_on_short: life(
    'requests on connections closed that were hardly used again',
    '{request}',
    'lagpipe.diagnose.connection_turns_on_short',
  ),
  first_requests: only('first requests on connections', '{request}', 'lagpipe.diagnose.first_requests'),
  first_requests_keep_alive: only(
    'of those, that asked for keep-alive',
    '{request}',
    'lagpipe.diagnose.first_requests_keep_alive',
  ),
  first_requests_close: only(
    'of those, that asked for the close',
    '{request}',
    'lagpipe.diagnose.first_requests_close',
  ),
  connections_fell_silent: only(
    'connections and WebSockets that fell silent',
    '{connection}',
    'lagpipe.diagnose.connections_fell_silent',
  ),
  connections_silent_for_long: only(
    'of those, for more than four minutes',
    '{connection}',
    'lagpipe.diagnose.connections_silent_for_long',
  ),
  connections_silent: life(
    'connections closed that never received data',
    '{connection}',
    'lagpipe.diagnose.connections_silent',
  ),
  response_time: {
    what: 'time to the first byte of a response, as the client sees it',
    unit: 's',
    from: [
      { metric: 'lagpipe.tcp.response.duration', where: { 'lagpipe.tcp.role': 'client' } },
      { metric: 'response_latency_ms', scale: 1e-3 },
    ],
    shownBy: 'lagpipe.tcp.connection.opened',
  },
  response_quantile: {
    what: 'latency of requests',
    unit: 's',
    from: [{ metric: 'lagpipe.linkerd.request_latency.quantile' }],
    keptSeconds: LONGEST_KEPT_SECONDS,
  },

  // stages of the receive path
  ip_start: stage('ip-start'),
  tcp_start: stage('tcp-start'),
  tcp_enqueued: stage('tcp-socket-enqueued'),
  tcp_read: stage('tcp-socket-read'),
  udp_start: stage('udp-start'),
  udp_enqueued: stage('udp-socket-enqueued'),
  udp_read: stage('udp-socket-read'),

  // sockets
  accept_queue_length: only(
    'connections that wait for accept()',
    '{connection}',
    'lagpipe.socket.accept_queue.length',
  ),
  accept_queue_limit: only('room in the accept queue', '{connection}', 'lagpipe.socket.accept_queue.limit'),
  accept_queue_utilization: only(
    'how full the accept queue is',
    '1',
    'lagpipe.socket.accept_queue.utilization',
  ),
  socket_connections: only('connections by state', '{connection}', 'lagpipe.socket.connections'),
  connection_states: only('connections by state', '{connection}', 'system.network.connection.count'),
  idle_connections: only(
    'connections idle and without keep-alive',
    '{connection}',
    'lagpipe.socket.idle_connections',
  ),
  silent_connections: only(
    'connections that never received data',
    '{connection}',
    'lagpipe.socket.silent_connections',
  ),
  peer_connections: only('connections by peer', '{connection}', 'lagpipe.socket.peer.connections'),

  // network interfaces
  packets_received: {
    what: 'packets received',
    unit: '{packet}',
    from: [
      { metric: 'system.network.packet.count', where: RECEIVE, rename: DEVICE },
      { metric: 'node_network_receive_packets_total', rename: DEVICE },
    ],
  },
  packets_dropped: {
    what: 'packets dropped on receive',
    unit: '{packet}',
    from: [
      { metric: 'system.network.packet.dropped', where: RECEIVE },
      { metric: 'node_network_receive_drop_total', rename: DEVICE },
    ],
  },
  receive_errors: {
    what: 'packets received in error',
    unit: '{error}',
    from: [
      { metric: 'system.network.errors', where: RECEIVE },
      { metric: 'node_network_receive_errs_total', rename: DEVICE },
    ],
  },
  fifo_errors: {
    what: "packets lost because the card's queue was full",
    unit: '{error}',
    from: [
      { metric: 'lagpipe.netdev.fifo_errors', where: RECEIVE },
      { metric: 'node_network_receive_fifo_total', rename: DEVICE },
    ],
  },
  nic_statistics: only('statistics of the network card', '1', 'lagpipe.nic.statistic'),
  ring_size: only('descriptors in the receive ring', '{descriptor}', 'lagpipe.nic.ring.size', RECEIVE),
  ring_max: only('most descriptors in the receive ring', '{descriptor}', 'lagpipe.nic.ring.max', RECEIVE),

  // softirq and interrupts
  softnet_dropped: softnet('packets dropped because the backlog was full', '{packet}', 'dropped', 'dropped'),
  softnet_squeezed: softnet('rounds of receiving cut short', '{event}', 'time_squeezed', 'times_squeezed'),
  softnet_processed: softnet('packets processed', '{packet}', 'processed', 'processed'),
  flow_limit_drops: softnet(
    'packets dropped because one flow filled the backlog',
    '{packet}',
    'flow_limit',
    'flow_limit_count',
  ),
  ksoftirqd_wait: only('time that ksoftirqd waited for its CPU', 's', 'lagpipe.ksoftirqd.wait_time'),
  cpu_time: {
    what: 'CPU time',
    unit: 's',
    from: [
      { metric: 'system.cpu.time' },
      { metric: 'node_cpu_seconds_total', rename: { ...CPU, mode: 'cpu.mode' } },
    ],
  },
  cpu_pressure: {
    what: 'time in which tasks waited for a CPU',
    unit: 's',
    from: [
      {
        metric: 'lagpipe.pressure.stall_time',
        where: { 'lagpipe.pressure.resource': 'cpu', 'lagpipe.pressure.kind': 'some' },
      },
      { metric: 'node_pressure_cpu_waiting_seconds_total' },
    ],
  },
  irq_score: only('how evenly interrupts are spread', '1', 'lagpipe.nic.irq_spread.score'),
  irq_max_share: only('share of interrupts on the busiest CPU', '1', 'lagpipe.nic.irq_spread.max_share'),
  irq_expected: only('CPUs that could take interrupts', '{cpu}', 'lagpipe.nic.irq_spread.expected'),
  irq_rate: only('interrupts of the network card', '{interrupt}/s', 'lagpipe.nic.irq_spread.rate'),
  irq_busiest_cpu: only('the CPU with most interrupts', '{cpu}', 'lagpipe.nic.irq_spread.busiest_cpu'),
  rps_cpus: only('CPUs that RPS spreads packets to', '{cpu}', 'lagpipe.nic.rps.cpus'),

  // a proxy's view of its backends
  backend_requests: linkerd('requests', '{request}', 'requests'),
  backend_connects: linkerd('connects', '{connection}', 'connects'),
  backend_failures: linkerd('failed requests', '{request}', 'failures'),
  backend_pending: linkerd('requests that wait for their answer', '{request}', 'pending'),
  backend_connections: linkerd('connections open', '{connection}', 'connections'),
  balancer_size: linkerd('backends to choose from', '{host}', 'loadbalancer.size'),
  balancer_available: linkerd('backends that are available', '{host}', 'loadbalancer.available'),
  pool_waiters: linkerd('requests that wait for a connection', '{request}', 'pool.waiters'),
  pool_refused: linkerd('requests refused because too many waited', '{request}', 'pool.too_many_waiters'),
  connection_requests: linkerd('requests for each connection', '{request}', 'connection_requests.quantile'),
  proxy_requests: only('requests', '{request}', 'request_total'),
  proxy_opens: only('connections opened', '{connection}', 'tcp_open_total'),

  // settings of this host, for exact advice and exact limits
  'net.core.somaxconn': sysctl('net.core.somaxconn'),
  'net.core.netdev_max_backlog': sysctl('net.core.netdev_max_backlog', '{packet}'),
  'net.core.netdev_budget': sysctl('net.core.netdev_budget', '{packet}'),
  'net.core.netdev_budget_usecs': sysctl('net.core.netdev_budget_usecs', 'us'),
  'net.ipv4.tcp_max_syn_backlog': sysctl('net.ipv4.tcp_max_syn_backlog'),
  'net.ipv4.tcp_syncookies': sysctl('net.ipv4.tcp_syncookies'),
  'net.ipv4.tcp_rto_min_us': sysctl('net.ipv4.tcp_rto_min_us', 'us'),
  'net.ipv4.tcp_max_orphans': sysctl('net.ipv4.tcp_max_orphans'),
  'net.ipv4.tcp_max_tw_buckets': sysctl('net.ipv4.tcp_max_tw_buckets'),
  tcp_mem_pressure: only('net.ipv4.tcp_mem (pressure)', '{page}', 'lagpipe.sysctl.net.ipv4.tcp_mem', {
    'lagpipe.sysctl.field': 'pressure',
  }),
} as const satisfies Readonly<Record<string, Figure>>;

export type FigureName = keyof typeof FIGURES;
