import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { AgentProcess } from './lib/agent-process.ts';
import { whyNoKernelTests } from './lib/host.ts';
import { loadersOf } from './lib/loaders.ts';
import { NetworkNamespace } from './lib/network-namespace.ts';
import { stageTotals } from './lib/stage-histograms.ts';

const skip = whyNoKernelTests() ?? false;

function isRunning(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('when a process dies', { skip, concurrency: false }, () => {
  it('carries on after its loader was killed, and says so', async () => {
    using namespace = new NetworkNamespace();
    await using agent = new AgentProcess(
      '  ebpf_stack_latency: { interval: 200ms, network_namespace: own }',
      { namespace },
    );
    await agent.live('ebpf_stack_latency');
    await namespace.traffic('messages', 'udp', '4', '500', '0', '0');
    const counted = () => stageTotals(agent.records(), 'udp-socket-read').count;
    await agent.until('the first 500 reads', () => counted() === 500);
    const [loader] = loadersOf(agent.pid);
    process.kill(loader, 'SIGKILL');
    await agent.until('a new loader', () => loadersOf(agent.pid).some((pid) => pid !== loader));
    await agent.until('the restart to be reported', () => agent.stderr.split('live:').length > 2);
    await namespace.traffic('messages', 'udp', '4', '500', '0', '0');
    const { exitCode, records } = await agent.stop();
    assert.equal(exitCode, 0);
    assert.equal(stageTotals(records, 'udp-socket-read').count, 1000);
    assert.match(agent.stderr, /warn {2}ebpf_stack_latency.*SIGKILL/);
  });

  it('leaves no loader behind when it is killed itself', async () => {
    using namespace = new NetworkNamespace();
    await using agent = new AgentProcess('  ebpf_tcp_connect: {}\n  ebpf_stack_latency: {}', { namespace });
    await agent.live('ebpf_stack_latency');
    await agent.live('ebpf_tcp_connect');
    const loaders = loadersOf(agent.pid);
    assert.equal(loaders.length, 2);
    agent.signal('SIGKILL');
    const deadline = Date.now() + 5000;
    while (loaders.some(isRunning) && Date.now() < deadline) execFileSync('sleep', ['0.05']);
    assert.deepEqual(loaders.filter(isRunning), []);
  });
});
