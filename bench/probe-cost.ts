import { AgentProcess, type OutputRecord } from '../test/kernel/lib/agent-process.ts';
import { whyNoKernelTests } from '../test/kernel/lib/host.ts';
import { NetworkNamespace } from '../test/kernel/lib/network-namespace.ts';
import type { Row, Scenario } from './scenario.ts';
import { type ProgramCost, TwoLookups } from './two-lookups.ts';

const MESSAGES = '100000';
const CONNECTS = '10000';

/** One of the agent’s programs, the one beside it that looks up twice, and the one that does all but record. */
const COMPARED = [
  ['ip_start', 'two_ip_start', 'bare_ip_start'],
  ['tcp_start', 'two_tcp_start', 'bare_tcp_start'],
  ['udp_start', 'two_udp_start', 'bare_udp_start'],
  ['tcp_socket_enqueued', 'two_tcp_queued', 'bare_tcp_queued'],
  ['udp_socket_enqueued', 'two_udp_queued', 'bare_udp_queued'],
  ['tcp_socket_read', 'two_tcp_read', 'bare_tcp_read'],
] as const;

/** They have no fellow: what stamps TCP of this host on arrival, and the two tracepoints of a datagram and its read. */
const ALONE = ['local_arrived', 'udp_datagram_queued', 'udp_socket_read'] as const;

/** Runs and run time of programs, added up. */
class Costs {
  readonly #costs = new Map<string, ProgramCost>();

  add(name: string, { runs, nanos }: ProgramCost): void {
    const before = this.#costs.get(name) ?? { runs: 0, nanos: 0 };
    this.#costs.set(name, { runs: before.runs + runs, nanos: before.nanos + nanos });
  }

  nanosPerRun(name: string): number {
    const { runs, nanos } = this.#costs.get(name) ?? { runs: 0, nanos: 0 };
    return nanos / runs;
  }

  row(name: string): Row {
    const { runs } = this.#costs.get(name) ?? { runs: 0 };
    return { what: name, value: `${this.nanosPerRun(name).toFixed(0)} ns a run, ${runs} runs` };
  }
}

/** What every program of an agent cost, from the newest cumulative point of each. */
function programCosts(records: readonly OutputRecord[]): Map<string, ProgramCost> {
  const newest = (metric: string) =>
    new Map(
      records
        .filter((record) => record.metric === metric)
        .map((record) => [String(record.attributes['lagpipe.bpf.program']), Number(record.value)]),
    );
  const seconds = newest('lagpipe.bpf.run_time');
  return new Map(
    [...newest('lagpipe.bpf.runs')]
      .filter(([, runs]) => runs > 0)
      .map(([program, runs]) => [program, { runs, nanos: (seconds.get(program) ?? 0) * 1e9 }]),
  );
}

function agentWith(source: string, namespace: NetworkNamespace, options = ''): AgentProcess {
  return new AgentProcess(`  ${source}: { interval: 500ms, run_stats: true${options} }`, { namespace });
}

/** Which of the two is attached first takes the cache misses of the packet, so each has its turn. */
async function sideBySide(protocol: 'tcp' | 'udp', agentFirst: boolean, into: Costs): Promise<void> {
  using namespace = new NetworkNamespace();
  await using agents = new AsyncDisposableStack();
  const startAgent = async () => {
    const agent = agents.use(agentWith('ebpf_stack_latency', namespace, ', attach: hook'));
    await agent.live('ebpf_stack_latency');
    return agent;
  };
  const early = agentFirst ? await startAgent() : undefined;
  await using twoLookups = await TwoLookups.attachedIn(namespace);
  const agent = early ?? (await startAgent());
  for (const version of ['4', '6'])
    await namespace.traffic('messages', protocol, version, MESSAGES, '0', '0');
  const { records } = await agent.stop();
  const costs = [...programCosts(records), ...(await twoLookups.stop())];
  // A program that meets the other protocol's packets ends early, which would flatter its cost.
  const other = protocol === 'tcp' ? 'udp' : 'tcp';
  for (const [name, cost] of costs) if (!name.includes(other)) into.add(name, cost);
}

function comparison(costs: Costs): Row[] {
  return COMPARED.map(([ours, theirs, unrecorded]) => {
    const [cost, twice, bare] = [ours, theirs, unrecorded].map((name) => costs.nanosPerRun(name));
    return {
      what: ours,
      value: `${cost.toFixed(0)} ns a sample; two lookups ${twice.toFixed(0)} ns; without recording ${bare.toFixed(0)} ns`,
      ratio: `${(cost / twice).toFixed(2)}×; recording alone ${((cost - bare) / (twice - bare)).toFixed(2)}×`,
    };
  });
}

async function stackLatency(): Promise<Row[]> {
  const costs = new Costs();
  for (const agentFirst of [true, false]) {
    await sideBySide('tcp', agentFirst, costs);
    await sideBySide('udp', agentFirst, costs);
  }
  return [
    costs.row('empty_netfilter'),
    costs.row('empty_tracepoint'),
    ...comparison(costs),
    ...ALONE.map((name) => costs.row(name)),
  ];
}

async function tcpConnect(): Promise<Row[]> {
  using namespace = new NetworkNamespace();
  await using agent = agentWith('ebpf_tcp_connect', namespace);
  await agent.live('ebpf_tcp_connect');
  await namespace.traffic('connects', '4', CONNECTS);
  const costs = new Costs();
  const programs = programCosts((await agent.stop()).records);
  for (const [name, cost] of programs) costs.add(name, cost);
  return [...programs.keys()].map((name) => costs.row(name));
}

export const probeCost: Scenario = {
  name: 'probe cost',
  question:
    'How many nanoseconds does a sample take, by the kernel’s own statistics, and how many in a hash of counters with two lookups, on the same hooks and packets at the same time?',
  aim: 'half of two lookups or less; the call and the statistics are part of each figure (an empty program shows how much), and so is finding the latency',
  async measure(): Promise<readonly Row[]> {
    const reason = whyNoKernelTests();
    if (reason !== undefined) return [{ what: 'not measured', value: reason }];
    return [...(await stackLatency()), ...(await tcpConnect())];
  },
};
