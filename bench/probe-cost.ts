import { AgentProcess, type OutputRecord } from '../test/kernel/lib/agent-process.ts';
import { whyNoKernelTests } from '../test/kernel/lib/host.ts';
import { NetworkNamespace } from '../test/kernel/lib/network-namespace.ts';
import { AttachedPrograms, compiledObjects, type Objects, type ProgramCost } from './attached-programs.ts';
import { median, type Row, type Scenario } from './scenario.ts';

const MESSAGES = '50000';
const CONNECTS = '10000';
const PROTOCOLS = ['tcp', 'udp'] as const;

/** Whose program meets a packet first takes its cache misses, so each order has its turn; each twice. */
const ORDERS = [
  ['agent', 'two', 'bare'],
  ['two', 'bare', 'agent'],
  ['bare', 'agent', 'two'],
] as const;
const ROUNDS = 2 * ORDERS.length;

const NETFILTER_STAGES = ['ip_start', 'tcp_start', 'udp_start'] as const;
const TRACEPOINT_STAGES = ['tcp_socket_enqueued', 'udp_socket_enqueued', 'tcp_socket_read'] as const;

/** They have no fellow: TCP of this host, measured from its arrival, and the two tracepoints of a datagram and its read. */
const ALONE = ['local_arrived', 'tcp_start', 'udp_datagram_queued', 'udp_socket_read'] as const;

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

  row(name: string, what = name): Row {
    const { runs } = this.#costs.get(name) ?? { runs: 0 };
    return { what, value: `${this.nanosPerRun(name).toFixed(0)} ns a run, ${runs} runs` };
  }
}

async function sendMessages(namespace: NetworkNamespace, protocol: string): Promise<void> {
  for (const version of ['4', '6'])
    await namespace.traffic('messages', protocol, version, MESSAGES, '0', '0');
}

/** A program that meets the other protocol’s packets ends early, which would flatter its cost. */
function meets(name: string, protocol: (typeof PROTOCOLS)[number]): boolean {
  return !name.includes(protocol === 'tcp' ? 'udp' : 'tcp');
}

async function sideBySide(objects: Objects, order: (typeof ORDERS)[number]): Promise<Costs> {
  const costs = new Costs();
  for (const protocol of PROTOCOLS) {
    using namespace = new NetworkNamespace();
    await using programs = await AttachedPrograms.in(namespace, objects, ['floor', ...order]);
    await sendMessages(namespace, protocol);
    for (const [name, cost] of await programs.stop()) if (meets(name, protocol)) costs.add(name, cost);
  }
  return costs;
}

/** Beyond what an empty program costs on the same kind of hook. */
async function comparison(): Promise<Row[]> {
  const objects = compiledObjects();
  const rounds: Costs[] = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push(await sideBySide(objects, ORDERS[i % ORDERS.length]));
  const nanos = (name: string) => median(rounds.map((round) => round.nanosPerRun(name)));
  const row = (stage: string, empty: number): Row => {
    const [agent, two, bare] = ORDERS[0].map((label) => nanos(`${label}/${stage}`) - empty);
    return {
      what: stage,
      value: `${agent.toFixed(0)} ns a sample; two lookups ${two.toFixed(0)} ns; without recording ${bare.toFixed(0)} ns`,
      ratio: `${(agent / two).toFixed(2)}×; recording alone ${((agent - bare) / (two - bare)).toFixed(2)}×`,
    };
  };
  const netfilter = nanos('floor/empty_netfilter');
  const tracepoint = nanos('floor/empty_tracepoint');
  const clock = nanos('floor/clock_tracepoint') - tracepoint;
  return [
    {
      what: 'an empty program, taken off below',
      value: `${netfilter.toFixed(0)} ns by netfilter, ${tracepoint.toFixed(0)} ns by a tracepoint`,
    },
    { what: 'reading the clock, in each figure below', value: `${clock.toFixed(0)} ns` },
    ...NETFILTER_STAGES.map((stage) => row(stage, netfilter)),
    ...TRACEPOINT_STAGES.map((stage) => row(stage, tracepoint)),
  ];
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

async function alone(): Promise<Row[]> {
  const costs = new Costs();
  for (const protocol of PROTOCOLS) {
    using namespace = new NetworkNamespace();
    await using agent = agentWith('ebpf_stack_latency', namespace, ', attach: hook');
    await agent.live('ebpf_stack_latency');
    await sendMessages(namespace, protocol);
    for (const [name, cost] of programCosts((await agent.stop()).records))
      if (meets(name, protocol)) costs.add(name, cost);
  }
  return ALONE.map((name) =>
    costs.row(name, name === 'tcp_start' ? 'tcp_start, of a segment from this host' : name),
  );
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
  aim: `half of two lookups or less; medians of ${ROUNDS} rounds, method in docs/decisions/0014-cost-of-a-sample.md`,
  async measure(): Promise<readonly Row[]> {
    const reason = whyNoKernelTests();
    if (reason !== undefined) return [{ what: 'not measured', value: reason }];
    return [...(await comparison()), ...(await alone()), ...(await tcpConnect())];
  },
};
