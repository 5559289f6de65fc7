import { CounterSeries } from '../../model/counter-series.ts';
import type { NumberPoint } from '../../model/metric.ts';
import { type MetricName, sumOf, withPoints } from '../../model/metric-of.ts';
import type { DecodeFile } from './decoded.ts';
import { parseLabelled } from './parse-labelled.ts';

const NANOS_PER_SECOND = 1e9;

/** The three figures of a task's `schedstat` (kernel: Documentation/scheduler/sched-stats.rst). */
const FIGURES: readonly (MetricName & { readonly divisor: number })[] = [
  {
    name: 'lagpipe.ksoftirqd.run_time',
    unit: 's',
    description: 'time that the ksoftirqd of this CPU ran: softirqs that were too many to handle at once',
    divisor: NANOS_PER_SECOND,
  },
  {
    name: 'lagpipe.ksoftirqd.wait_time',
    unit: 's',
    description: 'time that the ksoftirqd of this CPU waited for the CPU; packets wait with it',
    divisor: NANOS_PER_SECOND,
  },
  {
    name: 'lagpipe.ksoftirqd.timeslices',
    unit: '{timeslice}',
    description: 'times that the ksoftirqd of this CPU was put on the CPU',
    divisor: 1,
  },
];

/** `ksoftirqd`: the schedstat of every CPU's thread. */
export function ksoftirqdDecoder(): DecodeFile {
  const threads = new Map<string, readonly CounterSeries[]>();
  return (bytes, time) => {
    const { lines, malformed } = parseLabelled(bytes);
    const points = FIGURES.map((): NumberPoint[] => []);
    let unknown = 0;
    for (const { label, values } of lines) {
      const match = /^ksoftirqd\/(\d{1,6})$/.exec(label);
      if (!match || values.length < FIGURES.length) {
        unknown++;
        continue;
      }
      let series = threads.get(label);
      if (!series) {
        const attributes = { 'cpu.logical_number': Number(match[1]) };
        series = FIGURES.map(() => new CounterSeries(attributes));
        threads.set(label, series);
      }
      for (const [at, { divisor }] of FIGURES.entries()) {
        points[at].push(series[at].point(values[at], time, divisor));
      }
    }
    const metrics = FIGURES.map((figure, at) => sumOf(figure, points[at]));
    return { metrics: withPoints(metrics), malformed: malformed + unknown };
  };
}
