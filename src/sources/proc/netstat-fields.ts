import { counter, type GaugeSpec, gauge, type MetricSpec, type SumSpec } from '../../model/emits.ts';
import { netstatMetricName } from './netstat-name.ts';

/** Unit and meaning of one kernel counter. */
export interface NetstatField {
  readonly unit: string;
  readonly description: string;
}

/**
 * The fields of `fields: default`: what a person looks at when connections are slow, refused or lost. By protocol
 * and name as the kernel writes them (RFC 1213 and RFC 4022 names, and Documentation/networking/snmp_counter.rst).
 */
const DEFAULT_FIELDS: Readonly<Record<string, Readonly<Record<string, NetstatField>>>> = {
  Tcp: {
    ActiveOpens: { unit: '{connection}', description: 'connects begun here' },
    PassiveOpens: { unit: '{connection}', description: 'connections accepted here' },
    AttemptFails: { unit: '{connection}', description: 'connection attempts that failed, on either side' },
    EstabResets: { unit: '{connection}', description: 'established connections that ended by a reset' },
    CurrEstab: { unit: '{connection}', description: 'connections in ESTABLISHED or CLOSE_WAIT' },
    InSegs: { unit: '{segment}', description: 'segments received' },
    OutSegs: { unit: '{segment}', description: 'segments sent, without retransmissions' },
    RetransSegs: { unit: '{segment}', description: 'segments retransmitted' },
    InErrs: { unit: '{segment}', description: 'segments received in error' },
    OutRsts: { unit: '{segment}', description: 'resets sent' },
    InCsumErrors: { unit: '{segment}', description: 'segments received with a wrong checksum' },
  },
  TcpExt: {
    SyncookiesSent: { unit: '{segment}', description: 'SYN cookies sent: the SYN queue was full' },
    SyncookiesRecv: { unit: '{segment}', description: 'valid SYN cookies received' },
    SyncookiesFailed: { unit: '{segment}', description: 'invalid SYN cookies received' },
    EmbryonicRsts: { unit: '{segment}', description: 'resets received for half-open connections' },
    PruneCalled: {
      unit: '{event}',
      description: 'receive queues pruned because their socket buffer was full',
    },
    RcvPruned: { unit: '{segment}', description: 'segments dropped because pruning freed too little' },
    OfoPruned: { unit: '{event}', description: 'out-of-order queues dropped for lack of buffer' },
    TW: { unit: '{connection}', description: 'connections that left TIME_WAIT by its timer' },
    ListenOverflows: { unit: '{connection}', description: 'handshakes dropped: the accept queue was full' },
    ListenDrops: {
      unit: '{connection}',
      description: 'handshakes dropped at a listener for any reason, a full accept or SYN queue among them',
    },
    TCPLostRetransmit: { unit: '{segment}', description: 'retransmissions that were lost again' },
    TCPLossUndo: { unit: '{event}', description: 'losses that proved none after partial acknowledgement' },
    TCPFastRetrans: { unit: '{segment}', description: 'fast retransmissions' },
    TCPSlowStartRetrans: { unit: '{segment}', description: 'retransmissions in slow start after a timeout' },
    TCPTimeouts: { unit: '{event}', description: 'retransmission timeouts, SYN among them' },
    TCPLossProbes: { unit: '{segment}', description: 'tail loss probes sent' },
    TCPLossProbeRecovery: { unit: '{event}', description: 'losses that a tail loss probe repaired' },
    TCPDSACKRecv: {
      unit: '{segment}',
      description: 'duplicates that the peer reported: sent again needlessly',
    },
    TCPSpuriousRTOs: { unit: '{event}', description: 'retransmission timeouts that proved needless' },
    TCPBacklogDrop: {
      unit: '{segment}',
      description: "segments dropped because a process held the socket and the socket's backlog was full",
    },
    TCPReqQFullDoCookies: { unit: '{connection}', description: 'SYN queue full, answered with a cookie' },
    TCPReqQFullDrop: { unit: '{connection}', description: 'SYN queue full, SYN dropped' },
    TCPRetransFail: { unit: '{segment}', description: 'retransmissions that the IP layer refused' },
    TCPOFOQueue: { unit: '{segment}', description: 'segments received out of order and queued' },
    TCPOFODrop: { unit: '{segment}', description: 'segments received out of order and dropped' },
    TCPAbortOnData: { unit: '{connection}', description: 'connections aborted with data unread' },
    TCPAbortOnClose: { unit: '{connection}', description: 'connections aborted by data after close' },
    TCPAbortOnMemory: { unit: '{connection}', description: 'connections aborted for lack of memory' },
    TCPAbortFailed: { unit: '{connection}', description: 'resets that could not be sent for lack of memory' },
    TCPAbortOnLinger: {
      unit: '{connection}',
      description: 'connections aborted after the wait of SO_LINGER',
    },
    TCPAbortOnTimeout: { unit: '{connection}', description: 'connections aborted after too many timeouts' },
    TCPMemoryPressures: { unit: '{event}', description: 'times that TCP came under memory pressure' },
    TCPTimeWaitOverflow: { unit: '{connection}', description: 'TIME_WAIT skipped: the table was full' },
    TCPSynRetrans: { unit: '{segment}', description: 'SYN and SYN-ACK retransmitted' },
    TCPOrigDataSent: { unit: '{segment}', description: 'data segments sent, without retransmissions' },
    TCPRcvQDrop: { unit: '{segment}', description: 'segments dropped because the receive queue was full' },
    TCPRcvCollapsed: { unit: '{segment}', description: 'segments merged to save receive buffer' },
    TCPToZeroWindowAdv: {
      unit: '{event}',
      description: 'receive windows closed: the process reads too slowly',
    },
    TCPZeroWindowDrop: { unit: '{segment}', description: 'segments dropped because the window was closed' },
    TCPFromZeroWindowAdv: { unit: '{event}', description: 'receive windows opened again' },
    TCPWqueueTooBig: { unit: '{event}', description: 'writes refused because the send queue was too long' },
    TCPMinTTLDrop: { unit: '{segment}', description: 'segments dropped by the IP_MINTTL of their socket' },
    TCPDeferAcceptDrop: { unit: '{segment}', description: 'bare ACKs dropped by TCP_DEFER_ACCEPT' },
    PFMemallocDrop: { unit: '{packet}', description: 'packets dropped: only emergency memory was left' },
    IPReversePathFilter: { unit: '{packet}', description: 'packets dropped by the reverse path filter' },
  },
  Ip: {
    InReceives: { unit: '{packet}', description: 'IPv4 packets received' },
    InHdrErrors: { unit: '{packet}', description: 'IPv4 packets dropped for a bad header or TTL' },
    InAddrErrors: { unit: '{packet}', description: 'IPv4 packets dropped for their address' },
    InDiscards: { unit: '{packet}', description: 'IPv4 packets dropped on receive for want of room' },
    InDelivers: { unit: '{packet}', description: 'IPv4 packets given to a protocol' },
    OutRequests: { unit: '{packet}', description: 'IPv4 packets sent by protocols' },
    OutDiscards: { unit: '{packet}', description: 'IPv4 packets dropped on send for want of room' },
    OutNoRoutes: { unit: '{packet}', description: 'IPv4 packets dropped on send for want of a route' },
    ReasmFails: { unit: '{event}', description: 'IPv4 reassemblies that failed' },
  },
  IpExt: {
    InNoRoutes: { unit: '{packet}', description: 'IPv4 packets dropped on receive for want of a route' },
    InCEPkts: { unit: '{packet}', description: 'IPv4 packets marked by a congested router (ECN CE)' },
  },
  Udp: {
    InDatagrams: { unit: '{datagram}', description: 'IPv4 datagrams delivered' },
    OutDatagrams: { unit: '{datagram}', description: 'IPv4 datagrams sent' },
    NoPorts: { unit: '{datagram}', description: 'IPv4 datagrams to a port where nobody listens' },
    InErrors: { unit: '{datagram}', description: 'IPv4 datagrams not delivered, for whatever reason' },
    RcvbufErrors: { unit: '{datagram}', description: 'IPv4 datagrams dropped: receive buffer full' },
    SndbufErrors: { unit: '{datagram}', description: 'IPv4 datagrams not sent: send buffer full' },
    InCsumErrors: { unit: '{datagram}', description: 'IPv4 datagrams with a wrong checksum' },
    MemErrors: { unit: '{datagram}', description: 'IPv4 datagrams dropped: UDP memory limit' },
  },
  Ip6: {
    InReceives: { unit: '{packet}', description: 'IPv6 packets received' },
    InHdrErrors: { unit: '{packet}', description: 'IPv6 packets dropped for a bad header or hop limit' },
    InTooBigErrors: {
      unit: '{packet}',
      description: 'IPv6 packets not forwarded: larger than the next link',
    },
    InNoRoutes: { unit: '{packet}', description: 'IPv6 packets dropped on receive for want of a route' },
    InAddrErrors: { unit: '{packet}', description: 'IPv6 packets dropped for their address' },
    InTruncatedPkts: { unit: '{packet}', description: 'IPv6 packets dropped: shorter than they say' },
    InDiscards: { unit: '{packet}', description: 'IPv6 packets dropped on receive for want of room' },
    InDelivers: { unit: '{packet}', description: 'IPv6 packets given to a protocol' },
    OutRequests: { unit: '{packet}', description: 'IPv6 packets sent by protocols' },
    OutDiscards: { unit: '{packet}', description: 'IPv6 packets dropped on send for want of room' },
    OutNoRoutes: { unit: '{packet}', description: 'IPv6 packets dropped on send for want of a route' },
    ReasmFails: { unit: '{event}', description: 'IPv6 reassemblies that failed' },
    InCEPkts: { unit: '{packet}', description: 'IPv6 packets marked by a congested router (ECN CE)' },
  },
  Udp6: {
    InDatagrams: { unit: '{datagram}', description: 'IPv6 datagrams delivered' },
    OutDatagrams: { unit: '{datagram}', description: 'IPv6 datagrams sent' },
    NoPorts: { unit: '{datagram}', description: 'IPv6 datagrams to a port where nobody listens' },
    InErrors: { unit: '{datagram}', description: 'IPv6 datagrams not delivered, for whatever reason' },
    RcvbufErrors: { unit: '{datagram}', description: 'IPv6 datagrams dropped: receive buffer full' },
    SndbufErrors: { unit: '{datagram}', description: 'IPv6 datagrams not sent: send buffer full' },
    InCsumErrors: { unit: '{datagram}', description: 'IPv6 datagrams with a wrong checksum' },
    MemErrors: { unit: '{datagram}', description: 'IPv6 datagrams dropped: UDP memory limit' },
  },
};

/** Fields that hold a state or a setting. All others only grow. */
const GAUGES: ReadonlySet<string> = new Set([
  'Ip.Forwarding',
  'Ip.DefaultTTL',
  'Tcp.RtoAlgorithm',
  'Tcp.RtoMin',
  'Tcp.RtoMax',
  'Tcp.MaxConn',
  'Tcp.CurrEstab',
  'MPTcpExt.MPCurrEstab',
]);

const MILLISECONDS: ReadonlySet<string> = new Set([
  'Tcp.RtoMin',
  'Tcp.RtoMax',
  'TcpExt.TCPMemoryPressuresChrono',
]);

/** What is known of a field; `undefined` when it is not among the default ones. */
export function defaultField(protocol: string, name: string): NetstatField | undefined {
  const fields = Object.hasOwn(DEFAULT_FIELDS, protocol) ? DEFAULT_FIELDS[protocol] : {};
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** The metric that a field becomes. */
export function netstatMetric(
  protocol: string,
  field: string,
  { unit, description }: NetstatField,
): GaugeSpec | SumSpec {
  const make = GAUGES.has(`${protocol}.${field}`) ? gauge : counter;
  const name = netstatMetricName(protocol, field);
  return make({ name, unit, description: `${protocol} ${field}: ${description}` });
}

/** Those of the default fields, and what all others look like. */
export const NETSTAT_METRICS: readonly MetricSpec[] = [
  ...Object.entries(DEFAULT_FIELDS).flatMap(([protocol, fields]) =>
    Object.entries(fields).map(([field, known]) => netstatMetric(protocol, field, known)),
  ),
  {
    kind: 'any',
    name: 'lagpipe.netstat.<protocol>.<field>',
    unit: '<unit>',
    description:
      'with `fields: all`: every other field of net/netstat, snmp and snmp6, as the kernel counts it',
    attributes: [],
  },
];

/** Unit and description of a field that is not among the default ones: the kernel's name has to do. */
export function otherField(protocol: string, name: string): NetstatField {
  const unit = MILLISECONDS.has(`${protocol}.${name}`) ? 'ms' : name.endsWith('Octets') ? 'By' : '{event}';
  return { unit, description: 'as the kernel counts it' };
}
