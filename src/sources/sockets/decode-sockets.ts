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

/** What one kind of record does: it adds to a look, or ends one. */
interface RecordKind {
  readonly bytes: number;
  readonly take?: (record: DataView) => void;
  readonly end?: (record: DataView) => readonly Batch[];
}

/** Frames of the program `sockets`: a batch at the end of each look at the listening sockets, and of each census. */
export function decodeSockets(context: ComponentContext): Decode {
  const look = new Look(context);
  const kinds = kindsOf(look, context);

  const decode = (frame: Frame): readonly Batch[] | undefined => {
    const kind = kinds.get(frame.type);
    if (kind === undefined) return undefined;
    const { bytes } = kind;
    if (!holdsRecords(context, frame, bytes)) return [];
    const batches: Batch[] = [];
    for (let index = 0; index < frame.count; index += 1) {
      const { buffer, byteOffset } = frame.payload;
      const record = new DataView(buffer, byteOffset + index * bytes, bytes);
      kind.take?.(record);
      batches.push(...(kind.end?.(record) ?? []));
    }
    return batches;
  };

  return frameDecoder(context, { started: () => look.breakOff(), attached: () => {}, decode });
}

function kindsOf(look: Look, context: ComponentContext): ReadonlyMap<number, RecordKind> {
  const { listener, group, peer, totals, times, tick, census } = RECORD_BYTES;
  const takeTimes = (record: DataView): void => {
    const { kind, point } = timesOf(record);
    if (kind < TIMES.length) look.times(kind, point);
    else context.counters.dropped('bad_record', 1);
  };
  const endCensus = (record: DataView): readonly Batch[] => {
    const found = censusOf(record);
    return look.endCensus(found.time, censusMetrics(found));
  };
  return new Map<number, RecordKind>([
    [FRAME_TYPE.socketListener, { bytes: listener, take: (record) => look.listener(listenerOf(record)) }],
    [FRAME_TYPE.socketGroup, { bytes: group, take: (record) => look.group(groupOf(record)) }],
    [FRAME_TYPE.socketPeer, { bytes: peer, take: (record) => look.peer(peerOf(record)) }],
    [FRAME_TYPE.socketTotals, { bytes: totals, take: (record) => look.totals(totalsOf(record)) }],
    [FRAME_TYPE.socketTimes, { bytes: times, take: takeTimes }],
    [FRAME_TYPE.socketTick, { bytes: tick, end: (record) => look.endTick(unixTimeAt(record, 0)) }],
    [FRAME_TYPE.socketCensus, { bytes: census, end: endCensus }],
  ]);
}

function censusMetrics(census: Census): Metric[] {
  const { startTime, time } = census;
  const gauge = (name: (typeof NAMES)[keyof typeof NAMES], value: number) =>
    metricOf(name, [{ attributes: {}, time, value }]);
  return [
    gauge(NAMES.censusSockets, census.sockets),
    gauge(NAMES.censusDuration, census.durationSeconds),
    gauge(NAMES.censusCpuTime, census.cpuSeconds),
    gauge(NAMES.censusInterval, census.intervalSeconds),
    metricOf(CENSUS_INTERRUPTED, [{ attributes: {}, startTime, time, value: census.interrupted }]),
    metricOf(CENSUS_FAILED, [{ attributes: {}, startTime, time, value: census.failed }]),
  ];
}
