import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { AgentProcess } from '../kernel/lib/agent-process.ts';
import { trafficBinary } from '../kernel/lib/host.ts';
import { NetworkNamespace } from '../kernel/lib/network-namespace.ts';
import { keptAndLeftOut, samplesAbove, skippedPackets, stageTotals } from '../kernel/lib/stage-histograms.ts';
import { setTaiOffset, stepClock, whyNoMachineTests } from './lib/machine.ts';

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

/** Messages that wait in their socket; resolves when all do, to what reads them. */
async function waiting(namespace: NetworkNamespace, protocol: string): Promise<() => Promise<unknown>> {
  const [file, ...words] = namespace.command(trafficBinary(), 'late', protocol, '4', `${MESSAGES}`);
  const child = spawn(file, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  return () => {
    child.stdin.end();
    return closed;
  };
}

describe('messages that are read when their stamp tells nothing', { skip, concurrency: false }, () => {
  const SOURCE = '  ebpf_stack_latency: { interval: 200ms, network_namespace: own, stages: [STAGE] }';

  for (const protocol of ['tcp', 'udp']) {
    const stage = `${protocol}-socket-read`;
    /** TCP joins messages that wait. */
    const assertSkipped = (skipped: number, what: string) =>
      protocol === 'udp'
        ? assert.equal(skipped, MESSAGES, what)
        : assert.ok(skipped > 0 && skipped <= MESSAGES, `${skipped} ${what}`);

    it(`are too_long or future_stamp, when the clock was set meanwhile (${protocol})`, async () => {
      using namespace = new NetworkNamespace();
      await using agent = new AgentProcess(SOURCE.replace('STAGE', stage), { namespace });
      await agent.live('ebpf_stack_latency');
      const counted = (reason: string) => keptAndLeftOut(agent.records(), stage, reason).left_out;
      for (const [seconds, reason] of [
        [100, 'too_long'],
        [-100, 'future_stamp'],
      ] as const) {
        const read = await waiting(namespace, protocol);
        stepClock(seconds);
        await read();
        await agent.until(reason, () => counted(reason) > 0);
      }
      const { records } = await agent.stop();
      assert.equal(stageTotals(records, stage).count, 0);
      for (const reason of ['too_long', 'future_stamp'])
        assertSkipped(keptAndLeftOut(records, stage, reason).left_out, reason);
    });

    it(`are skipped, when nobody had asked for stamps yet (${protocol})`, async () => {
      using namespace = new NetworkNamespace();
      const read = await waiting(namespace, protocol);
      await using agent = new AgentProcess(SOURCE.replace('STAGE', stage), { namespace });
      await agent.live('ebpf_stack_latency');
      await read();
      const { records } = await agent.stop();
      assert.equal(stageTotals(records, stage).count, 0);
      assertSkipped(skippedPackets(records, stage), 'skipped');
      // By hooks, datagrams are matched by the order of the queue, which began before them.
      const isByHook = agent.stderr.includes(`${stage} (by raw_tracepoint`);
      const reason = protocol === 'udp' && isByHook ? 'other' : 'no_stamp';
      assertSkipped(keptAndLeftOut(records, stage, reason).left_out, reason);
    });
  }
});
