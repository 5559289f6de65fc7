import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { asyncScheduler, map, Observable } from 'rxjs';
import { type Chunk, defineProcessor, defineSink, defineSource, type Processor } from '../src/component.ts';
import type { PipelineConfig } from '../src/config/model.ts';
import { LogWriter } from '../src/lib/logger.ts';
import { type Batch, type EventBatch, recordsIn } from '../src/model/batch.ts';
import type { NumberColumn, TextColumn } from '../src/model/event.ts';
import { Agent } from '../src/pipeline/agent.ts';
import { decodeTcpConnect } from '../src/sources/ebpf/decode-tcp-connect.ts';
import { median, millions, type Row, type Scenario, times } from './scenario.ts';

const ROOT = join(import.meta.dirname, '..');
const PRODUCER = join(ROOT, 'build/bench-produce');
const RECORDS = 20_000_000;
const JSON_RECORDS = 1_000_000;
const RUNS = 3;

const BARE = {
  summary: '',
  description: '',
  emits: { metrics: [], events: [] },
  schema: { type: 'object', description: '', properties: {} },
  example: {},
} as const;

function child(format: string, records: number) {
  return spawn(PRODUCER, [format, String(records)], { stdio: ['ignore', 'pipe', 'inherit'] });
}

const producer = defineSource({
  ...BARE,
  id: 'producer',
  acquire: () =>
    new Observable<Chunk>((subscriber) => {
      const { stdout } = child('frames', RECORDS);
      stdout.on('data', (bytes: Uint8Array) => subscriber.next({ time: [0, 0], name: 'frames', bytes }));
      stdout.on('end', () => subscriber.complete());
    }),
  decoder: (_, context) => decodeTcpConnect(context),
});

function perBatch(id: string, look: (batch: EventBatch) => void): Processor {
  return defineProcessor({
    ...BARE,
    id,
    create: () =>
      map((batch: Batch) => {
        if (batch.kind === 'events') look(batch);
        return batch;
      }),
  });
}

const latencyBuckets = new Float64Array(64);
const outcomes = new Float64Array(16);
const slow = new Float64Array(1);

/** Three things that people do with connects: count by outcome, count the slow ones, a histogram of latency. */
const processors = [
  perBatch('by_outcome', (batch) => {
    const { codes } = batch.columns.get('lagpipe.tcp.outcome') as TextColumn;
    for (let index = 0; index < batch.length; index++) outcomes[codes[index]]++;
  }),
  perBatch('slow', (batch) => {
    const { values } = batch.columns.get('lagpipe.tcp.connect.duration') as NumberColumn;
    for (let index = 0; index < batch.length; index++) if (values[index] > 1e-4) slow[0]++;
  }),
  perBatch('latency', (batch) => {
    const { values } = batch.columns.get('lagpipe.tcp.connect.duration') as NumberColumn;
    for (let index = 0; index < batch.length; index++) latencyBuckets[Math.clz32(values[index] * 1e9)]++;
  }),
];

const counted = defineSink({
  ...BARE,
  id: 'counted',
  create: () => ({ write: (batch) => ({ delivered: recordsIn(batch) }) }),
  preview: () => () => '',
});

function configured(): PipelineConfig {
  const ids = processors.map(({ id }) => id);
  return {
    path: 'bench',
    agent: { shutdownTimeoutMillis: 1000, resource: {} },
    sources: new Map([['producer', { id: 'producer', component: producer, config: {} }]]),
    processors: new Map(
      processors.map((component) => [component.id, { id: component.id, component, config: {} }]),
    ),
    sinks: new Map([
      [
        'counted',
        { id: 'counted', component: counted, config: {}, queue: { size: 65_536, whenFull: 'block' } },
      ],
    ]),
    pipelines: new Map([['all', { sources: ['producer'], processors: ids, sinks: ['counted'] }]]),
  };
}

/** Records per second of this process's CPU time, and of the wall clock. */
async function throughAgent(): Promise<{ readonly perCpuSecond: number; readonly perSecond: number }> {
  const log = new LogWriter(
    (line) => process.stderr.write(line),
    (text) => text,
    false,
  );
  const agent = new Agent({ config: configured(), log, scheduler: asyncScheduler, environment: {} });
  const started = performance.now();
  const cpu = process.cpuUsage();
  await agent.start();
  await agent.ended;
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - started) / 1000;
  await agent.stop();
  const delivered = agent.telemetry().counts.find(({ kind }) => kind === 'sink')?.delivered ?? 0;
  if (delivered !== RECORDS) throw new Error(`${delivered} of ${RECORDS} records arrived`);
  return { perCpuSecond: RECORDS / ((user + system) / 1e6), perSecond: RECORDS / seconds };
}

/** The same records as JSON lines, read as most agents read a child's output. */
async function throughJsonLines(): Promise<number> {
  const cpu = process.cpuUsage();
  const byOutcome = new Map<string, number>();
  for await (const line of createInterface({ input: child('json', JSON_RECORDS).stdout })) {
    const { outcome } = JSON.parse(line);
    byOutcome.set(outcome, (byOutcome.get(outcome) ?? 0) + 1);
  }
  const { user, system } = process.cpuUsage(cpu);
  return JSON_RECORDS / ((user + system) / 1e6);
}

export const pipelineThroughput: Scenario = {
  name: 'pipeline throughput',
  question:
    'How many connects a second does one core take from a child process through three processors to a sink?',
  aim: '10 M/s; beside it, JSON lines from the same child through readline and JSON.parse',
  async measure(): Promise<readonly Row[]> {
    mkdirSync(join(ROOT, 'build'), { recursive: true });
    execFileSync('clang', ['-O2', '-Wall', '-o', PRODUCER, join(ROOT, 'bench/produce.c')]);
    const runs = [];
    for (let run = 0; run < RUNS; run++) runs.push(await throughAgent());
    const perCpuSecond = median(runs.map((run) => run.perCpuSecond));
    const json = await throughJsonLines();
    return [
      { what: `records per second of CPU, ${RECORDS / 1e6} M records`, value: millions(perCpuSecond) },
      { what: 'records per second by the clock', value: millions(median(runs.map((run) => run.perSecond))) },
      { what: 'JSON lines per second of CPU', value: millions(json), ratio: times(json, perCpuSecond) },
    ];
  },
};
