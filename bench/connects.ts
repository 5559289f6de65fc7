import { performance } from 'node:perf_hooks';
import { AgentProcess, type OutputRecord } from '../test/kernel/lib/agent-process.ts';
import { whyNoKernelTests } from '../test/kernel/lib/host.ts';
import { loadersOf } from '../test/kernel/lib/loaders.ts';
import { NetworkNamespace } from '../test/kernel/lib/network-namespace.ts';
import type { Row, Scenario } from './scenario.ts';

const SLICE_MILLIS = 100;
const PACED_SECONDS = 3;
/** By each of two processes, as fast as they can. */
const UNPACED = 60_000;
/** More than the ring buffer of 4 MiB holds of records of 128 bytes. */
const WHILE_STOPPED = 50_000;

interface Answer {
  readonly made: number;
  readonly seconds: number;
  readonly events: number;
  /** Counted as lost, by reason, those of other namespaces with them: a lost one has no namespace. */
  readonly lost: ReadonlyMap<string, number>;
  /** Attempts in other namespaces meanwhile. */
  readonly elsewhere: number;
  /** Attempts that the kernel saw begin and that are no event, not lost and not in flight. */
  readonly unexplained: number;
}

async function connects(namespace: NetworkNamespace, count: number): Promise<number> {
  return (await namespace.traffic('connects', '4', `${count}`)).connects;
}

/** As many in each tenth of a second; when one takes longer, the rate is what comes out in the end. */
async function paced(namespace: NetworkNamespace, perSecond: number): Promise<number> {
  const started = performance.now();
  let made = 0;
  for (let slice = 0; slice < (PACED_SECONDS * 1000) / SLICE_MILLIS; slice++) {
    const early = started + slice * SLICE_MILLIS - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    made += await connects(namespace, (perSecond * SLICE_MILLIS) / 1000);
  }
  return made;
}

async function unpaced(namespace: NetworkNamespace): Promise<number> {
  const [one, other] = await Promise.all([connects(namespace, UNPACED), connects(namespace, UNPACED)]);
  return one + other;
}

/** A reader that stands still: the ring buffer fills, and the rest is lost. */
async function whileStopped(namespace: NetworkNamespace, agent: AgentProcess): Promise<number> {
  const loaders = loadersOf(agent.pid);
  for (const loader of loaders) process.kill(loader, 'SIGSTOP');
  try {
    return await connects(namespace, WHILE_STOPPED);
  } finally {
    for (const loader of loaders) process.kill(loader, 'SIGCONT');
  }
}

function lostOf(records: readonly OutputRecord[]): Map<string, number> {
  const lost = new Map<string, number>();
  for (const { metric, attributes, value } of records) {
    if (metric !== 'lagpipe.tcp.connect.lost' || !value) continue;
    const reason = String(attributes['lagpipe.tcp.loss_reason']);
    lost.set(reason, (lost.get(reason) ?? 0) + value);
  }
  return lost;
}

async function answered(
  make: (namespace: NetworkNamespace, agent: AgentProcess) => Promise<number>,
): Promise<Answer> {
  using namespace = new NetworkNamespace();
  const inode = Number(/\d+/.exec(namespace.execute('readlink', '/proc/self/ns/net'))?.[0]);
  await using agent = new AgentProcess('  ebpf_tcp_connect: { interval: 200ms }', { namespace });
  await agent.live('ebpf_tcp_connect');
  const started = performance.now();
  const made = await make(namespace, agent);
  const seconds = (performance.now() - started) / 1000;
  const { records } = await agent.stop();
  const all = records.filter(({ event }) => event === 'tcp.connect');
  const events = all.filter(({ attributes }) => attributes['lagpipe.netns.inode'] === inode).length;
  const lost = lostOf(records);
  const attempts = valuesOf(records, 'lagpipe.tcp.connect.attempts').reduce((sum, value) => sum + value, 0);
  const inFlight = valuesOf(records, 'lagpipe.tcp.connect.in_flight').at(-1) ?? 0;
  const counted = all.length + (lost.get('ring_full') ?? 0) + (lost.get('map_full') ?? 0) + inFlight;
  return { made, seconds, events, lost, elsewhere: attempts - made, unexplained: attempts - counted };
}

function valuesOf(records: readonly OutputRecord[], wanted: string): number[] {
  return records.filter(({ metric }) => metric === wanted).map(({ value }) => value ?? 0);
}

function row(what: string, { made, seconds, events, lost, elsewhere, unexplained }: Answer): Row {
  const reasons = [...lost].map(([reason, count]) => `${count} ${reason}`).join(', ');
  const answer = [
    `${made} made at ${(made / seconds).toFixed(0)}/s: ${events} events`,
    `lost: ${reasons || 'none'}`,
    ...(elsewhere === 0 ? [] : [`with ${elsewhere} attempts of other namespaces`]),
    ...(unexplained === 0 ? [] : [`${unexplained} NOT ACCOUNTED FOR`]),
  ];
  return { what, value: answer.join('; ') };
}

export const connectRate: Scenario = {
  name: 'connects',
  question:
    'How many TCP connects a second become events, from the kernel to JSON lines, and what happens to those past the limit?',
  aim: 'none lost at 1,000/s and 10,000/s; as fast as the machine makes them, and with a reader that stands still: each is an event or counted as lost by its reason',
  async measure(): Promise<readonly Row[]> {
    const reason = whyNoKernelTests();
    if (reason !== undefined) return [{ what: 'not measured', value: reason }];
    return [
      row('1,000/s', await answered((namespace) => paced(namespace, 1000))),
      row('10,000/s', await answered((namespace) => paced(namespace, 10_000))),
      row('as fast as two processes can', await answered(unpaced)),
      row('while the loader is stopped', await answered(whileStopped)),
    ];
  },
};
