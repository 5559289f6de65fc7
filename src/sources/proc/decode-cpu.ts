import { CPU } from '../../model/common-attributes.ts';
import { CounterSeries } from '../../model/counter-series.ts';
import { counter, metricOf, text, withPoints } from '../../model/emits.ts';
import type { NumberPoint } from '../../model/metric.ts';
import type { UnixTime } from '../../model/time.ts';
import type { DecodeFile } from './decoded.ts';
import { parseStat } from './parse-stat.ts';

/** The columns of a `cpu` line (proc_stat(5)); guest time, which follows, is part of user and nice. */
const MODES = ['user', 'nice', 'system', 'idle', 'iowait', 'interrupt', 'softirq', 'steal'] as const;
const IDLE = MODES.indexOf('idle');
const IOWAIT = MODES.indexOf('iowait');
/** The unit of the kernel's ABI, USER_HZ, is 1/100 s on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
/** A larger step back of idle time is a CPU that came back, not an inexact figure. */
const LARGEST_STEP_BACK = 3 * TICKS_PER_SECOND;

export const CPU_TIME = counter({
  name: 'system.cpu.time',
  unit: 's',
  description: 'time that each CPU spent, by what it did; softirq is where packets are received',
  attributes: [CPU, text('cpu.mode', 'what the CPU did: `user`, `softirq`, `idle`, …')],
});

/** Which CPUs were online at the time of the last `stat`, for files that list the online ones without a name. */
export interface OnlineCpus {
  time: UnixTime;
  cpus: readonly number[];
}

interface Cpu {
  readonly series: readonly CounterSeries[];
  readonly previous: number[];
}

/**
 * The `cpu` lines of `stat`, one per online CPU. The kernel computes idle and iowait from clocks that are not exact,
 * so they can step back a little: then the earlier value holds. A real fall is a new start of that counter.
 */
export function cpuDecoder(online: OnlineCpus): DecodeFile {
  const cpus = new Map<number, Cpu>();
  return (bytes, time) => {
    const { lines, malformed } = parseStat(bytes);
    online.time = time;
    online.cpus = lines.map(({ cpu }) => cpu);
    const points: NumberPoint[] = [];
    for (const { cpu, ticks } of lines) {
      let state = cpus.get(cpu);
      if (!state) {
        state = newCpu(cpu);
        cpus.set(cpu, state);
      }
      const { series, previous } = state;
      const columns = Math.min(ticks.length, MODES.length);
      for (let column = 0; column < columns; column++) {
        const value = withoutStepBack(column, ticks[column], previous[column]);
        previous[column] = value;
        points.push(series[column].point(value, time, TICKS_PER_SECOND));
      }
    }
    return { metrics: withPoints([metricOf(CPU_TIME, points)]), malformed };
  };
}

function newCpu(cpu: number): Cpu {
  return {
    series: MODES.map((mode) => new CounterSeries({ 'cpu.logical_number': cpu, 'cpu.mode': mode })),
    previous: MODES.map(() => 0),
  };
}

function withoutStepBack(column: number, value: number, previous: number): number {
  if (column !== IDLE && column !== IOWAIT) return value;
  return value < previous && previous - value <= LARGEST_STEP_BACK ? previous : value;
}
