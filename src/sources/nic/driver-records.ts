import { textAt, u64At, unixTimeAt } from '../../loader/record-fields.ts';
import type { UnixTime } from '../../model/time.ts';

/** The layouts of loader/nic_records.h: bytes of a record, and where its fields are. */
export const RECORD_BYTES = { interface: 200, statistic: 72, tick: 8 } as const;

const INTERFACE = {
  time: 0,
  ifindex: 8,
  refused: 12,
  rxRing: 16,
  rxRingMax: 20,
  txRing: 24,
  txRingMax: 28,
  rxQueues: 32,
  rxQueuesMax: 36,
  txQueues: 40,
  txQueuesMax: 44,
  statistics: 48,
  leftOut: 52,
  interface: 56,
  driver: 72,
  version: 104,
  firmware: 136,
  bus: 168,
};

const STATISTIC = { time: 0, value: 8, ifindex: 16, interface: 24, name: 40 };

const NAME_BYTES = 16;
const TEXT_BYTES = 32;

/** Bits of `enum nic_refused`. */
const NO_STATISTICS = 1;
const NO_RINGS = 2;
const NO_CHANNELS = 4;

/** A figure for each direction. */
export interface BothWays {
  readonly receive: number;
  readonly transmit: number;
}

export interface DriverInterface {
  readonly time: UnixTime;
  readonly name: string;
  readonly ifindex: number;
  readonly driver: string;
  readonly version: string;
  readonly firmware: string;
  readonly bus: string;
  /** Absent: the driver does not tell. */
  readonly statistics?: { readonly all: number; readonly leftOut: number };
  readonly rings?: { readonly size: BothWays; readonly max: BothWays };
  readonly channels?: { readonly queues: BothWays; readonly max: BothWays };
}

export interface DriverStatistic {
  readonly time: UnixTime;
  readonly interface: string;
  readonly ifindex: number;
  readonly name: string;
  readonly value: number;
}

export function interfaceRecordOf(record: DataView): DriverInterface {
  const u32 = (at: number) => record.getUint32(at, true);
  const pair = (receive: number, transmit: number): BothWays => ({
    receive: u32(receive),
    transmit: u32(transmit),
  });
  const refused = u32(INTERFACE.refused);
  const rings = {
    size: pair(INTERFACE.rxRing, INTERFACE.txRing),
    max: pair(INTERFACE.rxRingMax, INTERFACE.txRingMax),
  };
  const channels = {
    queues: pair(INTERFACE.rxQueues, INTERFACE.txQueues),
    max: pair(INTERFACE.rxQueuesMax, INTERFACE.txQueuesMax),
  };
  return {
    time: unixTimeAt(record, INTERFACE.time),
    name: textAt(record, INTERFACE.interface, NAME_BYTES),
    ifindex: u32(INTERFACE.ifindex),
    driver: textAt(record, INTERFACE.driver, TEXT_BYTES),
    version: textAt(record, INTERFACE.version, TEXT_BYTES),
    firmware: textAt(record, INTERFACE.firmware, TEXT_BYTES),
    bus: textAt(record, INTERFACE.bus, TEXT_BYTES),
    ...((refused & NO_STATISTICS) === 0 && {
      statistics: { all: u32(INTERFACE.statistics), leftOut: u32(INTERFACE.leftOut) },
    }),
    ...((refused & NO_RINGS) === 0 && { rings }),
    ...((refused & NO_CHANNELS) === 0 && { channels }),
  };
}

export function statisticRecordOf(record: DataView): DriverStatistic {
  return {
    time: unixTimeAt(record, STATISTIC.time),
    interface: textAt(record, STATISTIC.interface, NAME_BYTES),
    ifindex: record.getUint32(STATISTIC.ifindex, true),
    name: textAt(record, STATISTIC.name, TEXT_BYTES),
    value: u64At(record, STATISTIC.value),
  };
}
