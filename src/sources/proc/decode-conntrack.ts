import { CounterSeries } from '../../model/counter-series.ts';
import { counter, gauge, metricOf, type SumSpec } from '../../model/emits.ts';
import type { Metric, NumberPoint } from '../../model/metric.ts';
import { secondsBetween, type UnixTime } from '../../model/time.ts';
import type { DecodeFile } from './decoded.ts';
import { parseConntrack } from './parse-conntrack.ts';
import { parseLabelled } from './parse-labelled.ts';

const ENTRIES = gauge({
  name: 'lagpipe.conntrack.entries',
  unit: '{entry}',
  description: 'connections that connection tracking remembers now',
});
const LIMIT = gauge({
  name: 'lagpipe.conntrack.limit',
  unit: '{entry}',
  description: 'connections that it can remember; packets of further ones are dropped',
});

/** By the kernel's name. The columns that are not here have been 0 for years, or say nothing about lost packets. */
const COUNTERS: ReadonlyMap<string, SumSpec> = new Map([
  ['found', eventCount('found', '{packet}', 'packets whose connection was known')],
  ['invalid', eventCount('invalid', '{packet}', 'packets that cannot be tracked')],
  ['insert', eventCount('insert', '{entry}', 'connections remembered')],
  ['insert_failed', eventCount('insert_failed', '{entry}', 'connections not remembered: another packet won')],
  ['drop', eventCount('drop', '{packet}', 'packets dropped: the table was full or memory short')],
  ['early_drop', eventCount('early_drop', '{entry}', 'connections forgotten early to make room')],
  ['icmp_error', eventCount('icmp_error', '{packet}', 'ICMP errors that could not be tracked')],
  [
    'search_restart',
    eventCount('search_restart', '{event}', 'look-ups begun again as the table was resized'),
  ],
  [
    'clashres',
    eventCount('clash_resolved', '{event}', 'insertions that met the same connection and joined it'),
  ],
  ['chainlength', eventCount('chain_too_long', '{event}', 'insertions refused: a hash chain was too long')],
]);

function eventCount(name: string, unit: string, description: string): SumSpec {
  return counter({ name: `lagpipe.conntrack.${name}`, unit, description });
}

export const CONNTRACK_METRICS = [ENTRIES, LIMIT, ...COUNTERS.values()];

/**
 * Two decoders: `net/stat/nf_conntrack`, what happened and how many entries there are, and `conntrack`, the limit and
 * the count, which is used where the first file is not there (a kernel without CONFIG_NF_CONNTRACK_PROCFS).
 */
export function conntrackDecoders(): { readonly sizes: DecodeFile; readonly events: DecodeFile } {
  const rowsOf = new Map<string, CounterSeries[]>();
  let hasEvents = false;
  return {
    sizes: (bytes, time) => {
      const { lines, malformed } = parseLabelled(bytes);
      const metrics: Metric[] = [];
      for (const { label, values } of lines) {
        const isCount = label.endsWith('_count');
        if (isCount && hasEvents) continue;
        metrics.push(metricOf(isCount ? ENTRIES : LIMIT, [{ attributes: {}, time, value: values[0] }]));
      }
      return { metrics, malformed };
    },
    events: (bytes, time) => {
      const { names, rows, malformed } = parseConntrack(bytes);
      const metrics: Metric[] = [];
      names.forEach((name, column) => {
        const values = rows.map((row) => row[column]);
        if (values.length === 0) return;
        if (name === 'entries') {
          hasEvents = true;
          metrics.push(metricOf(ENTRIES, [{ attributes: {}, time, value: values[0] }]));
        }
        const metric = COUNTERS.get(name);
        if (!metric) return;
        const series = rowsOf.get(name) ?? [];
        rowsOf.set(name, series);
        metrics.push(metricOf(metric, [totalOf(series, values, time)]));
      });
      return { metrics, malformed };
    },
  };
}

/** All CPUs together; each wraps by itself. The total begins when the last of them began. */
function totalOf(series: CounterSeries[], values: readonly number[], time: UnixTime): NumberPoint {
  let value = 0;
  let startTime: UnixTime | undefined;
  values.forEach((each, row) => {
    series[row] ??= new CounterSeries({}, 32);
    const point = series[row].point(each, time);
    value += point.value;
    if (!startTime || (point.startTime && secondsBetween(startTime, point.startTime) > 0)) {
      startTime = point.startTime;
    }
  });
  return { attributes: {}, ...(startTime && { startTime }), time, value };
}
