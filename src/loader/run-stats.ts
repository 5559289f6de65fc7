import type { ComponentContext } from '../component.ts';
import { isRecord, numberOf, parseJsonBytes, textOf } from '../lib/json-shape.ts';
import type { MetricBatch } from '../model/batch.ts';
import { counter, type MetricSpec, metricOf, text } from '../model/emits.ts';
import type { Metric, NumberPoint } from '../model/metric.ts';
import type { UnixTime } from '../model/time.ts';
import type { ObjectSchema } from '../schema.ts';

/** The config field of every source that measures through the loader. */
export const RUN_STATS_SCHEMA = {
  type: 'boolean',
  description:
    "Also send what the probes cost by the kernel's own account. Keeping that account costs some 20 ns for each run of any BPF program on the host.",
  default: false,
} as const satisfies ObjectSchema['properties'][string];

/** What a RUN_STATS frame says of one BPF program, since it was loaded (`struct bpf_prog_info`). */
interface ProgramStats {
  readonly name: string;
  readonly part: string;
  readonly runCount: number;
  readonly runTimeNanos: number;
  readonly recursionMisses: number;
}

const OF_PROGRAM = [
  text('lagpipe.bpf.program', 'the BPF program, by its name in the kernel'),
  text('lagpipe.bpf.part', 'the part of the source that it belongs to'),
];

const RUNS = counter({
  name: 'lagpipe.bpf.runs',
  unit: '{run}',
  description: 'How often the kernel ran this BPF program; with `run_stats`.',
  attributes: OF_PROGRAM,
});
const RUN_TIME = counter({
  name: 'lagpipe.bpf.run_time',
  unit: 's',
  description: 'How long the kernel spent in this BPF program; with `run_stats`.',
  attributes: OF_PROGRAM,
});
const RECURSION_MISSES = counter({
  name: 'lagpipe.bpf.recursion_misses',
  unit: '{run}',
  description:
    'How often the kernel left this BPF program out, because it would have interrupted itself; with `run_stats`.',
  attributes: OF_PROGRAM,
});

/** Of every source that measures through the loader, with `run_stats`. */
export const RUN_STATS_METRICS: readonly MetricSpec[] = [RUNS, RUN_TIME, RECURSION_MISSES];

/** The kernel's own account of what the probes cost, as cumulative sums since the loader started. */
export class RunStats {
  readonly #context: ComponentContext;
  #startTime: UnixTime = [0, 0];

  constructor(context: ComponentContext) {
    this.#context = context;
  }

  started(time: UnixTime): void {
    this.#startTime = time;
  }

  decode(payload: Uint8Array, time: UnixTime): readonly MetricBatch[] {
    const programs = parse(payload);
    if (programs === undefined) {
      this.#context.counters.dropped('bad_record', 1);
      return [];
    }
    const { resource, scope } = this.#context;
    const points = (value: (program: ProgramStats) => number) =>
      programs.map((program) => this.#point(program, time, value(program)));
    return [{ kind: 'metrics', resource, scope, metrics: metricsOf(points) }];
  }

  #point(program: ProgramStats, time: UnixTime, value: number): NumberPoint {
    const attributes = { 'lagpipe.bpf.program': program.name, 'lagpipe.bpf.part': program.part };
    return { attributes, startTime: this.#startTime, time, value };
  }
}

function metricsOf(points: (value: (program: ProgramStats) => number) => readonly NumberPoint[]): Metric[] {
  return [
    metricOf(
      RUNS,
      points((program) => program.runCount),
    ),
    metricOf(
      RUN_TIME,
      points((program) => program.runTimeNanos / 1e9),
    ),
    metricOf(
      RECURSION_MISSES,
      points((program) => program.recursionMisses),
    ),
  ];
}

function parse(payload: Uint8Array): readonly ProgramStats[] | undefined {
  const value = parseJsonBytes(payload);
  if (!isRecord(value) || !Array.isArray(value.programs)) return undefined;
  return value.programs.filter(isRecord).map((program) => ({
    name: textOf(program.name),
    part: textOf(program.part),
    runCount: numberOf(program.run_count),
    runTimeNanos: numberOf(program.run_time_ns),
    recursionMisses: numberOf(program.recursion_misses),
  }));
}
