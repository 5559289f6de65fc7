import { CPU } from '../../model/common-attributes.ts';
import { CounterSeries } from '../../model/counter-series.ts';
import { counter, metricOf, withPoints } from '../../model/emits.ts';
import type { NumberPoint } from '../../model/metric.ts';
import type { DecodeFile } from './decoded.ts';
import { parseLabelled } from './parse-labelled.ts';

const NANOS_PER_SECOND = 1e9;

/** The three figures of a task's `schedstat` (kernel: Documentation/scheduler/sched-stats.rst). */
const FIGURES = [
  {
    divisor: NANOS_PER_SECOND,
    metric: counter({
      name: 'lagpipe.ksoftirqd.run_time',
      unit: 's',
      description: 'time that the ksoftirqd of this CPU ran: softirqs that were too many to handle at once',
      attributes: [CPU],
    }),
  },
  {
    divisor: NANOS_PER_SECOND,
    metric: counter({
      name: 'lagpipe.ksoftirqd.wait_time',
      unit: 's',
      description: 'time that the ksoftirqd of this CPU waited for the CPU; packets wait with it',
      attributes: [CPU],
    }),
  },
  {
    divisor: 1,
    metric: counter({
      name: 'lagpipe.ksoftirqd.timeslices',
      unit: '{timeslice}',
      description: 'times that the ksoftirqd of this CPU was put on the CPU',
      attributes: [CPU],
    }),
  },
];

export const KSOFTIRQD_METRICS = FIGURES.map(({ metric }) => metric);

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
    const metrics = FIGURES.map(({ metric }, at) => metricOf(metric, points[at]));
    return { metrics: withPoints(metrics), malformed: malformed + unknown };
  };
}
