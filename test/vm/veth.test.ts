import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentProcess } from '../kernel/lib/agent-process.ts';
import { whyNoIp } from '../kernel/lib/host.ts';
import { canAgree, type Seen, seenPackets } from '../kernel/lib/stage-histograms.ts';
import { VethPair } from '../kernel/lib/veth-pair.ts';
import { whyNoMachineTests } from './lib/machine.ts';

const skip = whyNoMachineTests() ?? false;
const MESSAGES = 200;
const IP_VERSIONS = ([4, 6] as const).filter((version) => whyNoIp(version) === undefined);

/**
 * How many reads the receiver's namespace saw while `traffic` ran, by protocol: timed or skipped with a reason. Seen by
 * the best way that this kernel has and by hooks alone at the same time, which must agree where both serve a stage.
 */
async function readsSeen(pair: VethPair, traffic: () => Promise<unknown>): Promise<Record<string, Seen>> {
  await using agents = new AsyncDisposableStack();
  const ways = ['auto', 'hook'].map((attach) => {
    const source = `  ebpf_stack_latency: { interval: 200ms, network_namespace: own, attach: ${attach} }`;
    return agents.use(new AgentProcess(source, { namespace: pair.receiver }));
  });
  for (const agent of ways) await agent.live('ebpf_stack_latency');
  await traffic();
  const [best, byHook] = await Promise.all(ways.map(seenBy));
  for (const [stage, seen] of Object.entries(byHook))
    assert.ok(canAgree(seen, best[stage]), `${stage}: ${JSON.stringify([best[stage], seen])}`);
  return { tcp: best['tcp-socket-read'], udp: best['udp-socket-read'] };
}

/** By stage that serves reads. */
async function seenBy(agent: AgentProcess): Promise<Record<string, Seen>> {
  const { exitCode, records } = await agent.stop();
  assert.equal(exitCode, 0, agent.stderr);
  const live = agent.liveParts('ebpf_stack_latency').filter((stage) => stage.endsWith('-socket-read'));
  return Object.fromEntries(live.map((stage) => [stage, seenPackets(records, stage)]));
}

function assertReads({ seen, leftOut }: Seen, least: number, most = least): void {
  assert.ok(
    seen <= most && seen + leftOut >= least,
    `${seen} reads, and ${leftOut} that the kernel left out`,
  );
}

describe('between two network namespaces', { skip, concurrency: false }, () => {
  it('counts each message that is read once', async () => {
    using pair = new VethPair();
    const reads = await readsSeen(pair, async () => {
      for (const protocol of ['tcp', 'udp']) {
        for (const version of IP_VERSIONS) {
          const { received } = await pair.messages(protocol, version, MESSAGES, 'lockstep');
          assert.equal(received, MESSAGES);
        }
      }
    });
    const sent = IP_VERSIONS.length * MESSAGES;
    assertReads(reads.tcp, sent);
    assertReads(reads.udp, sent);
  });

  it('counts what arrives when a tenth is lost on the way', async () => {
    using pair = new VethPair();
    pair.impair('loss', '10%');
    let datagrams = 0;
    const reads = await readsSeen(pair, async () => {
      datagrams = (await pair.messages('udp', 4, MESSAGES, 'burst')).received;
      // TCP sends again what was lost: every message arrives, and is read, once.
      assert.equal((await pair.messages('tcp', 4, MESSAGES, 'lockstep')).received, MESSAGES);
    });
    assert.ok(datagrams > 0 && datagrams < MESSAGES, `${datagrams} arrived`);
    assertReads(reads.tcp, MESSAGES);
    assertReads(reads.udp, datagrams);
  });

  it('counts every message when they overtake each other', async () => {
    using pair = new VethPair();
    pair.impair('delay', '20ms', 'reorder', '50%');
    const reads = await readsSeen(pair, async () => {
      assert.equal((await pair.messages('udp', 4, MESSAGES, 'burst')).received, MESSAGES);
      assert.equal((await pair.messages('tcp', 4, MESSAGES, 'burst')).received, MESSAGES);
    });
    assertReads(reads.udp, MESSAGES);
    // The sender joins messages that wait, so the end of one may lie in the next segment: a read then takes from two.
    assertReads(reads.tcp, MESSAGES, 2 * MESSAGES);
  });
});
