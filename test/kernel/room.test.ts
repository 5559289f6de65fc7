import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { AgentProcess, type OutputRecord } from './lib/agent-process.ts';
import { hasKernelName, NFT_FAMILY, whyNoKernelTests } from './lib/host.ts';
import { loadersOf } from './lib/loaders.ts';
import { NetworkNamespace } from './lib/network-namespace.ts';
import { keptAndLeftOut, skippedPackets } from './lib/stage-histograms.ts';
import { VethPair } from './lib/veth-pair.ts';

const skip = whyNoKernelTests() ?? false;

/** Runs the agent around the traffic; resolves to what it wrote, and how each part is attached. */
async function measured(
  namespace: NetworkNamespace,
  source: string,
  traffic: (agent: AgentProcess) => Promise<unknown>,
): Promise<{ readonly records: readonly OutputRecord[]; readonly start: string }> {
  await using agent = new AgentProcess(`  ${source}`, { namespace });
  await agent.live(source.slice(0, source.indexOf(':')));
  await traffic(agent);
  const { exitCode, records } = await agent.stop();
  assert.equal(exitCode, 0, agent.stderr);
  return { records, start: agent.stderr };
}

/** The traffic, while the loader sleeps and takes nothing from its ring. */
function whileStopped(traffic: () => Promise<unknown>): (agent: AgentProcess) => Promise<void> {
  return async (agent) => {
    const [loader] = loadersOf(agent.pid);
    process.kill(loader, 'SIGSTOP');
    await traffic();
    process.kill(loader, 'SIGCONT');
    // Or an emulated processor is still at it when the agent's time to stop is over.
    const isTold = ({ attributes, value }: OutputRecord) =>
      attributes['lagpipe.tcp.loss_reason'] === 'ring_full' && Number(value) > 0;
    await agent.until('the ring to have been full', () => agent.records().some(isTold));
  };
}

/** A counter over all intervals. */
function total(records: readonly OutputRecord[], metric: string, reason?: string): number {
  return records
    .filter((record) => record.metric === metric)
    .filter(({ attributes }) => reason === undefined || attributes['lagpipe.tcp.loss_reason'] === reason)
    .reduce((sum, { value }) => sum + Number(value), 0);
}

/** What others on this machine have open at the end. */
function latest(records: readonly OutputRecord[], gauge: string): number {
  return Number(records.findLast(({ metric }) => metric === gauge)?.value);
}

/** What only hooks keep in maps is not in use where a function tells it all. */
const servedByHook = (start: string, part: string) => start.includes(`${part} (by raw_tracepoint`);

/** What holds packets up as long as a process likes, and what sees them by their arrival even so. */
function whyNothingIsHeld(): string | false {
  if (!hasKernelName('BPF_LINK_TYPE_NETFILTER')) return 'this kernel has no netfilter links';
  const rules = 'table ip lagpipe_test { chain in { type filter hook input priority 0; queue num 0; }\n}\n';
  try {
    execFileSync('nft', ['--check', '-f', '-'], { input: rules, stdio: 'pipe' });
    return false;
  } catch {
    return 'this kernel has no queue for nft (nft_queue)';
  }
}

describe('more at once than there is room for', { skip, concurrency: false }, () => {
  it('packets in a queue: each is timed or counted as map_full', async () => {
    // The table has 16,384 places, so of so many at least 2,000 must go; of a few even the memory that they went.
    const packets = 18_400;
    const countsOf = (records: readonly OutputRecord[]) => {
      const { kept, left_out: full } = keptAndLeftOut(records, 'qdisc', 'map_full');
      const { left_out: forgotten } = keptAndLeftOut(records, 'qdisc', 'no_stamp');
      return { sum: kept + full + forgotten, full };
    };
    using pair = new VethPair();
    pair.receiver.nft('table ip quiet { chain in { type filter hook input priority 0; policy drop; }\n}\n');
    const queue = (rate: string) =>
      ['dev', 'eth0', 'root', 'tbf', 'rate', rate, 'burst', '2000', 'limit', '16mb'] as const;
    pair.sender.execute('tc', 'qdisc', 'replace', ...queue('8kbit'));
    const fields = 'stages: [qdisc], network_namespace: own, filter: { remote_addresses: [192.0.2.1] }';
    const { records } = await measured(
      pair.sender,
      `ebpf_stack_latency: { interval: 200ms, ${fields} }`,
      async (agent) => {
        await pair.sender.traffic('flood', '192.0.2.1', '9', `${packets}`);
        pair.sender.execute('tc', 'qdisc', 'change', ...queue('10gbit'));
        const seen = () => countsOf(agent.records()).sum;
        await agent.until('all packets to be sent', () => seen() >= packets, 60_000);
      },
    );
    const { sum, full } = countsOf(records);
    assert.equal(sum, packets);
    assert.ok(full >= 1000, `${full} map_full`);
  });

  it('packets in a driver: each is timed or counted as map_full', async () => {
    const packets = 18_400;
    using namespace = new NetworkNamespace();
    const fields = 'stages: [driver], network_namespace: own, filter: { interfaces: [wire] }';
    const { records } = await measured(namespace, `ebpf_stack_latency: { interval: 200ms, ${fields} }`, () =>
      namespace.traffic('tunnel', 'wire', `${packets}`, '0'),
    );
    const { kept, left_out: full } = keptAndLeftOut(records, 'driver', 'map_full');
    // The kernel sends a few of its own.
    assert.ok(kept + full >= packets && kept + full < packets + 20, `${kept} timed, ${full} map_full`);
    assert.ok(full >= 1000, `${full} map_full`);
  });

  it('packets of this host that are held up: each is timed or counted', {
    skip: whyNothingIsHeld(),
  }, async () => {
    // The table has 16,384 places, so of so many at least 3,600 must go.
    const packets = 20_000;
    using namespace = new NetworkNamespace();
    // Between their arrival, which is noted, and TCP. The answers to them would arrive as well.
    namespace.nft(`table ip held {
      chain in { type filter hook input priority 0; tcp dport 9 queue num 0; }
      chain out { type filter hook output priority 0; tcp flags & rst == rst drop; }\n}\n`);
    const fields = 'stages: [tcp-start], network_namespace: own, attach: hook';
    const { records } = await measured(namespace, `ebpf_stack_latency: { interval: 200ms, ${fields} }`, () =>
      namespace.traffic('held', '9', `${packets}`),
    );
    const { kept, left_out: full } = keptAndLeftOut(records, 'tcp-start', 'map_full');
    const { left_out: forgotten } = keptAndLeftOut(records, 'tcp-start', 'transmit_stamp');
    assert.equal(skippedPackets(records, 'tcp-start'), full + forgotten);
    assert.equal(kept + full + forgotten, packets);
    assert.ok(full >= 1000, `${full} map_full`);
    // TCP's packets lie at every second place in memory, and yet have room in the whole table.
    assert.ok(kept >= 10_000, `${kept} timed`);
  });

  it('datagrams in a socket: each read is timed or counted as map_full', async () => {
    using namespace = new NetworkNamespace();
    const fields = 'stages: [udp-socket-read], network_namespace: own';
    const { records, start } = await measured(
      namespace,
      `ebpf_stack_latency: { interval: 200ms, ${fields} }`,
      () => namespace.traffic('burst', 'udp', '4', '300'),
    );
    const { kept, left_out } = keptAndLeftOut(records, 'udp-socket-read', 'map_full');
    assert.equal(kept + left_out, 300);
    if (servedByHook(start, 'udp-socket-read')) assert.equal(left_out, 300 - 256);
  });

  it('sockets with datagrams: each read is timed or skipped with a reason', async () => {
    const sockets = 2500;
    using namespace = new NetworkNamespace();
    const fields = 'stages: [udp-socket-read], network_namespace: own';
    const { records, start } = await measured(
      namespace,
      `ebpf_stack_latency: { interval: 200ms, ${fields} }`,
      () => namespace.traffic('many', '4', `${sockets}`),
    );
    const { kept } = keptAndLeftOut(records, 'udp-socket-read', 'map_full');
    const skipped = skippedPackets(records, 'udp-socket-read');
    assert.equal(kept + skipped, sockets);
    if (servedByHook(start, 'udp-socket-read')) assert.ok(skipped >= sockets - 2048, `${skipped} skipped`);
  });

  it('connections with a gap: a read that was held up is never taken for one in time', async () => {
    const connections = 5500; // of which 4,096 have room
    using namespace = new NetworkNamespace();
    namespace.sysctl('net.ipv4.tcp_early_retrans', '0');
    // The first long segment of each is lost, so that the short one behind it waits.
    namespace.nft(`table ${NFT_FAMILY} lossy {
      set seen { type inet_service; flags dynamic; size 65536; }
      chain input {
        type filter hook input priority 0
        meta l4proto tcp meta length > 500 tcp sport != @seen add @seen { tcp sport } drop
      }\n}\n`);
    await using keeping = new AgentProcess(
      '  ebpf_stack_latency: { interval: 200ms, stages: [tcp-socket-read], network_namespace: own }',
      { namespace },
    );
    await keeping.live('ebpf_stack_latency');
    const { records } = await measured(
      namespace,
      'ebpf_stack_latency: { interval: 200ms, stages: [tcp-socket-read], network_namespace: own, filter: { reordered: drop } }',
      () => namespace.traffic('pairs', '4', `${connections}`),
    );
    const reads = keptAndLeftOut((await keeping.stop()).records, 'tcp-socket-read', 'reordered').kept;
    const { kept, left_out: late } = keptAndLeftOut(records, 'tcp-socket-read', 'reordered');
    const { left_out: full } = keptAndLeftOut(records, 'tcp-socket-read', 'map_full');
    assert.ok(reads >= connections, `${reads} reads`);
    assert.equal(kept + late + full, reads);
    assert.ok(late > 0 && full > 0, `${late} late, ${full} map_full`);
    // Of a connection that had room, one segment was in time and one was late, or they were joined.
    assert.ok(kept <= late, `${kept} in time, ${late} late`);
  });

  it('connect attempts: each is an event or counted as map_full', async () => {
    using pair = new VethPair();
    pair.receiver.nft('table ip quiet { chain in { type filter hook input priority 0; policy drop; }\n}\n');
    for (const [address, outcome] of [
      ['192.0.2.1', 'aborted'],
      ['203.0.113.1', 'unreachable'],
    ] as const) {
      const { records } = await measured(
        pair.sender,
        'ebpf_tcp_connect: { interval: 200ms, max_in_flight: 16 }',
        () => pair.sender.traffic('attempts', address, '80', '50', '500'),
      );
      const events = records.filter(
        ({ event, attributes }) => event === 'tcp.connect' && attributes['network.peer.address'] === address,
      );
      assert.equal(events.length, 16, outcome);
      assert.ok(events.every(({ attributes }) => attributes['lagpipe.tcp.outcome'] === outcome));
      assert.equal(total(records, 'lagpipe.tcp.connect.lost', 'map_full'), 34, outcome);
      assert.equal(total(records, 'lagpipe.tcp.connect.attempts'), 50, outcome);
    }
  });

  it('connections: each is an event or counted as map_full', async () => {
    using namespace = new NetworkNamespace();
    const { records } = await measured(
      namespace,
      'ebpf_tcp_life: { interval: 200ms, max_connections: 16 }',
      () => namespace.traffic('crowd', '4', '50'),
    );
    const events = records.filter(({ event }) => event === 'tcp.connection').length;
    const full = total(records, 'lagpipe.tcp.connection.lost', 'map_full');
    assert.ok(full > 0 && events >= 16, `${events} events, ${full} map_full`);
    assert.equal(total(records, 'lagpipe.tcp.connection.events'), events);
    assert.equal(total(records, 'lagpipe.tcp.connection.opened'), events + full);
  });

  it('connects while nobody takes them: each is an event or counted as ring_full', async () => {
    const connects = 33_000; // the ring holds some 29,000
    using namespace = new NetworkNamespace();
    const { records } = await measured(
      namespace,
      'ebpf_tcp_connect: { interval: 200ms }',
      whileStopped(() => namespace.traffic('refused', '4', `${connects}`)),
    );
    const events = records.filter(({ event }) => event === 'tcp.connect').length;
    const ringFull = total(records, 'lagpipe.tcp.connect.lost', 'ring_full');
    assert.ok(ringFull > 0, 'the ring was never full');
    assert.equal(total(records, 'lagpipe.tcp.connect.events'), events);
    const open = latest(records, 'lagpipe.tcp.connect.in_flight');
    assert.equal(total(records, 'lagpipe.tcp.connect.attempts'), events + ringFull + open);
    assert.ok(events + ringFull >= connects, `${events} events, ${ringFull} ring_full`);
  });

  it('closed connections while nobody takes them: each is an event or counted as ring_full', async () => {
    const connections = 13_000; // each has two ends, and the ring holds some 23,000
    using namespace = new NetworkNamespace();
    const { records } = await measured(
      namespace,
      'ebpf_tcp_life: { interval: 200ms }',
      whileStopped(() => namespace.traffic('connects', '4', `${connections}`)),
    );
    const events = records.filter(({ event }) => event === 'tcp.connection').length;
    const ringFull = total(records, 'lagpipe.tcp.connection.lost', 'ring_full');
    assert.ok(ringFull > 0, 'the ring was never full');
    assert.equal(total(records, 'lagpipe.tcp.connection.events'), events);
    const open = latest(records, 'lagpipe.tcp.connection.in_flight');
    assert.equal(total(records, 'lagpipe.tcp.connection.opened'), events + ringFull + open);
    assert.ok(events + ringFull >= 2 * connections, `${events} events, ${ringFull} ring_full`);
  });

  it('events while nobody takes them: each is sent, suppressed or counted as ring_full', async () => {
    // The ring holds 7,700; as many events at once as there may be in a second do not fit.
    const datagrams = 9500;
    using namespace = new NetworkNamespace();
    const { records } = await measured(
      namespace,
      'ebpf_tcp_events: { interval: 200ms, network_namespace: own, events: [drop], max_events_per_second: 10000 }',
      whileStopped(() => namespace.traffic('unwanted', '4', `${datagrams}`)),
    );
    const sum = (name: string) => total(records, `lagpipe.tcp_events.${name}`);
    const ringFull = total(records, 'lagpipe.tcp_events.lost', 'ring_full');
    const events = records.filter(({ event }) => event === 'packet.drop').length;
    // Where a drop interrupts the probe of another, the kernel leaves it out and says how often.
    const missed = total(records, 'lagpipe.tcp_events.lost', 'missed');
    assert.ok(sum('seen') + missed >= datagrams, `${sum('seen')} seen, ${missed} missed`);
    assert.ok(ringFull > 0, 'the ring was never full');
    assert.equal(sum('events'), events);
    assert.equal(sum('seen'), events + sum('suppressed') + ringFull);
  });
});
