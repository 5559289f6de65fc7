import type { Attributes } from '../src/model/attributes.ts';
import type { MetricBatch } from '../src/model/batch.ts';
import type { Metric } from '../src/model/metric.ts';
import { DiagnosisEngine } from '../src/processors/diagnose/engine.ts';
import { median, type Row, type Scenario } from './scenario.ts';

const SECONDS = 60;
const RUNS = 20;
const START = 1_700_000_000;

/** Figures that rules add up, rank or compare, and how many series of each: 9,600 numbers and 400 histograms. */
const COUNTERS: readonly (readonly [name: string, series: number, attribute: string])[] = [
  ['lagpipe.softnet.dropped', 1024, 'cpu.logical_number'],
  ['lagpipe.softnet.time_squeezed', 1024, 'cpu.logical_number'],
  ['lagpipe.ksoftirqd.wait_time', 1024, 'cpu.logical_number'],
  ['system.cpu.time', 1024, 'cpu.logical_number'],
  ['lagpipe.nic.statistic', 1504, 'network.interface.name'],
  ['system.network.packet.dropped', 1000, 'network.interface.name'],
  ['lagpipe.linkerd.requests', 1000, 'lagpipe.linkerd.client'],
  ['lagpipe.linkerd.connects', 1000, 'lagpipe.linkerd.client'],
  ['lagpipe.socket.connections', 1000, 'server.port'],
];
const HISTOGRAMS = 400;

/** Most counters of trouble stand still on most hosts. */
const MOVES_ONE_IN = 50;

/** Attributes as sources hand them out: the same object for a series each time. */
const ATTRIBUTES = COUNTERS.map(([name, series, attribute]) =>
  Array.from(
    { length: series },
    (_, index): Attributes => ({
      [attribute]: name.includes('linkerd') ? `client ${index}` : index,
      'network.io.direction': 'receive',
      'network.connection.state': 'established',
    }),
  ),
);
const GROUPS = Array.from(
  { length: HISTOGRAMS },
  (_, index): Attributes => ({
    'lagpipe.stack.stage': ['ip-start', 'tcp-start', 'tcp-socket-enqueued', 'tcp-socket-read'][index % 4],
    'network.local.port': index,
  }),
);
const BUCKETS = Array.from({ length: 40 }, (_, index) => index % 7);
const COUNT = BUCKETS.reduce((sum, each) => sum + each, 0);

/** Well reused connections, and counters of trouble that mostly stand still. */
function valueAt(name: string, series: number, second: number): number {
  if (name === 'lagpipe.linkerd.requests') return 50 * (series + 1);
  return series % MOVES_ONE_IN === 0 ? series + second : series;
}

function tick(second: number): MetricBatch {
  const time = [START + second, 0] as const;
  const startTime = [START, 0] as const;
  const described = { unit: '1', description: '' };
  const sums = COUNTERS.map(
    ([name], index): Metric => ({
      kind: 'sum',
      temporality: 'cumulative',
      monotonic: true,
      name,
      ...described,
      points: ATTRIBUTES[index].map((attributes, at) => ({
        attributes,
        startTime,
        time,
        value: valueAt(name, at, second),
      })),
    }),
  );
  const latency: Metric = {
    kind: 'exponential_histogram',
    temporality: 'delta',
    name: 'lagpipe.stack.latency',
    ...described,
    points: GROUPS.map((attributes) => ({
      attributes,
      startTime,
      time,
      count: COUNT,
      sum: 1,
      scale: 3,
      zeroCount: 0,
      positive: { offset: -160, bucketCounts: BUCKETS },
    })),
  };
  const resource = { attributes: { 'host.name': 'bench' } };
  return { kind: 'metrics', resource, scope: { name: 'bench', version: '0' }, metrics: [...sums, latency] };
}

export const diagnosis: Scenario = {
  name: 'diagnosis',
  question: 'How long does a diagnosis of 10,000 series over a window of 60 s take?',
  aim: 'under 50 ms',
  async measure(): Promise<readonly Row[]> {
    const engine = new DiagnosisEngine(
      {
        window: SECONDS * 1000,
        interval: 5000,
        raise_after: 0,
        clear_after: 0,
        repeat_after: 300_000,
        off: [],
        rules: [],
        report_healthy: false,
        network_namespace: 'all',
        pass_through: true,
        max_series: 20_000,
      },
      undefined,
    );
    for (let second = 0; second < SECONDS; second++) engine.take(tick(second), second * 1000);
    const takes: number[] = [];
    const judgements: number[] = [];
    let findings = 0;
    for (let run = 0; run < RUNS; run++) {
      const second = SECONDS + run;
      const batch = tick(second);
      const before = performance.now();
      engine.take(batch, second * 1000);
      const taken = performance.now();
      findings = engine.diagnose(second * 1000)?.active.length ?? 0;
      judgements.push(performance.now() - taken);
      takes.push(taken - before);
    }
    return [
      {
        what: 'diagnosis',
        value: `${median(judgements).toFixed(1)} ms, worst ${Math.max(...judgements).toFixed(1)} ms`,
      },
      { what: 'taking in one tick of all series', value: `${median(takes).toFixed(1)} ms` },
      { what: 'findings that hold', value: `${findings}` },
    ];
  },
};
