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
  const round = new DriverRound(context);
  const decode = (frame: Frame): readonly Batch[] | undefined => {
    const recordsOf = (bytes: number) =>
      holdsRecords(context, frame, bytes) ? [...recordsIn(frame, bytes)] : [];
    switch (frame.type) {
      case FRAME_TYPE.nicInterface:
        for (const record of recordsOf(RECORD_BYTES.interface))
          round.takeInterface(interfaceRecordOf(record));
        return [];
      case FRAME_TYPE.nicStatistic:
        for (const record of recordsOf(RECORD_BYTES.statistic))
          round.takeStatistic(statisticRecordOf(record));
        return [];
      case FRAME_TYPE.nicTick:
        return holdsRecords(context, frame, RECORD_BYTES.tick) ? round.end() : [];
      default:
        return undefined;
    }
  };
  return frameDecoder(context, { started: () => round.begin(), attached: () => {}, decode });
}

/** One round over all interfaces after another. */
class DriverRound {
  readonly #context: ComponentContext;
  readonly #points: PointList;
  readonly #statistics = new StatisticSeries('driver');
  readonly #said = new Map<string, string>();
  /** Of this round: interfaces, and names of statistics that some drivers give twice. */
  #interfaces = new Set<string>();
  #given = new Set<string>();

  constructor(context: ComponentContext) {
    this.#context = context;
    this.#points = new PointList(context);
  }

  begin(): void {
    this.#points.forget();
    this.#interfaces = new Set();
    this.#given = new Set();
  }

  end(): readonly Batch[] {
    this.#statistics.keepOnly(this.#interfaces);
    const batches = this.#points.take();
    this.begin();
    return batches;
  }

  takeInterface(found: DriverInterface): void {
    const { name, time, driver, version, firmware, bus, rings, channels } = found;
    const attributes = { 'network.interface.name': name };
    this.#interfaces.add(name);
    const info = {
      ...attributes,
      ...(driver !== '' && { 'lagpipe.nic.driver': driver }),
      ...(version !== '' && { 'lagpipe.nic.driver.version': version }),
      ...(firmware !== '' && { 'lagpipe.nic.firmware.version': firmware }),
      ...(bus !== '' && { 'lagpipe.nic.bus': bus }),
    };
    this.#points.gauge(NAMES.info, info, time, 1);
    if (rings !== undefined) {
      this.#addBothWays(NAMES.ringSize, attributes, time, rings.size);
      this.#addBothWays(NAMES.ringMax, attributes, time, rings.max);
    }
    if (channels !== undefined) this.#addBothWays(NAMES.queuesMax, attributes, time, channels.max);
    this.#say(found);
  }

  takeStatistic({ interface: name, ifindex, name: statistic, value, time }: DriverStatistic): void {
    const key = `${name} ${statistic}`;
    if (this.#given.has(key)) {
      this.#context.counters.dropped('duplicate_name', 1);
      return;
    }
    this.#given.add(key);
    this.#points.sum(NAMES.statistic, this.#statistics.point(name, ifindex, statistic, value, time));
  }

  #addBothWays(metric: GaugeSpec, attributes: Attributes, time: UnixTime, value: BothWays): void {
    for (const direction of ['receive', 'transmit'] as const) {
      const withDirection = { ...attributes, 'network.io.direction': direction };
      this.#points.gauge(metric, withDirection, time, value[direction]);
    }
  }

  /** Once for each interface, and again when it changes. */
  #say(found: DriverInterface): void {
    const status = statusOf(found);
    if (this.#said.get(found.name) === status.detail) return;
    this.#said.set(found.name, status.detail);
    this.#context.report({ part: found.name, ...status });
  }
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
