import type { MetricName } from '../../model/metric-of.ts';
import type { NetdevFlow, NetdevRow } from './parse-netdev.ts';

export interface NetdevMetric extends MetricName {
  /** packet.count alone names its interface `system.device` (semantic conventions 1.44). */
  readonly deviceAttribute: 'network.interface.name' | 'system.device';
  readonly flows: readonly {
    readonly direction: 'receive' | 'transmit';
    readonly valueOf: (row: NetdevRow) => number;
  }[];
}

/** The columns of `net/dev` as metrics: by semantic convention where there is one. */
export const NETDEV_METRICS: readonly NetdevMetric[] = [
  {
    name: 'system.network.io',
    unit: 'By',
    description: 'bytes received or sent',
    deviceAttribute: 'network.interface.name',
    flows: bothWays('bytes'),
  },
  {
    name: 'system.network.packet.count',
    unit: '{packet}',
    description: 'packets received or sent',
    deviceAttribute: 'system.device',
    flows: bothWays('packets'),
  },
  {
    name: 'system.network.packet.dropped',
    unit: '{packet}',
    description: 'packets dropped: the drop column of net/dev, which on receive includes missed ones',
    deviceAttribute: 'network.interface.name',
    flows: bothWays('dropped'),
  },
  {
    name: 'system.network.errors',
    unit: '{error}',
    description: 'errors',
    deviceAttribute: 'network.interface.name',
    flows: bothWays('errors'),
  },
  {
    name: 'lagpipe.netdev.fifo_errors',
    unit: '{error}',
    description: "the card's queue was full on receive, or empty in the middle of a packet on transmit",
    deviceAttribute: 'network.interface.name',
    flows: bothWays('fifo'),
  },
  {
    name: 'lagpipe.netdev.frame_errors',
    unit: '{error}',
    description: 'packets with a wrong length, CRC or frame, or more of them than the card could take',
    deviceAttribute: 'network.interface.name',
    flows: [{ direction: 'receive', valueOf: (row) => row.frame }],
  },
  {
    name: 'lagpipe.netdev.multicast',
    unit: '{packet}',
    description: 'multicast packets received',
    deviceAttribute: 'network.interface.name',
    flows: [{ direction: 'receive', valueOf: (row) => row.multicast }],
  },
  {
    name: 'lagpipe.netdev.collisions',
    unit: '{collision}',
    description: 'collisions',
    deviceAttribute: 'network.interface.name',
    flows: [{ direction: 'transmit', valueOf: (row) => row.collisions }],
  },
  {
    name: 'lagpipe.netdev.carrier_errors',
    unit: '{error}',
    description: 'packets not sent because the link failed',
    deviceAttribute: 'network.interface.name',
    flows: [{ direction: 'transmit', valueOf: (row) => row.carrier }],
  },
];

function bothWays(column: keyof NetdevFlow): NetdevMetric['flows'] {
  return [
    { direction: 'receive', valueOf: (row) => row.receive[column] },
    { direction: 'transmit', valueOf: (row) => row.transmit[column] },
  ];
}
