import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { cgroupMount } from '../../src/sources/ebpf/cgroup-ids.ts';
import { AgentProcess, type OutputRecord } from './lib/agent-process.ts';
import { hasKernelName, trafficBinary, whyNoKernelTests } from './lib/host.ts';
import { NetworkNamespace } from './lib/network-namespace.ts';
import { keptAndLeftOut } from './lib/stage-histograms.ts';

const skip = whyNoKernelTests() ?? false;
const COUNT = 200;
const READS = 'stages: [tcp-socket-read, udp-socket-read]';
/** Every stage that a UDP datagram passes. */
const UDP_STAGES = ['ip-start', 'udp-start', 'udp-socket-enqueued', 'udp-socket-read'];

/** Runs the agent with these fields around the traffic, and returns what it wrote. */
async function measured(
  namespace: NetworkNamespace,
  fields: string,
  traffic: () => Promise<unknown>,
): Promise<OutputRecord[]> {
  const source = `  ebpf_stack_latency: { interval: 200ms, network_namespace: own, ${fields} }`;
  await using agent = new AgentProcess(source, { namespace });
  await agent.live('ebpf_stack_latency');
  await traffic();
  const { exitCode, records } = await agent.stop();
  assert.equal(exitCode, 0, agent.stderr);
  return records;
}

/** The traffic generator, ready to begin: its process ID is known before the agent starts. */
function waitingTraffic(namespace: NetworkNamespace, before: string, ...arguments_: string[]) {
  const script = `${before} read go && exec "$0" "$@"`;
  const [file, ...rest] = namespace.command('sh', '-c', script, trafficBinary(), ...arguments_);
  const child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  const done = text(child.stdout!);
  return {
    pid: child.pid!,
    begin: () => {
      child.stdin!.end('go\n');
      return done;
    },
  };
}

/** `blue0` here and `red0` there. */
function joinByVeth(here: NetworkNamespace, there: NetworkNamespace): void {
  here.ip('link', 'add', 'blue0', 'type', 'veth', 'peer', 'name', 'red0', 'netns', there.name);
  here.ip('address', 'add', '192.0.2.1/30', 'dev', 'blue0');
  there.ip('address', 'add', '192.0.2.2/30', 'dev', 'red0');
  here.ip('link', 'set', 'blue0', 'up');
  there.ip('link', 'set', 'red0', 'up');
}

function across(here: NetworkNamespace, there: NetworkNamespace, protocol: string): Promise<unknown> {
  return here.traffic('across', `/run/netns/${there.name}`, protocol, '192.0.2.1', `${COUNT}`, 'lockstep');
}

describe('filters of the receive-path stages', { skip, concurrency: false }, () => {
  const messages = (protocol: string, version: string, port = '7000') =>
    ['messages', protocol, version, `${COUNT}`, '0', '0', port] as const;

  for (const [filter, passes, fails] of [
    ['ip_version: ipv4', messages('udp', '4'), messages('udp', '6')],
    ['ip_version: ipv6', messages('udp', '6'), messages('udp', '4')],
    ['local_ports: [6999, 7000]', messages('udp', '6'), messages('udp', '6', '7001')],
    ['remote_addresses: [10.0.0.0/8, 127.0.0.0/31]', messages('udp', '4'), messages('udp', '6')],
    ['remote_addresses: ["::/127"]', messages('udp', '6'), messages('udp', '4')],
    ['interfaces: [eth0, lo]', messages('udp', '4'), undefined],
    ['interfaces: [l, lo0]', undefined, messages('udp', '4')],
  ] as const) {
    it(`{ ${filter} } keeps what passes and counts the rest, at every stage`, async () => {
      using namespace = new NetworkNamespace();
      const records = await measured(namespace, `filter: { ${filter} }`, async () => {
        if (passes !== undefined) await namespace.traffic(...passes);
        if (fails !== undefined) await namespace.traffic(...fails);
      });
      const expected = { kept: passes ? COUNT : 0, left_out: fails ? COUNT : 0 };
      for (const stage of UDP_STAGES)
        assert.deepEqual(keptAndLeftOut(records, stage, 'filtered'), expected, stage);
    });
  }

  it('by local port keeps one side of a TCP conversation', async () => {
    using namespace = new NetworkNamespace();
    const records = await measured(namespace, 'filter: { local_ports: [7000] }', () =>
      namespace.traffic(...messages('tcp', '4')),
    );
    assert.equal(keptAndLeftOut(records, 'tcp-socket-read', 'filtered').kept, COUNT);
    for (const stage of ['ip-start', 'tcp-start']) {
      const { kept, left_out } = keptAndLeftOut(records, stage, 'filtered');
      assert.ok(kept >= COUNT && left_out > 0, `${stage}: ${kept} kept, ${left_out} left out`);
    }
  });

  for (const protocol of ['tcp', 'udp']) {
    it(`by interface tells a veth from loopback (${protocol})`, async () => {
      using namespace = new NetworkNamespace();
      using other = new NetworkNamespace();
      joinByVeth(namespace, other);
      const stages = [`${protocol}-start`, `${protocol}-socket-enqueued`, `${protocol}-socket-read`];
      const fields = `stages: [${stages}], filter: { interfaces: [blue0] }`;
      const records = await measured(namespace, fields, async () => {
        await across(namespace, other, protocol);
        await namespace.traffic(...messages(protocol, '4'));
      });
      for (const stage of stages) {
        const { kept, left_out } = keptAndLeftOut(records, stage, 'filtered');
        if (stage.endsWith('read') || protocol === 'udp')
          assert.deepEqual({ kept, left_out }, { kept: COUNT, left_out: COUNT }, stage);
        else assert.ok(kept >= COUNT && left_out >= COUNT, `${stage}: ${kept} kept, ${left_out} left out`);
      }
    });
  }

  it('by process keeps what that process reads', async () => {
    using namespace = new NetworkNamespace();
    const wanted = waitingTraffic(namespace, '', ...messages('tcp', '4'));
    const records = await measured(namespace, `${READS}, filter: { pids: [${wanted.pid}] }`, async () => {
      await wanted.begin();
      await namespace.traffic(...messages('tcp', '6', '7001'));
    });
    const expected = { kept: COUNT, left_out: COUNT };
    assert.deepEqual(keptAndLeftOut(records, 'tcp-socket-read', 'filtered'), expected);
  });

  it('by cgroup keeps what its children read, and groups have the path as their name', async () => {
    using namespace = new NetworkNamespace();
    const mount = cgroupMount(readFileSync('/proc/self/mounts', 'utf8'))!;
    const parent = `/lagpipe-test-${process.pid}`;
    const child = `${parent}/child`;
    mkdirSync(join(mount, child), { recursive: true });
    try {
      const wanted = waitingTraffic(
        namespace,
        `echo $$ > ${join(mount, child)}/cgroup.procs;`,
        ...messages('udp', '4'),
      );
      const fields = `${READS}, filter: { cgroups: [${parent}] }, group_by: [cgroup]`;
      const records = await measured(namespace, fields, async () => {
        await wanted.begin();
        await namespace.traffic(...messages('udp', '4', '7001'));
      });
      const expected = { kept: COUNT, left_out: COUNT };
      assert.deepEqual(keptAndLeftOut(records, 'udp-socket-read', 'filtered'), expected);
      const group = records.find(({ attributes }) => attributes['lagpipe.cgroup.id'] !== undefined);
      assert.equal(group?.attributes['lagpipe.cgroup.path'], child);
    } finally {
      rmdirSync(join(mount, child));
      rmdirSync(join(mount, parent));
    }
  });

  it('by queue length keeps the reads that leave enough behind', async () => {
    using namespace = new NetworkNamespace();
    const fields = `${READS}, filter: { min_queue_length: 10 }`;
    const records = await measured(namespace, fields, () => namespace.traffic('burst', 'udp', '4', '50'));
    assert.deepEqual(keptAndLeftOut(records, 'udp-socket-read', 'filtered'), { kept: 40, left_out: 10 });
  });

  it('by sampling loses none: sampled and sampled out are what was seen', async () => {
    using namespace = new NetworkNamespace();
    const records = await measured(namespace, 'sample_one_in: 4', () =>
      namespace.traffic('messages', 'udp', '4', '2000', '0', '0'),
    );
    for (const stage of UDP_STAGES) {
      const { kept, left_out } = keptAndLeftOut(records, stage, 'sampled_out');
      assert.equal(kept + left_out, 2000, stage);
      // 500 are expected, with a standard deviation of 19.4: this is 7 of them.
      assert.ok(kept > 364 && kept < 636, `${stage}: ${kept} of 2000`);
    }
  });
});

describe('groups of the receive-path stages', { skip, concurrency: false }, () => {
  it('have the packets of their port, and the rest counts together when there are too many', async () => {
    using namespace = new NetworkNamespace();
    const fields = 'group_by: [local_port], max_groups: 2, stages: [udp-start, udp-socket-read]';
    const records = await measured(namespace, fields, async () => {
      for (const port of ['7000', '7001', '7002', '7003', '7000'])
        await namespace.traffic('messages', 'udp', '4', '100', '0', '0', port);
    });
    for (const stage of ['udp-start', 'udp-socket-read'])
      assert.deepEqual(countsByPort(records, stage), { 7000: 200, 7001: 100, overflow: 200 }, stage);
  });

  it('have the names of their interface and network namespace', async () => {
    using namespace = new NetworkNamespace();
    using other = new NetworkNamespace();
    joinByVeth(namespace, other);
    const stages = ['udp-start', 'udp-socket-enqueued', 'udp-socket-read'];
    const fields = `group_by: [interface, netns], stages: [${stages}]`;
    const records = await measured(namespace, fields, async () => {
      await across(namespace, other, 'udp');
      await namespace.traffic('messages', 'udp', '4', '50', '0', '0');
    });
    for (const stage of stages) {
      const counts = countsBy(records, stage, ({ attributes }) => `${attributes['network.interface.name']}`);
      assert.deepEqual(counts, { blue0: COUNT, lo: 50 }, stage);
    }
    const names = records.flatMap(({ attributes }) => attributes['lagpipe.netns.name'] ?? []);
    assert.deepEqual(new Set(names), new Set([namespace.name]));
  });

  it('are forgotten when they fall silent, and make room', {
    skip:
      !skip &&
      !hasKernelName('htab_percpu_map_lookup_and_delete_elem') &&
      'this kernel cannot read and remove an entry in one step, so a group stays: 5.14 can',
  }, async () => {
    using namespace = new NetworkNamespace();
    const fields = 'group_by: [local_port], max_groups: 1, group_idle: 200ms, stages: [udp-start]';
    const source = `  ebpf_stack_latency: { interval: 100ms, network_namespace: own, ${fields} }`;
    await using agent = new AgentProcess(source, { namespace });
    await agent.live('ebpf_stack_latency');
    const send = (port: string) => namespace.traffic('messages', 'udp', '4', '10', '0', '0', port);
    const ports = () => countsByPort(agent.records(), 'udp-start');
    await send('7000');
    let sent = 0;
    // Each round goes to the new group once the old one is gone, and together with the rest until then.
    await agent.until('7001 to get a group', () => {
      sent += 10;
      namespace.execute(trafficBinary(), 'messages', 'udp', '4', '10', '0', '0', '7001');
      return ports()[7001] !== undefined;
    });
    const { records } = await agent.stop();
    const counts = countsByPort(records, 'udp-start');
    assert.equal(counts[7000], 10);
    assert.equal(counts[7001] + (counts.overflow ?? 0), sent);
  });
});

function countsByPort(records: readonly OutputRecord[], stage: string): Record<string, number> {
  return countsBy(records, stage, ({ attributes }) =>
    attributes['otel.metric.overflow'] ? 'overflow' : `${attributes['network.local.port']}`,
  );
}

function countsBy(
  records: readonly OutputRecord[],
  stage: string,
  keyOf: (record: OutputRecord) => string,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const record of records) {
    if (record.metric !== 'lagpipe.stack.latency' || record.attributes['lagpipe.stack.stage'] !== stage)
      continue;
    const key = keyOf(record);
    counts[key] = (counts[key] ?? 0) + record.value!.count;
  }
  return counts;
}
