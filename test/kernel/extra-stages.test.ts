import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentProcess, type OutputRecord } from './lib/agent-process.ts';
import { trafficBinary, whyNoKernelTests } from './lib/host.ts';
import { NetworkNamespace } from './lib/network-namespace.ts';
import { keptAndLeftOut, samplesAbove, skippedPackets, stageTotals } from './lib/stage-histograms.ts';

const DATAGRAMS = 200;
const skip = whyNoKernelTests() ?? false;

/** Sends datagrams of 64 bytes to an address where nobody answers but every packet is taken. */
const SENDER = `
const socket = require('node:dgram').createSocket('udp4');
const [address, port, count] = process.argv.slice(1);
let left = Number(count);
const send = () => (left-- > 0 ? socket.send(Buffer.alloc(64), Number(port), address, send) : socket.close());
send();
`;

/** One end of a veth pair in each of two namespaces, with a fixed neighbour so that no ARP is counted. */
class Pair implements Disposable {
  readonly sender = new NetworkNamespace();
  readonly receiver = new NetworkNamespace();

  constructor() {
    const { sender, receiver } = this;
    for (const each of [sender, receiver]) {
      each.sysctl('net.ipv6.conf.all.disable_ipv6', '1');
      each.sysctl('net.ipv6.conf.default.disable_ipv6', '1');
    }
    sender.ip(
      'link',
      'add',
      'out',
      'address',
      '02:00:00:00:00:01',
      'type',
      'veth',
      'peer',
      'name',
      'in',
      'address',
      '02:00:00:00:00:02',
      'netns',
      receiver.name,
    );
    sender.ip('addr', 'add', '10.9.0.1/24', 'dev', 'out');
    receiver.ip('addr', 'add', '10.9.0.2/24', 'dev', 'in');
    receiver.ip('link', 'set', 'in', 'up');
    sender.ip('link', 'set', 'out', 'up');
    sender.ip('neigh', 'replace', '10.9.0.2', 'lladdr', '02:00:00:00:00:02', 'dev', 'out');
    receiver.nft('table ip quiet { chain input { type filter hook input priority 0; policy drop; }\n}\n');
  }

  send(port: number, count: number, address = '10.9.0.2'): void {
    this.sender.execute(process.execPath, '-e', SENDER, address, `${port}`, `${count}`);
  }

  [Symbol.dispose](): void {
    this.sender[Symbol.dispose]();
    this.receiver[Symbol.dispose]();
  }
}

async function measured(
  namespace: NetworkNamespace,
  config: string,
  traffic: () => void,
): Promise<OutputRecord[]> {
  await using agent = new AgentProcess(`  ebpf_stack_latency: { interval: 200ms, ${config} }`, { namespace });
  await agent.live('ebpf_stack_latency');
  traffic();
  const { exitCode, records } = await agent.stop();
  assert.equal(exitCode, 0, agent.stderr);
  return records;
}

describe('stages before the stamp and on the way out', { skip, concurrency: false }, () => {
  const qdisc = 'stages: [qdisc], network_namespace: own';

  it('counts every datagram at an interface without a queue', async () => {
    using pair = new Pair();
    const records = await measured(pair.sender, qdisc, () => pair.send(9, DATAGRAMS));
    assert.equal(stageTotals(records, 'qdisc').count, DATAGRAMS);
    assert.equal(skippedPackets(records, 'qdisc'), 0);
  });

  it('shows the wait behind a slow rate, and takes what the queue dropped for nothing', async () => {
    using pair = new Pair();
    pair.sender.execute('tc', 'qdisc', 'replace', 'dev', 'out', 'root', 'pfifo', 'limit', '1000');
    const atOnce = await measured(pair.sender, qdisc, () => pair.send(9, DATAGRAMS));
    assert.equal(stageTotals(atOnce, 'qdisc').count, DATAGRAMS);
    // 106 bytes each with the header of Ethernet: 16 kbit/s are one in 53 ms, and four have room.
    pair.sender.execute(
      'tc',
      'qdisc',
      'replace',
      'dev',
      'out',
      'root',
      'tbf',
      'rate',
      '16kbit',
      'burst',
      '128',
      'limit',
      '424',
    );
    const records = await measured(pair.sender, qdisc, () => {
      pair.send(9, 50);
      pair.sender.execute('sleep', '0.5');
    });
    const [, sent, dropped] = pair.sender
      .execute('tc', '-s', 'qdisc', 'show', 'dev', 'out')
      .match(/Sent \d+ bytes (\d+) pkt \(dropped (\d+),/)!;
    assert.equal(Number(sent) + Number(dropped), 50);
    assert.ok(Number(dropped) > 0);
    const totals = stageTotals(records, 'qdisc');
    assert.equal(totals.count, Number(sent));
    assert.equal(skippedPackets(records, 'qdisc'), 0);
    assert.ok(samplesAbove(totals, 0.02) >= Number(sent) - 2);
  });

  it('filters by the address and the interface that a packet is sent to', async () => {
    using pair = new Pair();
    const filter = 'filter: { interfaces: [out], remote_addresses: [10.9.0.2], ip_version: ipv4 }';
    const wanted = await measured(pair.sender, `${qdisc}, ${filter}`, () => pair.send(9, DATAGRAMS));
    assert.deepEqual(keptAndLeftOut(wanted, 'qdisc', 'filtered'), { kept: DATAGRAMS, left_out: 0 });
    const others = `${qdisc}, filter: { remote_addresses: [10.9.0.1] }`;
    const unwanted = await measured(pair.sender, others, () => pair.send(9, DATAGRAMS));
    assert.deepEqual(keptAndLeftOut(unwanted, 'qdisc', 'filtered'), { kept: 0, left_out: DATAGRAMS });
  });

  for (const stage of ['qdisc', 'driver']) {
    it(`${stage} tells groups by the interface that sends`, async () => {
      using pair = new Pair();
      const fields = `stages: [${stage}], network_namespace: own, group_by: [interface]`;
      const records = await measured(pair.sender, fields, () => pair.send(9, DATAGRAMS));
      const names = records
        .filter(({ metric }) => metric === 'lagpipe.stack.latency')
        .map(({ attributes }) => attributes['network.interface.name']);
      assert.deepEqual([...new Set(names)], ['out']);
      assert.equal(stageTotals(records, stage).count, DATAGRAMS);
    });
  }

  it('counts every packet at the driver until it lets go of it, once for each interface of a stack', async () => {
    using pair = new Pair();
    const driver = 'stages: [driver], network_namespace: own, group_by: [interface]';
    pair.sender.ip('link', 'add', 'link', 'out', 'name', 'upper', 'type', 'macvlan');
    pair.sender.ip('address', 'add', '10.10.0.1/24', 'dev', 'upper');
    pair.sender.ip('link', 'set', 'upper', 'up');
    pair.sender.ip('neigh', 'replace', '10.10.0.2', 'lladdr', '02:00:00:00:00:02', 'dev', 'upper');
    const records = await measured(pair.sender, driver, () => pair.send(9, DATAGRAMS, '10.10.0.2'));
    const counts: Record<string, number> = {};
    for (const { metric, attributes, value } of records) {
      const name = `${attributes['network.interface.name']}`;
      if (metric === 'lagpipe.stack.latency') counts[name] = (counts[name] ?? 0) + value!.count;
    }
    assert.deepEqual(counts, { upper: DATAGRAMS, out: DATAGRAMS });
    assert.equal(skippedPackets(records, 'driver'), 0);
  });

  it('shows the wait for a reader behind a driver, which is a TUN device here', async () => {
    using pair = new Pair();
    const held = `stages: [driver], network_namespace: own, filter: { interfaces: [wire] }`;
    const records = await measured(pair.sender, held, () => {
      const { packets } = JSON.parse(pair.sender.execute(trafficBinary(), 'tunnel', 'wire', '20', '30'));
      assert.equal(packets, 20);
    });
    const totals = stageTotals(records, 'driver');
    assert.equal(totals.count, 20);
    assert.ok(samplesAbove(totals, 0.025) >= 20, `${samplesAbove(totals, 0.025)} late`);
  });

  it('measures the softirq and its polls, and samples all of them', async () => {
    using pair = new Pair();
    const softirqs = 'stages: [softirq-raised, napi-poll]';
    const records = await measured(pair.sender, softirqs, () => pair.send(9, DATAGRAMS));
    for (const stage of ['softirq-raised', 'napi-poll']) {
      const { count } = stageTotals(records, stage);
      const skipped = skippedPackets(records, stage);
      assert.ok(count >= 1, `${count} at ${stage}`);
      assert.ok(count > skipped, `${count} counted, ${skipped} skipped at ${stage}`);
    }
    const sampled = await measured(pair.sender, `${softirqs}, sample_one_in: 1000000`, () =>
      pair.send(9, DATAGRAMS),
    );
    for (const stage of ['softirq-raised', 'napi-poll'])
      assert.ok(keptAndLeftOut(sampled, stage, 'sampled_out').left_out >= 1, stage);
  });
});
