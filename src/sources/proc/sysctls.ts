import { type GaugeSpec, gauge, text } from '../../model/emits.ts';

export interface Sysctl {
  /** As `sysctl` prints it. */
  readonly name: string;
  readonly metric: GaugeSpec;
  /** For a setting with several numbers. */
  readonly fields?: readonly string[];
  /** Each network namespace has its own. The others are the host's, and only its first namespace shows them. */
  readonly isPerNamespace: boolean;
}

/** The settings that a queue, a table or a timer of the other collectors is measured against. */
export const SYSCTLS: readonly Sysctl[] = [
  perNamespace('net.core.somaxconn', '{connection}', 'the longest accept queue that listen() can ask for'),
  ofHost('net.core.netdev_max_backlog', '{packet}', 'packets that may wait in the backlog of a CPU'),
  ofHost('net.core.netdev_budget', '{packet}', 'packets that one round of receiving may take'),
  ofHost('net.core.netdev_budget_usecs', 'us', 'time that one round of receiving may take'),
  ofHost('net.core.dev_weight', '{packet}', 'packets that one device may give in a round'),
  perNamespace('net.ipv4.tcp_rto_min_us', 'us', 'the shortest wait before a segment is sent again'),
  perNamespace('net.ipv4.tcp_rto_max_ms', 'ms', 'the longest wait before a segment is sent again'),
  perNamespace('net.ipv4.tcp_max_syn_backlog', '{connection}', 'half-open connections of one listener'),
  perNamespace('net.ipv4.tcp_syncookies', '1', '0: never; 1: when the SYN queue is full; 2: always'),
  perNamespace(
    'net.ipv4.tcp_syn_linear_timeouts',
    '{segment}',
    'SYN retries one second apart before the waits double',
  ),
  perNamespace('net.ipv4.tcp_abort_on_overflow', '1', '1: a full accept queue answers with a reset'),
  perNamespace('net.ipv4.tcp_max_tw_buckets', '{connection}', 'connections in TIME_WAIT at most'),
  perNamespace(
    'net.ipv4.tcp_fin_timeout',
    's',
    'how long a closed connection waits for the peer in FIN_WAIT_2',
  ),
  perNamespace('net.ipv4.tcp_retries2', '{segment}', 'retransmissions before a connection is given up'),
  ofHost('net.ipv4.tcp_max_orphans', '{socket}', 'sockets at most that no process holds any more'),
  ofHost('net.ipv4.tcp_mem', '{page}', 'memory of all TCP sockets: no pressure below low, none beyond high', [
    'low',
    'pressure',
    'high',
  ]),
];

function perNamespace(name: string, unit: string, description: string): Sysctl {
  return { name, metric: settingOf(name, unit, description), isPerNamespace: true };
}

function ofHost(name: string, unit: string, description: string, fields?: readonly string[]): Sysctl {
  const metric = settingOf(name, unit, description, fields);
  return { name, metric, ...(fields && { fields }), isPerNamespace: false };
}

function settingOf(
  name: string,
  unit: string,
  description: string,
  fields: readonly string[] = [],
): GaugeSpec {
  const which = fields.map((field) => `\`${field}\``).join(', ');
  const attributes =
    fields.length === 0 ? [] : [text('lagpipe.sysctl.field', `which of the numbers: ${which}`)];
  return gauge({ name: `lagpipe.sysctl.${name}`, unit, description, attributes });
}
