import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loaderPath } from '../../src/loader/loader-path.ts';
import { AgentProcess, type OutputRecord } from './lib/agent-process.ts';
import { whyNoKernelTests } from './lib/host.ts';
import { loadersOf } from './lib/loaders.ts';
import { NetworkNamespace } from './lib/network-namespace.ts';

const skip = whyNoKernelTests() ?? false;

/** What the driver of veth says, as ethtool prints it. */
function listedByEthtool(namespace: NetworkNamespace, name: string): Record<string, number> {
  const lines = namespace.execute('ethtool', '-S', name).matchAll(/^ +(\S+): (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, statistic, value]) => [statistic, Number(value)]));
}

/** The newest value of each statistic of a driver. */
function statistics(records: readonly OutputRecord[], name: string): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { metric, attributes, value } of records) {
    if (metric !== 'lagpipe.nic.statistic' || attributes['network.interface.name'] !== name) continue;
    if (attributes['lagpipe.nic.statistic.origin'] === 'driver')
      found[attributes['lagpipe.nic.statistic.name']] = Number(value);
  }
  return found;
}

function rounds(records: readonly OutputRecord[]): number {
  return records.filter(({ metric }) => metric === 'lagpipe.nic.info').length;
}

/** A pair of virtual interfaces, of which the agent looks at the first. */
function addPair(namespace: NetworkNamespace): void {
  namespace.ip(
    'link',
    'add',
    'left',
    'numrxqueues',
    '3',
    'numtxqueues',
    '2',
    'type',
    'veth',
    'peer',
    'name',
    'right',
  );
}

describe('nic: drivers', { skip, concurrency: false }, () => {
  it('says what ethtool says, as user nobody', async () => {
    using namespace = new NetworkNamespace();
    addPair(namespace);
    const folder = mkdtempSync(join(tmpdir(), 'lagpipe-test-'));
    const chosen = process.env.LAGPIPE_LOADER;
    try {
      chmodSync(folder, 0o755);
      copyFileSync(loaderPath(), join(folder, 'lagpipe-loader'));
      const asNobody = join(folder, 'as-nobody');
      const command = `setpriv --reuid 65534 --regid 65534 --clear-groups ${folder}/lagpipe-loader`;
      writeFileSync(asNobody, `#!/bin/sh\nexec ${command}\n`, { mode: 0o755 });
      process.env.LAGPIPE_LOADER = asNobody;
      await using agent = new AgentProcess(
        '  nic: { interval: 200ms, interfaces: [left], statistics: all }',
        {
          namespace,
        },
      );
      await agent.until('two rounds', () => rounds(agent.records()) >= 2);
      const { records } = await agent.stop();
      assert.deepEqual(statistics(records, 'left'), listedByEthtool(namespace, 'left'));
      const info = records.find(({ metric }) => metric === 'lagpipe.nic.info');
      assert.equal(info?.attributes['lagpipe.nic.driver'], 'veth');
      const most = records.filter(({ metric }) => metric === 'lagpipe.nic.queues.max').slice(0, 2);
      assert.deepEqual(
        most.map(({ attributes, value }) => [attributes['network.io.direction'], value]),
        [
          ['receive', 3],
          ['transmit', 2],
        ],
      );
      assert.match(agent.stderr, /left \(veth tells \d+ statistics\)/);
    } finally {
      if (chosen === undefined) delete process.env.LAGPIPE_LOADER;
      else process.env.LAGPIPE_LOADER = chosen;
      rmSync(folder, { recursive: true });
    }
  });

  it('tells of trouble alone unless it is asked for more', async () => {
    using namespace = new NetworkNamespace();
    addPair(namespace);
    await using agent = new AgentProcess('  nic: { interval: 200ms, interfaces: [left] }', { namespace });
    await agent.until('a round', () => rounds(agent.records()) >= 1);
    const { records } = await agent.stop();
    const names = Object.keys(statistics(records, 'left'));
    assert.ok(names.length > 0 && names.every((name) => /drop|err/.test(name)), names.join());
  });

  it('takes an interface that was made anew for another one, and one that is gone for gone', async () => {
    using namespace = new NetworkNamespace();
    addPair(namespace);
    await using agent = new AgentProcess('  nic: { interval: 200ms, interfaces: [left] }', { namespace });
    await agent.until('two rounds', () => rounds(agent.records()) >= 2);
    namespace.ip('link', 'delete', 'left');
    addPair(namespace);
    const before = rounds(agent.records());
    await agent.until('two rounds more', () => rounds(agent.records()) >= before + 2);
    namespace.ip('link', 'delete', 'left');
    const { exitCode } = await agent.stop();
    assert.equal(exitCode, 0, agent.stderr);
    const starts = new Set(
      agent
        .records()
        .filter(
          ({ metric, attributes }) =>
            metric === 'lagpipe.nic.statistic' && attributes['lagpipe.nic.statistic.origin'] === 'driver',
        )
        .map((record) => (record as unknown as { start_time: string }).start_time),
    );
    assert.equal(starts.size, 2, [...starts].join());
  });

  it('goes on after its loader was killed', async () => {
    using namespace = new NetworkNamespace();
    addPair(namespace);
    await using agent = new AgentProcess('  nic: { interval: 200ms, interfaces: [left] }', { namespace });
    await agent.until('a round', () => rounds(agent.records()) >= 1);
    const [loader] = loadersOf(agent.pid);
    process.kill(loader, 'SIGKILL');
    const before = rounds(agent.records());
    await agent.until('a round of the next one', () => rounds(agent.records()) > before);
    const { exitCode } = await agent.stop();
    assert.equal(exitCode, 0, agent.stderr);
    assert.match(agent.stderr, /warn {2}nic.*SIGKILL/);
  });
});
