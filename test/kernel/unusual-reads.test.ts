import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { AgentProcess, type OutputRecord } from './lib/agent-process.ts';
import { NFT_FAMILY, whyNoKernelTests, whyTimesMeanNothing } from './lib/host.ts';
import { NetworkNamespace } from './lib/network-namespace.ts';
import { keptAndLeftOut, samplesAbove, skippedPackets, stageTotals } from './lib/stage-histograms.ts';
import { VethPair } from './lib/veth-pair.ts';

const skip = whyNoKernelTests() ?? false;
const skipTimes = whyTimesMeanNothing() ?? false;
const READS = 'stages: [tcp-socket-read, udp-socket-read]';

/** The same traffic, seen by one agent for each of these settings. */
async function measuredBy(
  namespace: NetworkNamespace,
  settings: readonly string[],
  traffic: () => Promise<unknown>,
): Promise<(readonly OutputRecord[])[]> {
  await using agents = new AsyncDisposableStack();
  const running = settings.map((fields) => {
    const source = `  ebpf_stack_latency: { interval: 200ms, network_namespace: own, ${fields} }`;
    return agents.use(new AgentProcess(source, { namespace }));
  });
  for (const agent of running) await agent.live('ebpf_stack_latency');
  await traffic();
  const all: (readonly OutputRecord[])[] = [];
  for (const agent of running) {
    const { exitCode, records } = await agent.stop();
    assert.equal(exitCode, 0, agent.stderr);
    all.push(records);
  }
  return all;
}

async function measured(
  namespace: NetworkNamespace,
  fields: string,
  traffic: () => Promise<unknown>,
): Promise<readonly OutputRecord[]> {
  return (await measuredBy(namespace, [fields], traffic))[0];
}

describe('unusual reads', { skip, concurrency: false }, () => {
  it('udp, by another process as they come: each is timed or skipped, at both stages', async () => {
    const datagrams = 20_000;
    using namespace = new NetworkNamespace();
    const stages = ['udp-socket-enqueued', 'udp-socket-read'];
    const records = await measured(namespace, `stages: [${stages}]`, () =>
      namespace.traffic('race', '4', `${datagrams}`),
    );
    for (const stage of stages)
      assert.equal(stageTotals(records, stage).count + skippedPackets(records, stage), datagrams, stage);
  });

  // What a stage counts at the reads of 20 messages of 64 bytes.
  for (const [protocol, how, counted, why] of [
    ['tcp', 'bytes', 1280, 'each copy out of a segment'],
    ['tcp', 'peek', 40, 'the look and the read'],
    ['tcp', 'splice', 0, 'nothing, for nothing is copied'],
    ['udp', 'peek', 20, 'the read alone'],
  ] as const) {
    it(`${protocol}, ${how}: counts ${why}`, async () => {
      using namespace = new NetworkNamespace();
      const records = await measured(namespace, READS, () =>
        namespace.traffic('reads', protocol, '4', '20', how),
      );
      assert.equal(keptAndLeftOut(records, `${protocol}-socket-read`, 'other').kept, counted);
    });
  }
});

describe('segments out of order', { skip, concurrency: false }, () => {
  it('count with their wait for the gap, or are left out as reordered', async () => {
    using namespace = new NetworkNamespace();
    // Only later segments tell of the loss, and the first of the long ones is lost, once.
    namespace.sysctl('net.ipv4.tcp_early_retrans', '0');
    namespace.nft(
      `table ${NFT_FAMILY} lossy { chain input { type filter hook input priority 0; policy accept;
      meta l4proto tcp meta length > 500 numgen inc mod 1000000 0 drop\n}\n}\n`,
    );
    const reads = 'stages: [tcp-socket-read]';
    const [keeping, dropping] = await measuredBy(
      namespace,
      [reads, `${reads}, filter: { reordered: drop }`],
      () => namespace.traffic('behind-gap', '4', '20'),
    );
    const all = keptAndLeftOut(keeping, 'tcp-socket-read', 'reordered');
    const inTime = keptAndLeftOut(dropping, 'tcp-socket-read', 'reordered');
    assert.equal(all.left_out, 0);
    assert.ok(inTime.left_out > 0, 'none was held up');
    assert.equal(inTime.kept + inTime.left_out, all.kept);
    // The one that was sent again closes the gap and is in time.
    assert.ok(inTime.kept >= 1, 'none was in time');
  });

  it('are none where nothing is lost', async () => {
    using namespace = new NetworkNamespace();
    const fields = 'stages: [tcp-socket-read], filter: { reordered: drop }';
    const records = await measured(namespace, fields, () =>
      namespace.traffic('messages', 'tcp', '4', '200', '0', '0'),
    );
    assert.deepEqual(keptAndLeftOut(records, 'tcp-socket-read', 'reordered'), { kept: 200, left_out: 0 });
  });
});

describe('MPTCP', { skip, concurrency: false }, () => {
  const hasMptcp = existsSync('/proc/sys/net/mptcp/enabled');

  it('counts at the reads like TCP, and before them by its subflows', {
    skip: !hasMptcp && 'this kernel has no MPTCP',
  }, async () => {
    using namespace = new NetworkNamespace();
    namespace.sysctl('net.mptcp.enabled', '1');
    const records = await measured(namespace, 'attach: auto', () =>
      namespace.traffic('messages', 'mptcp', '4', '200', '0', '0'),
    );
    assert.equal(stageTotals(records, 'tcp-socket-read').count, 200);
    assert.equal(skippedPackets(records, 'tcp-socket-read'), 0);
    for (const stage of ['ip-start', 'tcp-start', 'tcp-socket-enqueued']) {
      const { count } = stageTotals(records, stage);
      assert.ok(count === 0 || count >= 200, `${count} at ${stage}`);
    }
  });
});

describe('TCP between namespaces of this host', { skip, concurrency: false }, () => {
  it('is measured from its arrival, not from when it was sent', async () => {
    using pair = new VethPair();
    // 130 bytes and the header of Ethernet, one after the other: some 70 ms each.
    const queue = ['tbf', 'rate', '16kbit', 'burst', '2000', 'limit', '1mb'];
    pair.sender.execute('tc', 'qdisc', 'replace', 'dev', 'eth0', 'root', ...queue);
    await using queued = new AgentProcess(
      '  ebpf_stack_latency: { interval: 200ms, network_namespace: own, stages: [qdisc] }',
      { namespace: pair.sender },
    );
    await queued.live('ebpf_stack_latency');
    const records = await measured(pair.receiver, 'stages: [ip-start, tcp-start, tcp-socket-read]', () =>
      pair.messages('tcp', 4, 40, 'burst'),
    );
    const delayed = samplesAbove(stageTotals((await queued.stop()).records, 'qdisc'), 0.02);
    assert.ok(delayed > 0, 'nothing waited on its way');
    for (const stage of ['ip-start', 'tcp-start']) {
      const totals = stageTotals(records, stage);
      assert.equal(keptAndLeftOut(records, stage, 'transmit_stamp').left_out, 0, stage);
      if (stage === 'ip-start') assert.ok(totals.count > 0, stage);
      if (!skipTimes) assert.equal(samplesAbove(totals, 0.02), 0, stage);
    }
  });
});
