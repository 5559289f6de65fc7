import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentProcess } from '../kernel/lib/agent-process.ts';
import { NetworkNamespace } from '../kernel/lib/network-namespace.ts';
import { samplesAbove, skippedPackets, stageTotals } from '../kernel/lib/stage-histograms.ts';
import { setTaiOffset, whyNoMachineTests } from './lib/machine.ts';

const skip = whyNoMachineTests() ?? false;
const MESSAGES = 300;
const OFFSETS_SECONDS = [0, 37, 0];

describe("a step of TAI, as at a time daemon's first contact", { skip, concurrency: false }, () => {
  for (const protocol of ['tcp', 'udp']) {
    it(`of 37 s and back corrupts no sample and loses none (${protocol})`, async () => {
      using namespace = new NetworkNamespace();
      await using agent = new AgentProcess(
        '  ebpf_stack_latency: { interval: 200ms, network_namespace: own }',
        { namespace },
      );
      await agent.live('ebpf_stack_latency');
      for (const seconds of OFFSETS_SECONDS) {
        setTaiOffset(seconds);
        await namespace.traffic('messages', protocol, '4', `${MESSAGES}`, '0', '0');
      }
      const { exitCode, records } = await agent.stop();
      assert.equal(exitCode, 0, agent.stderr);
      const read = stageTotals(records, `${protocol}-socket-read`);
      assert.equal(read.count, OFFSETS_SECONDS.length * MESSAGES);
      assert.equal(samplesAbove(read, 30), 0);
      assert.equal(skippedPackets(records, `${protocol}-socket-read`), 0);
    });
  }
});
