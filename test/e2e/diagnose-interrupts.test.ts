import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { map, merge, mergeAll, Subject, VirtualTimeScheduler } from 'rxjs';
import { stringify } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { eventAt } from '../../src/model/batch.ts';
import { findingOf, type TrackedFinding } from '../../src/model/finding.ts';
import { diagnose } from '../../src/processors/diagnose/index.ts';
import { registry } from '../../src/registry.ts';
import { acquireFiles } from '../../src/sources/nic/acquire-files.ts';
import { nic } from '../../src/sources/nic/index.ts';
import { HostFiles } from '../../src/sources/nic/testdata/host-files.ts';
import { proc } from '../../src/sources/proc/index.ts';
import { testContext } from '../conformance/context.ts';

const CPUS = [0, 1, 2, 3, 4, 5, 6, 7];
const QUEUES = [0, 1, 2, 3];
const LOOK_SECONDS = 10;
const INTERRUPTS_PER_SECOND = 5000;

/** Which CPU takes the interrupts of a queue. */
type Spread = (queue: number) => number;

/** A card with four queues on a host with eight CPUs, of which those that it interrupts are busy with its packets. */
class Host {
  readonly files = new HostFiles();
  readonly #cpuOf: Spread;

  constructor(cpuOf: Spread, affinityOf: (queue: number) => string) {
    this.#cpuOf = cpuOf;
    this.files.online('0-7');
    this.files.card({
      name: 'eth0',
      ifindex: 2,
      driver: 'ixgbe',
      irqs: QUEUES.map((queue) => ({ irq: 100 + queue, cpus: affinityOf(queue) })),
      rps: QUEUES.map(() => '00'),
      xps: QUEUES.map(() => '00'),
      statistics: {},
    });
    this.at(0);
  }

  /** Makes it as many seconds later. */
  at(seconds: number): void {
    const perQueue = (seconds * INTERRUPTS_PER_SECOND) / QUEUES.length;
    const counts = (queue: number) => CPUS.map((cpu) => (cpu === this.#cpuOf(queue) ? 70_000 + perQueue : 9));
    this.files.interrupts(
      CPUS,
      QUEUES.map((queue) => [100 + queue, counts(queue), `eth0-TxRx-${queue}`]),
    );
    const busy = new Set(QUEUES.map(this.#cpuOf));
    this.files.cpuSeconds(CPUS.map((cpu) => (busy.has(cpu) ? [seconds * 0.6, seconds * 0.4] : [0, seconds])));
  }
}

/** The configs of a pipeline file, with defaults. */
function configs(root: string) {
  const every = `${LOOK_SECONDS}s`;
  const file = {
    sources: {
      nic: { interval: every },
      proc: { root, interval: every, interrupts_interval: every, collectors: ['cpu', 'interrupts'] },
    },
    processors: { diagnose: { raise_after: '0s', report_healthy: true } },
    sinks: { stdout: null },
    pipelines: { all: { sources: ['nic', 'proc'], processors: ['diagnose'], sinks: ['stdout'] } },
  };
  const { config, problems } = loadConfig(
    { path: 'host.yaml', text: stringify(file) },
    { environment: {}, registry },
  );
  assert.deepEqual(problems, []);
  const of = (section: 'sources' | 'processors', id: string) => config?.[section].get(id)?.config as never;
  return { nic: of('sources', 'nic'), proc: of('sources', 'proc'), diagnose: of('processors', 'diagnose') };
}

/** What the processor finds in two looks of both sources at the host's files, in virtual time. */
function findingsOf(t: TestContext, host: Host): TrackedFinding[] {
  const { roots } = host.files;
  t.after(() => host.files.remove());
  const scheduler = new VirtualTimeScheduler(undefined, 1.5 * LOOK_SECONDS * 1000);
  const given = { scheduler, stop$: new Subject<void>() };
  const config = configs(roots.proc);
  const [ofNic, ofProc] = [testContext(nic, given), testContext(proc, given)];
  const batches$ = merge(
    // The source itself looks at this host's files.
    acquireFiles(roots, LOOK_SECONDS * 1000, [], ofNic).pipe(map(nic.decoder(config.nic, ofNic))),
    proc.acquire(config.proc, ofProc).pipe(map(proc.decoder(config.proc, ofProc))),
  ).pipe(mergeAll());
  const found: TrackedFinding[] = [];
  scheduler.schedule(() => host.at(LOOK_SECONDS), (LOOK_SECONDS * 1000) / 2);
  const subscription = batches$
    .pipe(diagnose.create(config.diagnose, testContext(diagnose, { scheduler })))
    .subscribe((batch) => {
      if (batch.kind !== 'events') return;
      for (let index = 0; index < batch.length; index++)
        found.push(findingOf(eventAt(batch, index).attributes)!);
    });
  scheduler.flush();
  subscription.unsubscribe();
  return found;
}

describe('the diagnosis of a host by its files', () => {
  it('finds interrupts of four queues that all go to one CPU, and nothing else', (t) => {
    const onThree = new Host(
      () => 3,
      () => '0-7',
    );
    const found = findingsOf(t, onThree);
    assert.deepEqual(
      found.map(({ rule, severity, subject }) => ({ rule, severity, subject })),
      [{ rule: 'I1', severity: 'critical', subject: { 'network.interface.name': 'eth0' } }],
    );
    assert.match(found[0].cause, /It is eth0, and CPU 3\.$/);
    assert.deepEqual(
      found[0].evidence.map(({ value }) => Number(value.toFixed(3))),
      [1, 0.25, INTERRUPTS_PER_SECOND, 4, 0.6],
    );
  });

  it('finds nothing where each queue has a CPU of its own', (t) => {
    const spread = new Host(
      (queue) => 2 * queue,
      (queue) => `${2 * queue}`,
    );
    assert.deepEqual(findingsOf(t, spread), []);
  });
});
