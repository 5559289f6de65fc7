import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { recordsIn } from '../src/model/batch.ts';
import { procDecoder } from '../src/sources/proc/decoder.ts';
import { COLLECTORS, type Collector, filesOf } from '../src/sources/proc/files.ts';
import { proc } from '../src/sources/proc/index.ts';
import { Poller } from '../src/sources/proc/poller.ts';
import { testContext } from '../test/conformance/context.ts';
import { median, type Row, type Scenario, times } from './scenario.ts';

const EXPORTER = 'prometheus-node-exporter';
const WARM_UP = 500;
const POLLS = 1000;
const RUNS = 3;
const CLOCK_TICKS_PER_SECOND = 100;
/** The collectors that both have, by the same names. Debian's exporter is older than its collector for softirqs. */
const SHARED: readonly Collector[] = [
  'cpu',
  'netstat',
  'sockstat',
  'softnet',
  'netdev',
  'conntrack',
  'pressure',
  'interrupts',
];

interface Cost {
  readonly figures: number;
  readonly cpuMillis: number;
}

/** One poll at every tick: read, decoded, as batches ready for a pipeline. */
function lagpipeCost(collectors: readonly Collector[], interruptsMillis: number): Cost {
  const files = filesOf(collectors, interruptsMillis);
  const poller = new Poller({ root: '/proc', files, intervalMillis: 1000 }, () => {});
  const decode = procDecoder({ fields: 'all', kernelBits: 64 }, testContext(proc));
  let figures = 0;
  const poll = (second: number) => {
    for (const chunk of poller.poll([second, 0])) {
      for (const batch of decode(chunk)) figures += recordsIn(batch);
    }
  };
  for (let second = 0; second < WARM_UP; second++) poll(second);
  figures = 0;
  const before = process.cpuUsage();
  for (let second = WARM_UP; second < WARM_UP + POLLS; second++) poll(second);
  const { user, system } = process.cpuUsage(before);
  poller.close();
  return { figures: figures / POLLS, cpuMillis: (user + system) / 1000 / POLLS };
}

async function exporterCost(): Promise<Cost> {
  const port = await freePort();
  const collectors = [
    '--collector.disable-defaults',
    ...SHARED.map((name) => `--collector.${name}`),
    '--collector.netstat.fields=.*',
  ];
  const listen = [`--web.listen-address=127.0.0.1:${port}`, '--web.disable-exporter-metrics'];
  const child = spawn(EXPORTER, [...collectors, ...listen], { stdio: 'ignore' });
  const failed = once(child, 'error').then(([error]) => {
    throw error;
  });
  try {
    return await Promise.race([failed, measureExporter(child, `http://127.0.0.1:${port}/metrics`)]);
  } finally {
    child.kill();
  }
}

async function measureExporter(child: ChildProcess, url: string): Promise<Cost> {
  const scrape = async () => (await fetch(url)).text();
  await untilItAnswers(scrape);
  for (let done = 0; done < WARM_UP; done++) await scrape();
  const before = cpuMillis(child.pid!);
  for (let done = 0; done < POLLS; done++) await scrape();
  const spent = cpuMillis(child.pid!) - before;
  const figures = (await scrape()).split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  return { figures, cpuMillis: spent / POLLS };
}

async function untilItAnswers(scrape: () => Promise<unknown>): Promise<void> {
  const giveUpAt = performance.now() + 5000;
  for (;;) {
    try {
      await scrape();
      return;
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
      await sleep(50);
    }
  }
}

function cpuMillis(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND) * 1000;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function middleOf(measure: () => Cost | Promise<Cost>): Promise<Cost> {
  const costs: Cost[] = [];
  for (let run = 0; run < RUNS; run++) costs.push(await measure());
  return { figures: costs[0].figures, cpuMillis: median(costs.map((cost) => cost.cpuMillis)) };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function rowOf(what: string, { figures, cpuMillis: cost }: Cost, reference?: Cost): Row {
  const value = `${cost.toFixed(3)} ms CPU for ${figures.toFixed(0)} figures`;
  return { what, value, ...(reference && { ratio: times(cost, reference.cpuMillis) }) };
}

export const procPoll: Scenario = {
  name: 'proc poll',
  question: `What does one reading of the host's counters cost, beside ${EXPORTER} with the same collectors?`,
  aim: 'a third of its CPU or less; 0.25 ms for 600 figures',
  async measure(): Promise<readonly Row[]> {
    const shared = await middleOf(() => lagpipeCost(SHARED, 100));
    const all = await middleOf(() => lagpipeCost(COLLECTORS, 10_000));
    const exporter = await middleOf(exporterCost).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    const first = exporter
      ? rowOf(EXPORTER, exporter, exporter)
      : { what: EXPORTER, value: `not there: apt-get install ${EXPORTER}` };
    return [
      first,
      rowOf('lagpipe, the same collectors, interrupts each time', shared, exporter),
      rowOf('lagpipe, all collectors, interrupts every tenth time', all, exporter),
    ];
  },
};
