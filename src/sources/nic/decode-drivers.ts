import type { ComponentContext, Decode } from '../../component.ts';
import { frameDecoder, holdsRecords } from '../../loader/decode-frames.ts';
import type { Frame } from '../../loader/frame.ts';
import { FRAME_TYPE } from '../../loader/frame-header.ts';
import type { Attributes } from '../../model/attributes.ts';
import type { Batch } from '../../model/batch.ts';
import type { GaugeSpec } from '../../model/emits.ts';
import type { UnixTime } from '../../model/time.ts';
import {
  type BothWays,
  type DriverInterface,
  type DriverStatistic,
  interfaceRecordOf,
  RECORD_BYTES,
  statisticRecordOf,
} from './driver-records.ts';
import { NAMES } from './metric-names.ts';
import { PointList } from './point-list.ts';
import { StatisticSeries } from './statistic-series.ts';

/** Frames of the program `nic`, to one batch for each round over all interfaces. */
export function decodeDrivers(context: ComponentContext): Decode {
  const points = new PointList(context);
  const statistics = new StatisticSeries('driver');
  const said = new Map<string, string>();
  /** Of this round: interfaces, and names of statistics that some drivers give twice. */
  let interfaces = new Set<string>();
  let given = new Set<string>();

  const takeInterface = (found: DriverInterface): void => {
    const { name, time, driver, version, firmware, bus, rings, channels } = found;
    const attributes = { 'network.interface.name': name };
    interfaces.add(name);
    const info = {
      ...attributes,
      ...(driver !== '' && { 'lagpipe.nic.driver': driver }),
      ...(version !== '' && { 'lagpipe.nic.driver.version': version }),
      ...(firmware !== '' && { 'lagpipe.nic.firmware.version': firmware }),
      ...(bus !== '' && { 'lagpipe.nic.bus': bus }),
    };
    points.gauge(NAMES.info, info, time, 1);
    if (rings !== undefined) {
      addBothWays(NAMES.ringSize, attributes, time, rings.size);
      addBothWays(NAMES.ringMax, attributes, time, rings.max);
    }
    if (channels !== undefined) addBothWays(NAMES.queuesMax, attributes, time, channels.max);
    say(found);
  };

  const addBothWays = (metric: GaugeSpec, attributes: Attributes, time: UnixTime, value: BothWays): void => {
    for (const direction of ['receive', 'transmit'] as const) {
      const withDirection = { ...attributes, 'network.io.direction': direction };
      points.gauge(metric, withDirection, time, value[direction]);
    }
  };

  const takeStatistic = ({
    interface: name,
    ifindex,
    name: statistic,
    value,
    time,
  }: DriverStatistic): void => {
    const key = `${name} ${statistic}`;
    if (given.has(key)) {
      context.counters.dropped('duplicate_name', 1);
      return;
    }
    given.add(key);
    points.sum(NAMES.statistic, statistics.point(name, ifindex, statistic, value, time));
  };

  const endRound = (): readonly Batch[] => {
    statistics.keepOnly(interfaces);
    interfaces = new Set();
    given = new Set();
    return points.take();
  };

  /** Once for each interface, and again when it changes. */
  const say = (found: DriverInterface): void => {
    const status = statusOf(found);
    if (said.get(found.name) === status.detail) return;
    said.set(found.name, status.detail);
    context.report({ part: found.name, ...status });
  };

  const decode = (frame: Frame): readonly Batch[] | undefined => {
    switch (frame.type) {
      case FRAME_TYPE.nicInterface:
        if (!holdsRecords(context, frame, RECORD_BYTES.interface)) return [];
        for (const record of recordsIn(frame, RECORD_BYTES.interface))
          takeInterface(interfaceRecordOf(record));
        return [];
      case FRAME_TYPE.nicStatistic:
        if (!holdsRecords(context, frame, RECORD_BYTES.statistic)) return [];
        for (const record of recordsIn(frame, RECORD_BYTES.statistic))
          takeStatistic(statisticRecordOf(record));
        return [];
      case FRAME_TYPE.nicTick:
        return holdsRecords(context, frame, RECORD_BYTES.tick) ? endRound() : [];
      default:
        return undefined;
    }
  };

  const started = (): void => {
    points.forget();
    interfaces = new Set();
    given = new Set();
  };
  return frameDecoder(context, { started, attached: () => {}, decode });
}

function* recordsIn({ payload, count }: Frame, bytes: number): Generator<DataView> {
  for (let index = 0; index < count; index += 1) {
    yield new DataView(payload.buffer, payload.byteOffset + index * bytes, bytes);
  }
}

function statusOf({ name, driver, statistics }: DriverInterface) {
  const by = driver === '' ? 'its driver, which has no name,' : driver;
  if (statistics === undefined) {
    const detail = `${by} tells no statistics (ethtool -S ${name}); what the kernel counts for every interface is there (/sys/class/net/${name}/statistics), and drops behind the card are in softnet (source proc)`;
    return { state: 'degraded', detail } as const;
  }
  if (statistics.leftOut > 0) {
    const detail = `${statistics.leftOut} statistics of ${by} are left out`;
    return { state: 'degraded', detail, remedy: 'set max_statistics higher' } as const;
  }
  return { state: 'live', detail: `${by} tells ${statistics.all} statistics` } as const;
}
