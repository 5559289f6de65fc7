import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RECEIVE_STAGES } from '../../src/sources/ebpf/stages.ts';
import { AgentProcess } from '../kernel/lib/agent-process.ts';
import { whyNoMachineTests } from './lib/machine.ts';

const skip = whyNoMachineTests() ?? false;
/** By hooks that every kernel since 5.8 has. */
const ALWAYS = ['tcp-socket-read', 'udp-socket-read'];

describe('the start-up report on a stock kernel', { skip }, () => {
  it('says of each stage that it is live, or why it is not', async () => {
    await using agent = new AgentProcess('  ebpf_stack_latency: { interval: 200ms }');
    await agent.live('ebpf_stack_latency');
    const live = agent.liveParts('ebpf_stack_latency');
    for (const stage of RECEIVE_STAGES) {
      const isExplained = new RegExp(`(warn|error) +ebpf_stack_latency ${stage}: .+; .+`).test(agent.stderr);
      assert.notEqual(live.includes(stage), isExplained, `${stage}\n${agent.stderr}`);
    }
    assert.deepEqual(
      ALWAYS.filter((stage) => !live.includes(stage)),
      [],
      agent.stderr,
    );
    assert.equal((await agent.stop()).exitCode, 0, agent.stderr);
  });
});
