import type { ComponentContext, Decode } from '../../component.ts';
import { frameDecoder, holdsRecords } from '../../loader/decode-frames.ts';
import type { Frame } from '../../loader/frame.ts';
import { FRAME_TYPE } from '../../loader/frame-header.ts';
import { unixTimeAt } from '../../loader/record-fields.ts';
import type { Batch } from '../../model/batch.ts';
import { metricOf } from '../../model/emits.ts';
import type { Metric } from '../../model/metric.ts';
import { Look } from './look.ts';
import { CENSUS_FAILED, CENSUS_INTERRUPTED, NAMES, TIMES } from './metric-names.ts';
import {
  type Census,
  censusOf,
  groupOf,
  listenerOf,
  peerOf,
  RECORD_BYTES,
  timesOf,
  totalsOf,
} from './records.ts';

type Take = (record: DataView) => readonly Batch[];

/** Frames of the program `sockets`: a batch at the end of each look at the listening sockets, and of each census. */
export function decodeSockets(context: ComponentContext): Decode {
  const look = new Look(context);

  const silently = (take: (record: DataView) => void): Take => {
    return (record) => {
      take(record);
      return [];
    };
  };
  const records: ReadonlyMap<number, { readonly bytes: number; readonly take: Take }> = new Map([
    [
      FRAME_TYPE.socketListener,
      of(
        RECORD_BYTES.listener,
        silently((record) => look.listener(listenerOf(record))),
      ),
    ],
    [
      FRAME_TYPE.socketGroup,
      of(
        RECORD_BYTES.group,
        silently((record) => look.group(groupOf(record))),
      ),
    ],
    [
      FRAME_TYPE.socketPeer,
      of(
        RECORD_BYTES.peer,
        silently((record) => look.peer(peerOf(record))),
      ),
    ],
    [
      FRAME_TYPE.socketTotals,
      of(
        RECORD_BYTES.totals,
        silently((record) => look.totals(totalsOf(record))),
      ),
    ],
    [
      FRAME_TYPE.socketTimes,
      of(
        RECORD_BYTES.times,
        silently((record) => takeTimes(record)),
      ),
    ],
    [FRAME_TYPE.socketTick, of(RECORD_BYTES.tick, (record) => look.endTick(unixTimeAt(record, 0)))],
    [FRAME_TYPE.socketCensus, of(RECORD_BYTES.census, (record) => endCensus(censusOf(record)))],
  ]);

  const takeTimes = (record: DataView): void => {
    const { kind, point } = timesOf(record);
    if (kind < TIMES.length) look.times(kind, point);
    else context.counters.dropped('bad_record', 1);
  };

  const endCensus = (census: Census): readonly Batch[] => look.endCensus(census.time, censusMetrics(census));

  const decode = (frame: Frame): readonly Batch[] | undefined => {
    const kind = records.get(frame.type);
    if (kind === undefined) return undefined;
    if (!holdsRecords(context, frame, kind.bytes)) return [];
    const batches: Batch[] = [];
    for (let index = 0; index < frame.count; index += 1) {
      const { buffer, byteOffset } = frame.payload;
      batches.push(...kind.take(new DataView(buffer, byteOffset + index * kind.bytes, kind.bytes)));
    }
    return batches;
  };

  return frameDecoder(context, { started: () => look.breakOff(), attached: () => {}, decode });
}

function of(bytes: number, take: Take): { readonly bytes: number; readonly take: Take } {
  return { bytes, take };
}

function censusMetrics(census: Census): Metric[] {
  const { startTime, time } = census;
  const gauge = (name: (typeof NAMES)[keyof typeof NAMES], value: number) =>
    metricOf(name, [{ attributes: {}, time, value }]);
  return [
    gauge(NAMES.censusSockets, census.sockets),
    gauge(NAMES.censusDuration, census.duration),
    gauge(NAMES.censusCpuTime, census.cpuTime),
    gauge(NAMES.censusInterval, census.interval),
    metricOf(CENSUS_INTERRUPTED, [{ attributes: {}, startTime, time, value: census.interrupted }]),
    metricOf(CENSUS_FAILED, [{ attributes: {}, startTime, time, value: census.failed }]),
  ];
}
