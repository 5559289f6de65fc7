import type { Attributes } from '../../model/attributes.ts';
import { CPU } from '../../model/common-attributes.ts';
import { CounterSeries } from '../../model/counter-series.ts';
import { counter, gauge, metricOf, number, type SumSpec, withPoints } from '../../model/emits.ts';
import type { Metric, NumberPoint } from '../../model/metric.ts';
import { secondsBetween } from '../../model/time.ts';
import type { OnlineCpus } from './decode-cpu.ts';
import type { DecodeFile } from './decoded.ts';
import { parseSoftnet, type SoftnetRow } from './parse-softnet.ts';

type CounterField = 'processed' | 'dropped' | 'timeSqueezed' | 'receivedRps' | 'flowLimit';

const OF_CPU = [
  CPU,
  number('lagpipe.softnet.row', '', 'instead of the CPU, where the kernel does not tell it'),
];

const COUNTERS: Readonly<Record<CounterField, SumSpec>> = {
  processed: counter({
    name: 'lagpipe.softnet.processed',
    unit: '{packet}',
    description: 'packets that this CPU processed, by NAPI or from its backlog',
    attributes: OF_CPU,
  }),
  dropped: counter({
    name: 'lagpipe.softnet.dropped',
    unit: '{packet}',
    description: "packets dropped because this CPU's backlog was full (net.core.netdev_max_backlog)",
    attributes: OF_CPU,
  }),
  timeSqueezed: counter({
    name: 'lagpipe.softnet.time_squeezed',
    unit: '{event}',
    description:
      'rounds of receiving that ended with work left (net.core.netdev_budget, netdev_budget_usecs)',
    attributes: OF_CPU,
  }),
  receivedRps: counter({
    name: 'lagpipe.softnet.received_rps',
    unit: '{interrupt}',
    description: 'times that another CPU woke this one for packets (RPS)',
    attributes: OF_CPU,
  }),
  flowLimit: counter({
    name: 'lagpipe.softnet.flow_limit',
    unit: '{packet}',
    description: 'packets dropped because one flow filled the backlog',
    attributes: OF_CPU,
  }),
};
const FIELDS = Object.keys(COUNTERS) as readonly CounterField[];

const GAUGES = {
  backlog: gauge({
    name: 'lagpipe.softnet.backlog',
    unit: '{packet}',
    description: "packets that wait in this CPU's backlog now",
    attributes: OF_CPU,
  }),
  inputQueue: gauge({
    name: 'lagpipe.softnet.backlog.input',
    unit: '{packet}',
    description: 'of these, packets that no round of receiving has taken over yet',
    attributes: OF_CPU,
  }),
  processQueue: gauge({
    name: 'lagpipe.softnet.backlog.process',
    unit: '{packet}',
    description: 'of these, packets of the round of receiving that is under way',
    attributes: OF_CPU,
  }),
};
const GAUGE_FIELDS = Object.keys(GAUGES) as readonly (keyof typeof GAUGES)[];

export const SOFTNET_METRICS = [...Object.values(COUNTERS), ...Object.values(GAUGES)];

interface CpuState {
  readonly attributes: Attributes;
  readonly series: readonly CounterSeries[];
}

/**
 * `net/softnet_stat`, one point per online CPU. A CPU that goes offline has no line and comes back with its old
 * totals, so its state is kept: that is a gap, not a reset.
 */
export function softnetDecoder(online: OnlineCpus): DecodeFile {
  const states = new Map<string, CpuState>();
  return (bytes, time) => {
    const { rows, malformed } = parseSoftnet(bytes);
    const names = namesOf(rows, secondsBetween(online.time, time) === 0 ? online.cpus : []);
    const counters = FIELDS.map((): NumberPoint[] => []);
    const gauges = GAUGE_FIELDS.map((): NumberPoint[] => []);
    rows.forEach((row, index) => {
      const { attributes, series } = stateOf(states, names[index]);
      FIELDS.forEach((field, at) => {
        const value = row[field];
        if (value !== undefined) counters[at].push(series[at].point(value, time));
      });
      GAUGE_FIELDS.forEach((field, at) => {
        const value = row[field];
        if (value !== undefined) gauges[at].push({ attributes, time, value });
      });
    });
    const metrics: Metric[] = [
      ...FIELDS.map((field, at) => metricOf(COUNTERS[field], counters[at])),
      ...GAUGE_FIELDS.map((field, at) => metricOf(GAUGES[field], gauges[at])),
    ];
    return { metrics: withPoints(metrics), malformed };
  };
}

interface RowName {
  readonly attribute: 'cpu.logical_number' | 'lagpipe.softnet.row';
  readonly number: number;
}

/**
 * Before Linux 5.14 a line does not name its CPU. There is one for every online CPU, in order, so it is known where
 * `stat` named as many CPUs in the same tick; otherwise only the position can be told.
 */
function namesOf(rows: readonly SoftnetRow[], cpus: readonly number[]): readonly RowName[] {
  const areOnline = cpus.length === rows.length;
  return rows.map(({ cpu, row }, index) => {
    const number = cpu ?? (areOnline ? cpus[index] : undefined);
    return number === undefined
      ? { attribute: 'lagpipe.softnet.row', number: row }
      : { attribute: 'cpu.logical_number', number };
  });
}

function stateOf(states: Map<string, CpuState>, { attribute, number }: RowName): CpuState {
  const key = `${attribute} ${number}`;
  let state = states.get(key);
  if (!state) {
    const attributes: Attributes = { [attribute]: number };
    state = { attributes, series: FIELDS.map(() => new CounterSeries(attributes, 32)) };
    states.set(key, state);
  }
  return state;
}
