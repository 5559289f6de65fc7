import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { loaderPath } from '../../src/loader/loader-path.ts';
import { waysOf } from '../../src/loader/probe-host.ts';
import { RECEIVE_STAGES } from '../../src/sources/ebpf/stages.ts';
import { AgentProcess, type OutputRecord } from './lib/agent-process.ts';
import { hasKernelName, whyNoIp, whyNoKernelTests } from './lib/host.ts';
import { NetworkNamespace } from './lib/network-namespace.ts';
import { canAgree, keptAndLeftOut, type Seen } from './lib/stage-histograms.ts';

const MESSAGES = 500;
const IP_VERSIONS = ['4', '6'].filter((version) => whyNoIp(version) === undefined);
const skip = whyNoKernelTests() ?? false;

/**
 * For each stage of the receive path, how this host lets one tier attach it in one network namespace, found out by the
 * loader. The second hook of udp-socket-read is for older kernels and cannot tell namespaces apart, so it does not serve.
 */
function allowedStages(tier: string): ReadonlyMap<string, string> {
  const report = JSON.parse(execFileSync(loaderPath(), ['probe'], { encoding: 'utf8' }));
  const ways = Map.groupBy(
    waysOf(report, 'stack_latency').filter((way) => way.tier === tier),
    (way) => way.part,
  );
  const wayOf = (stage: string) => {
    const known = ways.get(stage) ?? [];
    return (stage === 'udp-socket-read' ? known.slice(0, 1) : known).find(({ works }) => works)?.attach;
  };
  return new Map(
    RECEIVE_STAGES.flatMap((stage) => {
      const way = wayOf(stage);
      return way === undefined ? [] : [[stage, way]];
    }),
  );
}

function source(attach: string): string {
  return `  ebpf_stack_latency: { interval: 200ms, network_namespace: own, attach: ${attach} }`;
}

async function sendAll(namespace: NetworkNamespace): Promise<void> {
  for (const protocol of ['tcp', 'udp'])
    for (const version of IP_VERSIONS)
      await namespace.traffic('messages', protocol, version, `${MESSAGES}`, '0', '0');
}

/** What each stage timed, for the stages that sent points, and how often the kernel left its probe out. */
function countsOf(records: readonly OutputRecord[]): Record<string, Seen> {
  const points = records.filter((record) => record.metric === 'lagpipe.stack.latency');
  const stages = new Set(points.map((record) => `${record.attributes['lagpipe.stack.stage']}`));
  const countOf = (stage: string): Seen => {
    const { kept, left_out: leftOut } = keptAndLeftOut(records, stage, 'recursion');
    return { seen: kept, leftOut };
  };
  return Object.fromEntries([...stages].map((stage) => [stage, countOf(stage)]));
}

/** What was seen and not timed, by stage and reason, for a message. */
function skippedOf(records: readonly OutputRecord[]): string {
  const skipped: Record<string, number> = {};
  for (const { metric, attributes, value } of records) {
    if (metric !== 'lagpipe.stack.skipped' || Number(value) === 0) continue;
    const reason = `${attributes['lagpipe.stack.stage']} ${attributes['lagpipe.stack.skip_reason']}`;
    skipped[reason] = (skipped[reason] ?? 0) + Number(value);
  }
  return JSON.stringify(skipped);
}

interface Counted {
  readonly counts: Record<string, Seen>;
  readonly skipped: string;
}

/** The same traffic, seen by one agent for each way to attach. */
async function countedBy(...attach: string[]): Promise<Counted[]> {
  using namespace = new NetworkNamespace();
  const agents = attach.map((each) => new AgentProcess(source(each), { namespace }));
  try {
    for (const agent of agents) await agent.live('ebpf_stack_latency');
    await sendAll(namespace);
    const counted: Counted[] = [];
    for (const agent of agents) {
      const { exitCode, records } = await agent.stop();
      assert.equal(exitCode, 0, agent.stderr);
      counted.push({ counts: countsOf(records), skipped: skippedOf(records) });
    }
    return counted;
  } finally {
    for (const agent of agents) await agent[Symbol.asyncDispose]();
  }
}

function assertWhole(counts: Readonly<Record<string, Seen>>): void {
  const sent = { seen: IP_VERSIONS.length * MESSAGES, leftOut: 0 };
  for (const stage of ['udp-start', 'udp-socket-enqueued', 'udp-socket-read', 'tcp-socket-read']) {
    if (stage in counts)
      assert.ok(canAgree(counts[stage], sent), `${stage}: ${JSON.stringify(counts[stage])}`);
  }
}

describe('ways to attach', { skip, concurrency: false }, () => {
  const allowed = skip ? new Map() : new Map(['hook', 'tracing', 'kprobe'].map((t) => [t, allowedStages(t)]));
  const stagesBy = (tier: string) => new Set(allowed.get(tier)?.keys());
  const allowedSomehow = new Set([...allowed.values()].flatMap((stages) => [...stages.keys()]));

  it('by hooks alone, counts every message at the stages that have one', async () => {
    const [{ counts }] = await countedBy('hook');
    assert.deepEqual(new Set(Object.keys(counts)), stagesBy('hook'));
    assert.ok('tcp-socket-read' in counts);
    assertWhole(counts);
  });

  it('auto serves every stage that some way may serve', async () => {
    const [{ counts }] = await countedBy('auto');
    assert.deepEqual(new Set(Object.keys(counts)), allowedSomehow);
    assertWhole(counts);
  });

  for (const tier of ['tracing', 'kprobe']) {
    const works = (allowed.get(tier)?.size ?? 0) > 0;

    it(`${tier} counts as hooks do on the same traffic`, {
      skip: !works && `this host allows no ${tier}`,
    }, async () => {
      const [{ counts, skipped }, { counts: byHook, skipped: skippedByHook }] = await countedBy(tier, 'hook');
      assert.deepEqual(new Set(Object.keys(counts)), stagesBy(tier));
      // Where a tracepoint stands in for a netfilter link, it sees no handshakes.
      const seesAll = (stage: string) =>
        stage !== 'tcp-start' || allowed.get('hook')?.get(stage) !== 'raw_tracepoint';
      const both = Object.keys(byHook).filter((stage) => stage in counts && seesAll(stage));
      assert.ok(both.includes('tcp-socket-read'));
      for (const stage of both) {
        const missed = counts[stage].seen - byHook[stage].seen;
        // The last segment of each of the two conversations may meet TIME_WAIT, where no cgroup program runs.
        const mayMiss = stage === 'tcp-start' && allowed.get('hook')?.get(stage) === 'cgroup' ? 2 : 0;
        const seen = `${counts[stage].seen} and ${byHook[stage].seen}, skipped ${skipped} and ${skippedByHook}`;
        const isWithin = missed >= -counts[stage].leftOut && missed <= mayMiss + byHook[stage].leftOut;
        assert.ok(isWithin, `${stage}: ${seen}`);
      }
      assertWhole(counts);
    });

    if (works) continue;
    it(`${tier}, refused, is said once and stops nothing else`, async () => {
      using namespace = new NetworkNamespace();
      const forced = `  ebpf_stack_latency/forced: { interval: 200ms, attach: ${tier} }`;
      await using agent = new AgentProcess(`${source('auto')}\n${forced}`, { namespace });
      await agent.live('ebpf_stack_latency');
      const refusals = () => agent.stderr.split('\n').filter((line) => line.includes('_latency/forced: '));
      await agent.until('the refusal', () => refusals().length > 0);
      await sendAll(namespace);
      const { records } = await agent.stop();
      assert.equal(refusals().length, 1, agent.stderr);
      assert.match(refusals()[0], new RegExp(`^error .*ip-start by ${tier}`));
      const counts = countsOf(records);
      assert.deepEqual(new Set(Object.keys(counts)), allowedSomehow);
      assertWhole(counts);
    });
  }

  it('say what a kernel hides from tracing programs, and of no others', () => {
    const report = JSON.parse(execFileSync(loaderPath(), ['probe'], { encoding: 'utf8' }));
    for (const { part, attach, covers, works } of waysOf(report, 'stack_latency')) {
      const isHidden = !/netfilter|cgroup/.test(attach) && hasKernelName('init_owned');
      if (works) assert.equal(covers.includes('hides what happens while process 1 runs'), isHidden, part);
    }
  });

  for (const [stages, fields] of [
    [
      RECEIVE_STAGES,
      'group_by: [interface, netns, local_port], filter: { interfaces: [lo], local_ports: [7000], remote_addresses: [127.0.0.0/8] }',
    ],
    [
      ['tcp-socket-read', 'udp-socket-read'],
      'group_by: [cgroup], filter: { interfaces: [lo], pids: [1], cgroups: [/], min_queue_length: 2 }',
    ],
    [
      ['tcp-socket-enqueued', 'tcp-socket-read'],
      'sample_one_in: 2, filter: { ip_version: ipv4, reordered: drop }',
    ],
  ] as const) {
    it(`no stage falls back to another way to attach for: ${fields}`, async () => {
      using namespace = new NetworkNamespace();
      const waysWith = async (more: string) => {
        const source = `  ebpf_stack_latency: { interval: 200ms, stages: [${stages}]${more} }`;
        await using agent = new AgentProcess(source, { namespace });
        await agent.live('ebpf_stack_latency');
        return stages.map((stage) => new RegExp(`${stage} \\((.*?)\\)`).exec(agent.stderr)?.[1]);
      };
      const ways = await waysWith('');
      assert.ok(ways.every(Boolean), `${ways}`);
      assert.deepEqual(await waysWith(`, ${fields}`), ways);
    });
  }
});
