import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { cgroupMount } from '../../src/sources/ebpf/cgroup-ids.ts';
import { AgentProcess, type OutputRecord } from './lib/agent-process.ts';
import { whyNoKernelTests } from './lib/host.ts';
import { loadersOf } from './lib/loaders.ts';
import { NetworkNamespace } from './lib/network-namespace.ts';
import { keptAndLeftOut, skippedPackets, stageTotals } from './lib/stage-histograms.ts';
import { VethPair } from './lib/veth-pair.ts';
import { CONFINED, WrappedLoader } from './lib/wrapped-loader.ts';

const skip = whyNoKernelTests() ?? false;
const SOURCE = 'ebpf_stack_latency';
const COUNT = 200;
const STARTS = ['tcp-start', 'udp-start'];

/** In a namespace of its own, by hooks alone; what happens elsewhere on this machine is left out by a filter. */
function agentBeside(home: NetworkNamespace, fields: string): AgentProcess {
  return new AgentProcess(`  ${SOURCE}: { interval: 200ms, attach: hook, ${fields} }`, { namespace: home });
}

/** What an agent that may not enter namespaces writes of the traffic in others, and how each stage is attached. */
async function measured(
  fields: string,
  traffic: () => Promise<unknown>,
): Promise<{ readonly records: readonly OutputRecord[]; readonly start: string }> {
  using _confined = new WrappedLoader(`exec ${CONFINED}`);
  using home = new NetworkNamespace();
  await using agent = agentBeside(home, fields);
  await agent.live(SOURCE);
  await traffic();
  const { exitCode, records } = await agent.stop();
  assert.equal(exitCode, 0, agent.stderr);
  return { records, start: agent.stderr };
}

const messages = (protocol: string, version: string, port: string) =>
  ['messages', protocol, version, `${COUNT}`, '0', '0', port] as const;

/** As one word of the shell. */
const inQuotes = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** How a stage is attached, by the table of the start-up line: `tcp-start (by cgroup`. */
const wayOf = (start: string, stage: string) => new RegExp(`${stage} \\(by ([a-z_]+)`).exec(start)?.[1];

describe('network namespaces that may not be entered', { skip, concurrency: false }, () => {
  it('are seen at every start stage, and the start says how', async () => {
    using other = new NetworkNamespace();
    const { records, start } = await measured(`filter: { network_namespaces: [${other.name}] }`, async () => {
      for (const version of ['4', '6'])
        for (const protocol of ['udp', 'tcp']) await other.traffic(...messages(protocol, version, '7022'));
    });
    for (const stage of STARTS) assert.match(`${wayOf(start, stage)}`, /^(netfilter|cgroup)$/);
    assert.equal(stageTotals(records, 'udp-start').count, 2 * COUNT);
    // Acknowledgements, handshakes and the end of a connection are segments too.
    const segments = stageTotals(records, 'tcp-start').count;
    assert.ok(segments > 2 * COUNT + 2 * 3, `${segments} segments`);
  });

  it('count what finds its socket, handshakes and closing too, and nothing else', async () => {
    using other = new NetworkNamespace();
    const fields = `filter: { network_namespaces: [${other.name}], remote_addresses: [127.0.0.0/8] }`;
    const found = await measured(fields, async () => other.traffic('connects', '4', `${COUNT}`));
    const segments = stageTotals(found.records, 'ip-start').count;
    assert.ok(segments >= 4 * COUNT, `${segments} segments`);
    assert.equal(stageTotals(found.records, 'tcp-start').count, segments);
    const lost = await measured(fields, async () => {
      await other.traffic('refused', '4', `${COUNT}`);
      await other.traffic('unwanted', '4', `${COUNT}`);
    });
    // The answers find theirs: resets. So do the ICMP messages, which are not UDP.
    assert.equal(stageTotals(lost.records, 'tcp-start').count, COUNT);
    assert.equal(stageTotals(lost.records, 'udp-start').count, 0);
  });

  it('are seen by a tracepoint from a container, which has only a part of the cgroup v2 tree', async () => {
    const mount = cgroupMount(readFileSync('/proc/self/mounts', 'utf8'))!;
    const folder = join(mount, `lagpipe-test-${process.pid}`);
    const inside = `umount ${mount} && mount -t cgroup2 none ${mount} && exec "$@"`;
    const outside = `echo $$ > ${folder}/cgroup.procs && exec unshare --cgroup --mount sh -c '${inside}' sh "$@"`;
    mkdirSync(folder);
    try {
      using _confined = new WrappedLoader(`exec sh -c ${inQuotes(outside)} sh ${CONFINED}`);
      using home = new NetworkNamespace();
      using other = new NetworkNamespace();
      const filter = `filter: { network_namespaces: [${other.name}] }`;
      await using agent = agentBeside(home, `stages: [tcp-start, udp-start], ${filter}`);
      await agent.live(SOURCE);
      await other.traffic(...messages('tcp', '4', '7022'));
      const { records } = await agent.stop();
      const segments = stageTotals(records, 'tcp-start').count;
      assert.ok(segments >= COUNT, `${segments} segments`);
      // Where a netfilter link does not serve it either.
      if (wayOf(agent.stderr, 'udp-start') === undefined)
        assert.match(agent.stderr, /udp-start by cgroup: of the cgroup v2 tree only a part is mounted here/);
    } finally {
      rmdirSync(folder);
    }
  });

  it('keep every packet: what is measured is delivered, also when the loader dies', async () => {
    using _confined = new WrappedLoader(`exec ${CONFINED}`);
    using home = new NetworkNamespace();
    using other = new NetworkNamespace();
    await using agent = agentBeside(home, 'stages: [tcp-start, udp-start]');
    await agent.live(SOURCE);
    // The traffic fails when a message does not arrive.
    const exchange = async () => {
      for (const protocol of ['udp', 'tcp']) await other.traffic(...messages(protocol, '4', '0'));
    };
    await exchange();
    const [loader] = loadersOf(agent.pid);
    const during = exchange();
    process.kill(loader, 'SIGKILL');
    await during;
    await exchange();
    await agent.stop();
  });

  for (const [filter, passes, fails] of [
    ['local_ports: [6999, 7022]', ['4', '7022'], ['4', '7023']],
    ['ip_version: ipv6', ['6', '7022'], ['4', '7022']],
    ['remote_addresses: [10.0.0.0/8, 127.0.0.0/31]', ['4', '7022'], ['6', '7022']],
    ['interfaces: [eth0, lo]', ['6', '7022'], undefined],
    ['interfaces: [l, lo0]', undefined, ['6', '7022']],
  ] as const) {
    it(`{ ${filter} } keeps what passes there and counts the rest`, async () => {
      using other = new NetworkNamespace();
      const { records } = await measured(
        `stages: [tcp-start, udp-start], filter: { network_namespaces: [${other.name}], ${filter} }`,
        async () => {
          for (const one of [passes, fails])
            for (const protocol of ['udp', 'tcp'])
              if (one !== undefined) await other.traffic(...messages(protocol, one[0], one[1]));
        },
      );
      const datagrams = keptAndLeftOut(records, 'udp-start', 'filtered');
      assert.equal(datagrams.kept, passes ? COUNT : 0);
      assert.ok(datagrams.left_out >= (fails ? COUNT : 0), `${datagrams.left_out} left out`);
      const segments = keptAndLeftOut(records, 'tcp-start', 'filtered');
      if (passes) assert.ok(segments.kept >= COUNT, `${segments.kept} segments`);
      else assert.equal(segments.kept, 0);
    });
  }

  it('have groups by interface, namespace and port there', async () => {
    using pair = new VethPair();
    const { records } = await measured(
      `group_by: [interface, netns, local_port], stages: [udp-start], filter: { network_namespaces: [${pair.receiver.name}] }`,
      async () => {
        await pair.messages('udp', 4, COUNT, 'lockstep');
        await pair.receiver.traffic(...messages('udp', '6', '7022'));
      },
    );
    const groups = Map.groupBy(
      records.filter(({ metric }) => metric === 'lagpipe.stack.latency'),
      ({ attributes }) => `${attributes['network.interface.name']} in ${attributes['lagpipe.netns.name']}`,
    );
    for (const interface_ of ['eth0', 'lo']) {
      const points = groups.get(`${interface_} in ${pair.receiver.name}`) ?? [];
      assert.equal(stageTotals(points, 'udp-start').count, COUNT, interface_);
    }
    const ports = records.map(({ attributes }) => attributes['network.local.port']);
    assert.ok(ports.includes(7022));
  });

  it('are sampled as others are', async () => {
    using other = new NetworkNamespace();
    const { records } = await measured(
      `sample_one_in: 4, stages: [udp-start], filter: { network_namespaces: [${other.name}] }`,
      () => other.traffic('messages', 'udp', '4', '2000', '0', '0', '7022'),
    );
    const { kept, left_out } = keptAndLeftOut(records, 'udp-start', 'sampled_out');
    assert.equal(kept + left_out, 2000);
    assert.equal(skippedPackets(records, 'udp-start') >= left_out, true);
    // 500 are expected, with a standard deviation of 19.4: this is 7 of them.
    assert.ok(kept > 364 && kept < 636, `${kept} of 2000`);
  });
});
