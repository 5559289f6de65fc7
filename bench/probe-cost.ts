import { AgentProcess, type OutputRecord } from '../test/kernel/lib/agent-process.ts';
import { whyNoKernelTests } from '../test/kernel/lib/host.ts';
import { NetworkNamespace } from '../test/kernel/lib/network-namespace.ts';
import type { Row, Scenario } from './scenario.ts';

const MESSAGES = '200000';
const CONNECTS = '10000';

/** Runs and run time of every BPF program, from the newest cumulative point of each. */
function programCosts(records: readonly OutputRecord[]): Row[] {
  const newest = (metric: string) =>
    new Map(
      records
        .filter((record) => record.metric === metric)
        .map((record) => [String(record.attributes['lagpipe.bpf.program']), Number(record.value)]),
    );
  const runs = newest('lagpipe.bpf.runs');
  const seconds = newest('lagpipe.bpf.run_time');
  return [...runs]
    .filter(([, count]) => count > 0)
    .map(([program, count]) => ({
      what: program,
      value: `${(((seconds.get(program) ?? 0) / count) * 1e9).toFixed(0)} ns a run, ${count} runs`,
    }));
}

async function measured(source: string, traffic: readonly (readonly string[])[]): Promise<Row[]> {
  using namespace = new NetworkNamespace();
  await using agent = new AgentProcess(`  ${source}: { interval: 500ms, run_stats: true }`, { namespace });
  await agent.live(source);
  for (const what of traffic) await namespace.traffic(...what);
  const { records } = await agent.stop();
  return programCosts(records);
}

export const probeCost: Scenario = {
  name: 'probe cost',
  question: 'How many nanoseconds does one run of each BPF program take, by the kernel’s own statistics?',
  aim: 'as few as can be; the statistics themselves are part of it, and the authors of netstacklat report 225 ns a probe on other hardware',
  async measure(): Promise<readonly Row[]> {
    const reason = whyNoKernelTests();
    if (reason !== undefined) return [{ what: 'not measured', value: reason }];
    const messages = ['tcp', 'udp'].flatMap((protocol) =>
      ['4', '6'].map((version) => ['messages', protocol, version, MESSAGES, '0', '0']),
    );
    return [
      ...(await measured('ebpf_stack_latency', messages)),
      ...(await measured('ebpf_tcp_connect', [['connects', '4', CONNECTS]])),
    ];
  },
};
