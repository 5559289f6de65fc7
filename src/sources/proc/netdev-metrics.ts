import { DIRECTION, INTERFACE } from '../../model/common-attributes.ts';
import { type AttributeSpec, counter, type SumSpec, text } from '../../model/emits.ts';
import type { NetdevFlow, NetdevRow } from './parse-netdev.ts';

/** packet.count alone names its interface so (semantic conventions 1.45). */
const DEVICE = text('system.device.name', 'the network interface');

export interface NetdevMetric {
  readonly metric: SumSpec;
  readonly device: AttributeSpec;
  readonly flows: readonly {
    readonly direction: 'receive' | 'transmit';
    readonly valueOf: (row: NetdevRow) => number;
  }[];
}

/** The columns of `net/dev` as metrics: by semantic convention where there is one. */
export const NETDEV_METRICS: readonly NetdevMetric[] = [
  {
    metric: counter({
      name: 'system.network.io',
      unit: 'By',
      description: 'bytes received or sent',
      attributes: [INTERFACE, DIRECTION],
    }),
    device: INTERFACE,
    flows: bothWays('bytes'),
  },
  {
    metric: counter({
      name: 'system.network.packet.count',
      unit: '{packet}',
      description: 'packets received or sent',
      attributes: [DEVICE, DIRECTION],
    }),
    device: DEVICE,
    flows: bothWays('packets'),
  },
  {
    metric: counter({
      name: 'system.network.packet.dropped',
      unit: '{packet}',
      description: 'packets dropped: the drop column of net/dev, which on receive includes missed ones',
      attributes: [INTERFACE, DIRECTION],
    }),
    device: INTERFACE,
    flows: bothWays('dropped'),
  },
  {
    metric: counter({
      name: 'system.network.errors',
      unit: '{error}',
      description: 'packets received or sent in error',
      attributes: [INTERFACE, DIRECTION],
    }),
    device: INTERFACE,
    flows: bothWays('errors'),
  },
  {
    metric: counter({
      name: 'lagpipe.netdev.fifo_errors',
      unit: '{error}',
      description: "the card's queue was full on receive, or empty in the middle of a packet on transmit",
      attributes: [INTERFACE, DIRECTION],
    }),
    device: INTERFACE,
    flows: bothWays('fifo'),
  },
  {
    metric: counter({
      name: 'lagpipe.netdev.frame_errors',
      unit: '{error}',
      description: 'packets with a wrong length, CRC or frame, or more of them than the card could take',
      attributes: [INTERFACE, DIRECTION],
    }),
    device: INTERFACE,
    flows: [{ direction: 'receive', valueOf: (row) => row.frame }],
  },
  {
    metric: counter({
      name: 'lagpipe.netdev.multicast',
      unit: '{packet}',
      description: 'multicast packets received',
      attributes: [INTERFACE, DIRECTION],
    }),
    device: INTERFACE,
    flows: [{ direction: 'receive', valueOf: (row) => row.multicast }],
  },
  {
    metric: counter({
      name: 'lagpipe.netdev.collisions',
      unit: '{collision}',
      description: 'collisions',
      attributes: [INTERFACE, DIRECTION],
    }),
    device: INTERFACE,
    flows: [{ direction: 'transmit', valueOf: (row) => row.collisions }],
  },
  {
    metric: counter({
      name: 'lagpipe.netdev.carrier_errors',
      unit: '{error}',
      description: 'packets not sent because the link failed',
      attributes: [INTERFACE, DIRECTION],
    }),
    device: INTERFACE,
    flows: [{ direction: 'transmit', valueOf: (row) => row.carrier }],
  },
];

function bothWays(column: keyof NetdevFlow): NetdevMetric['flows'] {
  return [
    { direction: 'receive', valueOf: (row) => row.receive[column] },
    { direction: 'transmit', valueOf: (row) => row.transmit[column] },
  ];
}
