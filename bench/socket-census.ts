import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { asyncScheduler, type Observable, type SchedulerLike, Subject } from 'rxjs';
import type { Chunk, Decode } from '../src/component.ts';
import { loaderPath } from '../src/loader/loader-path.ts';
import type { Metric } from '../src/model/metric.ts';
import { acquireProc } from '../src/sources/sockets/acquire-proc.ts';
import { sockets } from '../src/sources/sockets/index.ts';
import { testContext } from '../test/conformance/context.ts';
import { exampleConfig } from '../test/conformance/example-config.ts';
import { HeldSockets } from '../test/kernel/lib/held-sockets.ts';
import { whyNoKernelTests } from '../test/kernel/lib/host.ts';
import { NetworkNamespace } from '../test/kernel/lib/network-namespace.ts';
import { median, type Row, type Scenario, times } from './scenario.ts';

const SIZES = [10_000, 50_000];
/** Both ends of a connection are in one process, which may open some 20,000 files. */
const PAIRS_EACH = 9000;
const RUNS = 5;

interface Answer {
  /** Processor time of each census in seconds, as the loader tells it. */
  readonly cpuSeconds: readonly number[];
  readonly sockets: number;
  /** Processor time of this process for each census, that of watching the event loop with it. */
  readonly ownCpuMillis: number;
  /** Processor time of the longest turn of the event loop, and how long one was late, for whatever reason. */
  readonly longestTurnMillis: number;
  readonly latestMillis: number;
}

/** The processor time of this thread in the longest piece of work. */
class LongestTurn {
  millis = 0;

  of<T>(work: () => T): T {
    const before = process.threadCpuUsage();
    try {
      return work();
    } finally {
      const { user, system } = process.threadCpuUsage(before);
      this.millis = Math.max(this.millis, (user + system) / 1000);
    }
  }

  /** Real time, with every piece of work watched. */
  scheduler(): SchedulerLike {
    const watch = <T>(work: () => T) => this.of(work);
    return {
      now: () => asyncScheduler.now(),
      schedule: (work, delay, state) =>
        asyncScheduler.schedule(
          function (this, given) {
            watch(() => (work as (this: unknown, state?: unknown) => void).call(this, given));
          },
          delay,
          state,
        ),
    };
  }
}

/** Sockets of the namespace, and what ends them. */
async function hold(namespace: NetworkNamespace, count: number): Promise<readonly HeldSockets[]> {
  const held: HeldSockets[] = [];
  for (let pairs = count / 2; pairs > 0; pairs -= PAIRS_EACH) {
    const rest = { silent: 0, serverFirst: 0, clientFirst: 0, halfClosed: 0, unread: 0, backlog: 0 };
    held.push(await HeldSockets.make(namespace, { version: 4, busy: Math.min(pairs, PAIRS_EACH), ...rest }));
  }
  return held;
}

/** User and system time of `ss -tan`, without what a reader of its output would take. */
function ssMillis(namespace: NetworkNamespace): number {
  const script = 'TIMEFORMAT="%3U %3S"; time ss -tan > /dev/null';
  const [file, ...rest] = namespace.command('bash', '-c', script);
  const millis = Array.from({ length: RUNS }, () => {
    const [user, system] = spawnSync(file, rest, { encoding: 'utf8' }).stderr.trim().split(' ');
    return (Number(user) + Number(system)) * 1000;
  });
  return median(millis);
}

/** Runs a source until it has made some censuses, with the event loop watched from the first one on. */
async function watched(chunks$: Observable<Chunk>, decode: Decode, turns: LongestTurn): Promise<Answer> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const cpuSeconds: number[] = [];
  let count = 0;
  let censuses = 0;
  let before = process.cpuUsage();
  await new Promise<void>((resolve, reject) => {
    const take = (metric: Metric): void => {
      const [point] = metric.points;
      if (point === undefined || !('value' in point)) return;
      if (metric.name === 'lagpipe.socket.census.sockets') count = point.value;
      if (metric.name === 'lagpipe.socket.census.cpu_time') cpuSeconds.push(point.value);
      if (metric.name !== 'lagpipe.socket.census.interval') return;
      censuses += 1;
      if (censuses === 1) {
        // The first one has started the loader, and compiled the decoder.
        before = process.cpuUsage();
        turns.millis = 0;
        delay.enable();
      }
      if (censuses > RUNS) {
        subscription.unsubscribe();
        resolve();
      }
    };
    const subscription = chunks$.subscribe({
      next: (chunk) => {
        for (const batch of turns.of(() => decode(chunk)))
          if (batch.kind === 'metrics') batch.metrics.forEach(take);
      },
      error: reject,
    });
  });
  delay.disable();
  const { user, system } = process.cpuUsage(before);
  return {
    cpuSeconds: cpuSeconds.slice(1),
    sockets: count,
    ownCpuMillis: (user + system) / 1000 / RUNS,
    longestTurnMillis: turns.millis,
    latestMillis: delay.max / 1e6,
  };
}

/** The same for a process that does nothing but watch, and what other processes on this machine do to it. */
async function idle(): Promise<{ readonly cpuMillis: number; readonly latestMillis: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const before = process.cpuUsage();
  delay.enable();
  await new Promise((resolve) => setTimeout(resolve, RUNS * 1000));
  delay.disable();
  const { user, system } = process.cpuUsage(before);
  return { cpuMillis: (user + system) / 1000 / RUNS, latestMillis: delay.max / 1e6 };
}

const EXAMPLE: object = exampleConfig(sockets);
const CONFIG = { ...EXAMPLE, interval: 500, census_interval: 1000, census_cpu_percent: 100 } as never;

/** The loader inside the namespace, the rest in this process. */
async function byLoader(namespace: NetworkNamespace): Promise<Answer> {
  const folder = mkdtempSync(join(tmpdir(), 'lagpipe-bench-'));
  const wrapper = join(folder, 'loader');
  const [command, ...rest] = namespace.command(loaderPath());
  writeFileSync(wrapper, `#!/bin/sh\nexec ${[command, ...rest].join(' ')}\n`, { mode: 0o755 });
  const chosen = process.env.LAGPIPE_LOADER;
  process.env.LAGPIPE_LOADER = wrapper;
  try {
    const turns = new LongestTurn();
    const context = testContext(sockets, { stop$: new Subject<void>(), scheduler: turns.scheduler() });
    return await watched(sockets.acquire(CONFIG, context), sockets.decoder(CONFIG, context), turns);
  } finally {
    if (chosen === undefined) delete process.env.LAGPIPE_LOADER;
    else process.env.LAGPIPE_LOADER = chosen;
    rmSync(folder, { recursive: true });
  }
}

/** Without a loader: /proc as a process inside the namespace has it. */
async function fromProc(pid: number): Promise<Answer> {
  const turns = new LongestTurn();
  const context = testContext(sockets, { stop$: new Subject<void>(), scheduler: turns.scheduler() });
  const options = { root: `/proc/${pid}`, intervalMillis: 500, censusIntervalMillis: 1000, cpuPercent: 100 };
  return watched(acquireProc(options, context), sockets.decoder(CONFIG, context), turns);
}

async function rowsOf(count: number): Promise<readonly Row[]> {
  using namespace = new NetworkNamespace();
  const held = await hold(namespace, count);
  try {
    const ss = ssMillis(namespace);
    const loader = await byLoader(namespace);
    const proc = await fromProc(held[0].pid);
    const loaderMillis = median(loader.cpuSeconds) * 1000;
    const still = await idle();
    const own = ({ ownCpuMillis }: Answer) => Math.max(0, ownCpuMillis - still.cpuMillis);
    const blocked = ({ longestTurnMillis, latestMillis }: Answer) =>
      `longest turn ${longestTurnMillis.toFixed(1)} ms; event loop late by ${latestMillis.toFixed(0)} ms at the most (idle: ${still.latestMillis.toFixed(0)} ms)`;
    return [
      { what: `${count}: ss -tan`, value: `${ss.toFixed(1)} ms of processor time` },
      {
        what: `${count}: census in the loader (${loader.sockets} sockets)`,
        value: `${loaderMillis.toFixed(1)} ms`,
        ratio: times(loaderMillis, ss),
      },
      {
        what: `${count}: the agent beside it, two ticks and a census`,
        value: `${own(loader).toFixed(1)} ms; ${blocked(loader)}`,
        ratio: times(own(loader), ss),
      },
      {
        what: `${count}: from /proc, without a loader (${proc.sockets} sockets)`,
        value: `${own(proc).toFixed(1)} ms; ${blocked(proc)}`,
        ratio: times(own(proc), ss),
      },
    ];
  } finally {
    for (const each of held) await each[Symbol.asyncDispose]();
  }
}

export const socketCensus: Scenario = {
  name: 'socket census',
  question:
    'What does it cost to count all TCP sockets with their tcp_info, and is the agent ever held up by it?',
  aim: 'half of what `ss -tan` takes, or less, and the event loop never blocked for more than 10 ms',
  async measure(): Promise<readonly Row[]> {
    const reason = whyNoKernelTests();
    if (reason !== undefined) return [{ what: 'not measured', value: reason }];
    const rows: Row[] = [];
    for (const size of SIZES) rows.push(...(await rowsOf(size)));
    return rows;
  },
};
