import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AgentProcess, type OutputRecord } from './lib/agent-process.ts';
import { IP_VERSION, whyNoIp, whyNoKernelTests } from './lib/host.ts';
import { NetworkNamespace } from './lib/network-namespace.ts';

const skip = whyNoKernelTests() ?? false;
const CONNECTS = 10_000;

/** Documentation addresses (RFC 5737, RFC 3849): on the link, by a neighbour entry, but nobody answers. */
const BLACKHOLE = { 4: '192.0.2.2', 6: '2001:db8::2' } as const;
/** On the link, but without a neighbour entry: resolving it fails. */
const ABSENT = { 4: '192.0.2.3', 6: '2001:db8::3' } as const;
const REJECTED_BY_ROUTE = { 4: '198.51.100.1', 6: '2001:db8:1::1' } as const;
const WITHOUT_ROUTE = { 4: '203.0.113.1', 6: '2001:db8:2::1' } as const;

function addBlackhole(namespace: NetworkNamespace): void {
  namespace.ip('link', 'add', 'hole0', 'type', 'veth', 'peer', 'name', 'hole1');
  namespace.ip('link', 'set', 'hole0', 'up');
  namespace.ip('link', 'set', 'hole1', 'up');
  namespace.ip('address', 'add', '192.0.2.1/24', 'dev', 'hole0');
  if (whyNoIp(6) === undefined) namespace.ip('address', 'add', '2001:db8::1/64', 'dev', 'hole0', 'nodad');
  for (const version of [4, 6] as const) {
    if (whyNoIp(version) !== undefined) continue;
    const neighbour = [BLACKHOLE[version], 'lladdr', '02:00:00:00:00:99', 'dev', 'hole0', 'nud', 'permanent'];
    namespace.ip('neigh', 'add', ...neighbour);
    namespace.ip(`-${version}`, 'route', 'add', 'unreachable', REJECTED_BY_ROUTE[version]);
    // Resolving an absent neighbour gives up after three tries; it has to before the SYN's retries do.
    namespace.sysctl(`net.ipv${version}.neigh.hole0.retrans_time_ms`, '100');
  }
  namespace.sysctl('net.ipv4.tcp_syn_retries', '1');
}

function connectsTo(records: readonly OutputRecord[], address: string): OutputRecord[] {
  return records.filter(
    (record) => record.event === 'tcp.connect' && record.attributes['network.peer.address'] === address,
  );
}

describe('connect outcomes', { skip, concurrency: false }, () => {
  let namespace: NetworkNamespace;
  let agent: AgentProcess;

  before(async () => {
    namespace = new NetworkNamespace();
    addBlackhole(namespace);
    agent = new AgentProcess('  ebpf_tcp_connect: { interval: 200ms }', { namespace });
    await agent.live('ebpf_tcp_connect');
  });

  after(async () => {
    await agent?.[Symbol.asyncDispose]();
    namespace?.[Symbol.dispose]();
  });

  /** Makes one attempt and waits for its event; more than one event for it is a failure too. */
  async function eventOf(address: string, port: number, ...how: string[]): Promise<OutputRecord> {
    const known = agent.records().length;
    const { pid } = await namespace.timedTraffic('connect', address, `${port}`, ...how);
    const events = () =>
      connectsTo(agent.records().slice(known), address).filter(
        (record) =>
          record.attributes['network.peer.port'] === port && record.attributes['process.pid'] === pid,
      );
    await agent.until(`the event of a connect to ${address}`, () => events().length > 0);
    assert.equal(events().length, 1);
    return events()[0];
  }

  for (const version of [4, 6] as const) {
    describe(`IPv${version}`, { skip: whyNoIp(version) ?? false, concurrency: false }, () => {
      it('established', async () => {
        const known = agent.records().length;
        const { port } = await namespace.traffic('connects', `${version}`, '1');
        const loopback = version === 4 ? '127.0.0.1' : '::1';
        const events = () =>
          connectsTo(agent.records().slice(known), loopback).filter(
            (record) => record.attributes['network.peer.port'] === port,
          );
        await agent.until('the event', () => events().length > 0);
        assert.equal(events().length, 1);
        const { attributes } = events()[0];
        assert.equal(attributes['lagpipe.tcp.outcome'], 'established');
        assert.equal('error.type' in attributes, false);
        assert.equal(attributes['network.type'], `ipv${version}`);
        assert.ok(Number(attributes['lagpipe.tcp.connect.duration']) > 0);
        assert.ok(Number(attributes['network.local.port']) > 0);
        assert.equal(attributes['thread.name'], 'test-traffic');
      });

      it('refused', async () => {
        const { port } = await namespace.traffic('port', `${version}`);
        const { attributes } = await eventOf(version === 4 ? '127.0.0.1' : '::1', port, 'wait');
        assert.equal(attributes['lagpipe.tcp.outcome'], 'refused');
        assert.equal(attributes['error.type'], 'refused');
      });

      it('timed out, with its SYN retransmits', async () => {
        const { attributes } = await eventOf(BLACKHOLE[version], 80, 'wait');
        assert.equal(attributes['lagpipe.tcp.outcome'], 'timed_out');
        assert.equal(attributes['error.type'], 'timed_out');
        assert.ok(Number(attributes['lagpipe.tcp.syn_retransmits']) >= 1);
        assert.ok(Number(attributes['lagpipe.tcp.connect.duration']) > 1);
      });

      it('aborted', async () => {
        const { attributes } = await eventOf(BLACKHOLE[version], 81, 'abort', '20000');
        assert.equal(attributes['lagpipe.tcp.outcome'], 'aborted');
        assert.ok(Number(attributes['lagpipe.tcp.connect.duration']) >= 0.02);
      });

      it('unreachable by a route that says so', async () => {
        const { attributes } = await eventOf(REJECTED_BY_ROUTE[version], 80, 'wait');
        assert.equal(attributes['lagpipe.tcp.outcome'], 'unreachable');
      });

      it('unreachable without a route', async () => {
        const { attributes } = await eventOf(WITHOUT_ROUTE[version], 80, 'wait');
        assert.equal(attributes['lagpipe.tcp.outcome'], 'unreachable');
      });

      it('unreachable because nobody has the address', async () => {
        const { attributes } = await eventOf(ABSENT[version], 80, 'wait');
        assert.equal(attributes['lagpipe.tcp.outcome'], 'unreachable');
        assert.equal(attributes['error.type'], 'host_unreachable');
      });
    });
  }
});

describe('connect accounting', { skip, concurrency: false }, () => {
  it(`gives ${CONNECTS} events for ${CONNECTS} attempts`, async () => {
    using namespace = new NetworkNamespace();
    await using agent = new AgentProcess('  ebpf_tcp_connect: { interval: 200ms }', { namespace });
    await agent.live('ebpf_tcp_connect');
    const { port } = await namespace.traffic('connects', '4', `${CONNECTS}`);
    const { exitCode, records } = await agent.stop();
    assert.equal(exitCode, 0, agent.stderr);
    const events = records.filter((record) => record.attributes['network.peer.port'] === port);
    assert.equal(events.length, CONNECTS, agent.stderr);
    assert.ok(events.every((record) => record.attributes['lagpipe.tcp.outcome'] === 'established'));
  });

  it('leaves out connects below min_latency and says how many', async () => {
    using namespace = new NetworkNamespace();
    await using agent = new AgentProcess('  ebpf_tcp_connect: { interval: 200ms, min_latency: 1s }', {
      namespace,
    });
    await agent.live('ebpf_tcp_connect');
    const { port } = await namespace.traffic('connects', IP_VERSION, '100');
    const { records } = await agent.stop();
    assert.equal(records.filter((record) => record.attributes['network.peer.port'] === port).length, 0);
    const below = records.filter((record) => record.metric === 'lagpipe.tcp.connect.below_minimum');
    assert.ok(below.reduce((sum, record) => sum + Number(record.value), 0) >= 100);
  });
});
