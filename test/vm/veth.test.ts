import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentProcess } from '../kernel/lib/agent-process.ts';
import { skippedPackets, stageTotals } from '../kernel/lib/stage-histograms.ts';
import { VethPair } from '../kernel/lib/veth-pair.ts';
import { whyNoMachineTests } from './lib/machine.ts';

const skip = whyNoMachineTests() ?? false;
const MESSAGES = 200;

/** How many reads the receiver's namespace saw while `traffic` ran, by protocol: timed or skipped with a reason. */
async function readsSeen(pair: VethPair, traffic: () => Promise<unknown>): Promise<Record<string, number>> {
  await using agent = new AgentProcess('  ebpf_stack_latency: { interval: 200ms, network_namespace: own }', {
    namespace: pair.receiver,
  });
  await agent.live('ebpf_stack_latency');
  await traffic();
  const { exitCode, records } = await agent.stop();
  assert.equal(exitCode, 0, agent.stderr);
  const seenAt = (stage: string) => stageTotals(records, stage).count + skippedPackets(records, stage);
  return { tcp: seenAt('tcp-socket-read'), udp: seenAt('udp-socket-read') };
}

describe('between two network namespaces', { skip, concurrency: false }, () => {
  it('counts each message that is read once', async () => {
    using pair = new VethPair();
    const reads = await readsSeen(pair, async () => {
      for (const protocol of ['tcp', 'udp']) {
        for (const version of [4, 6] as const) {
          const { received } = await pair.messages(protocol, version, MESSAGES, 'lockstep');
          assert.equal(received, MESSAGES);
        }
      }
    });
    assert.deepEqual(reads, { tcp: 2 * MESSAGES, udp: 2 * MESSAGES });
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
    assert.deepEqual(reads, { tcp: MESSAGES, udp: datagrams });
  });

  it('counts every message when they overtake each other', async () => {
    using pair = new VethPair();
    pair.impair('delay', '20ms', 'reorder', '50%');
    const reads = await readsSeen(pair, async () => {
      assert.equal((await pair.messages('udp', 4, MESSAGES, 'burst')).received, MESSAGES);
      assert.equal((await pair.messages('tcp', 4, MESSAGES, 'burst')).received, MESSAGES);
    });
    assert.equal(reads.udp, MESSAGES);
    // The sender joins messages that wait, so the end of one may lie in the next segment: a read then takes from two.
    assert.ok(reads.tcp >= MESSAGES && reads.tcp <= 2 * MESSAGES, `${reads.tcp} reads`);
  });
});
