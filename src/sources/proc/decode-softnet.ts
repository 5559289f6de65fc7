import type { Attributes } from '../../model/attributes.ts';
import { CounterSeries } from '../../model/counter-series.ts';
import type { Metric, NumberPoint } from '../../model/metric.ts';
import { gaugeOf, type MetricName, sumOf, withPoints } from '../../model/metric-of.ts';
import type { UnixTime } from '../../model/time.ts';
import type { Decoded } from './decoded.ts';
import { parseSoftnet, type SoftnetRow } from './parse-softnet.ts';

type CounterField = 'processed' | 'dropped' | 'timeSqueezed' | 'receivedRps' | 'flowLimit';

const COUNTERS: Readonly<Record<CounterField, MetricName>> = {
  processed: {
    name: 'lagpipe.softnet.processed',
    unit: '{packet}',
    description: 'packets that this CPU processed, by NAPI or from its backlog',
  },
  dropped: {
    name: 'lagpipe.softnet.dropped',
    unit: '{packet}',
    description: "packets dropped because this CPU's backlog was full (net.core.netdev_max_backlog)",
  },
  timeSqueezed: {
    name: 'lagpipe.softnet.time_squeezed',
    unit: '{event}',
    description:
      'rounds of receiving that ended with work left (net.core.netdev_budget, netdev_budget_usecs)',
  },
  receivedRps: {
    name: 'lagpipe.softnet.received_rps',
    unit: '{interrupt}',
    description: 'times that another CPU woke this one for packets (RPS)',
  },
  flowLimit: {
    name: 'lagpipe.softnet.flow_limit',
    unit: '{packet}',
    description: 'packets dropped because one flow filled the backlog',
  },
};
const FIELDS = Object.keys(COUNTERS) as readonly CounterField[];

const BACKLOG: MetricName = {
  name: 'lagpipe.softnet.backlog',
  unit: '{packet}',
  description: "packets that wait in this CPU's backlog now",
};

interface CpuState {
  readonly attributes: Attributes;
  readonly series: Readonly<Record<CounterField, CounterSeries>>;
}

/**
 * `net/softnet_stat`, one point per online CPU. A CPU that goes offline has no line and comes back with its old
 * totals, so its state is kept: that is a gap, not a reset.
 */
export function softnetDecoder(): (text: string, time: UnixTime) => Decoded {
  const cpus = new Map<string, CpuState>();
  return (text, time) => {
    const { rows, malformed } = parseSoftnet(text);
    const points: Record<CounterField, NumberPoint[]> = {
      processed: [],
      dropped: [],
      timeSqueezed: [],
      receivedRps: [],
      flowLimit: [],
    };
    const backlog: NumberPoint[] = [];
    for (const row of rows) {
      const state = stateOf(cpus, row);
      for (const field of FIELDS) {
        const value = row[field];
        if (value !== undefined) points[field].push(state.series[field].point(value, time));
      }
      if (row.backlog !== undefined) backlog.push({ attributes: state.attributes, time, value: row.backlog });
    }
    const sums: Metric[] = FIELDS.map((field) => sumOf(COUNTERS[field], points[field]));
    return { metrics: withPoints([...sums, gaugeOf(BACKLOG, backlog)]), malformed };
  };
}

function stateOf(cpus: Map<string, CpuState>, { cpu, row }: SoftnetRow): CpuState {
  const key = cpu === undefined ? `row ${row}` : `cpu ${cpu}`;
  let state = cpus.get(key);
  if (!state) {
    // Before Linux 5.14 a line does not name its CPU, and with a CPU offline its position does not either.
    const attributes: Attributes =
      cpu === undefined ? { 'lagpipe.softnet.row': row } : { 'cpu.logical_number': cpu };
    const series = () => new CounterSeries(attributes, 32);
    state = {
      attributes,
      series: {
        processed: series(),
        dropped: series(),
        timeSqueezed: series(),
        receivedRps: series(),
        flowLimit: series(),
      },
    };
    cpus.set(key, state);
  }
  return state;
}
