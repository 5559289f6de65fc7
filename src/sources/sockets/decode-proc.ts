import type { ComponentContext, Decode } from '../../component.ts';
import { isRecord, numberOf, parseJsonBytes } from '../../lib/json-shape.ts';
import type { Batch } from '../../model/batch.ts';
import { metricOf } from '../../model/emits.ts';
import type { Metric } from '../../model/metric.ts';
import type { UnixTime } from '../../model/time.ts';
import { PROC_CHUNK } from './acquire-proc.ts';
import { Look } from './look.ts';
import { NAMES } from './metric-names.ts';
import { type CensusLimits, ProcCensus } from './proc-census.ts';

/** Longer than any line of these files; what exceeds it is none. */
const MAX_LINE_CHARS = 4096;

/** The pieces of /proc/net/tcp and tcp6, cut anywhere, to a batch at the end of each look. */
export function decodeProc(limits: CensusLimits, context: ComponentContext): Decode {
  const census = new ProcCensus(limits);
  const look = new Look(context);
  let file = '';
  let unfinished = '';

  const lines = (text: string): void => {
    const all = (unfinished + text).split('\n');
    unfinished = (all.pop() ?? '').slice(0, MAX_LINE_CHARS);
    for (const line of all) {
      // The first line of each file names the columns.
      if (!census.line(line) && !line.includes('local_address'))
        context.counters.dropped('malformed_line', 1);
    }
  };

  return ({ name, time, bytes }) => {
    if (name !== file) unfinished = '';
    file = name;
    switch (name) {
      case PROC_CHUNK.begin:
        census.begin(bytes.length > 0, time);
        return [];
      case PROC_CHUNK.tcp:
      case PROC_CHUNK.tcp6:
        lines(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'));
        return [];
      case PROC_CHUNK.end: {
        census.tell(look, time);
        const ofCensus = costMetrics(bytes, census.sockets, time);
        return [...look.endTick(time), ...(ofCensus.length > 0 ? look.endCensus(time, ofCensus) : [])];
      }
      default:
        context.counters.dropped('unknown_input', 1);
        return [] satisfies Batch[];
    }
  };
}

/** Nothing when it was no census. */
function costMetrics(bytes: Uint8Array, sockets: number, time: UnixTime): Metric[] {
  const cost = parseJsonBytes(bytes);
  if (!isRecord(cost) || cost.isCensus !== true) return [];
  const gauge = (name: (typeof NAMES)[keyof typeof NAMES], value: number) =>
    metricOf(name, [{ attributes: {}, time, value }]);
  return [
    gauge(NAMES.censusSockets, sockets),
    gauge(NAMES.censusDuration, numberOf(cost.busyMillis) / 1000),
    gauge(NAMES.censusInterval, numberOf(cost.nextCensusMillis) / 1000),
  ];
}
