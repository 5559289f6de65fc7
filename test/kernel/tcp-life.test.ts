import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AgentProcess, type HistogramValue, type OutputRecord } from './lib/agent-process.ts';
import { IP_VERSION, NFT_FAMILY, whyNoIp, whyNoKernelTests } from './lib/host.ts';
import { NetworkNamespace } from './lib/network-namespace.ts';

const skip = whyNoKernelTests() ?? false;

/** Each connection is within one namespace: two ends, two events. */
const CONNECTIONS = 1000;
/** What test/kernel/traffic/lives.c sends in each turn. */
const REQUEST_BYTES = 100;
const RESPONSE_BYTES = 300;
const TURNS = 3;
const PAUSE_SECONDS = 0.02;

type Role = 'client' | 'server';

function eventsOf(records: readonly OutputRecord[], port: number, role: Role): OutputRecord[] {
  const attribute = role === 'client' ? 'network.peer.port' : 'network.local.port';
  return records.filter(
    ({ event, attributes }) =>
      event === 'tcp.connection' && attributes['lagpipe.tcp.role'] === role && attributes[attribute] === port,
  );
}

function sumOf(records: readonly OutputRecord[], metric: string): number {
  return records
    .filter((record) => record.metric === `lagpipe.tcp.connection.${metric}`)
    .reduce((sum, record) => sum + Number(record.value), 0);
}

function lastOf(records: readonly OutputRecord[], metric: string): number {
  return Number(records.findLast((record) => record.metric === `lagpipe.tcp.connection.${metric}`)?.value);
}

function histograms(
  records: readonly OutputRecord[],
  metric: string,
  port: number,
  role?: Role,
): HistogramValue[] {
  return records
    .filter(
      (record) =>
        record.metric === metric &&
        record.attributes['server.port'] === port &&
        record.attributes['lagpipe.tcp.role'] === role,
    )
    .map((record) => record.value as HistogramValue);
}

function countOf(values: readonly HistogramValue[]): number {
  return values.reduce((sum, { count }) => sum + count, 0);
}

/** The upper bound of the lowest bucket that counted something, in seconds. */
function leastUpperBound(values: readonly HistogramValue[]): number {
  return Math.min(...values.map(({ positive }) => 2 ** ((positive.offset + 1) / 8)));
}

/** Whether a part is live: what a kernel before 6.3 does not tell is not asked of it. */
function isLive(agent: AgentProcess, part: string, attach = ''): boolean {
  return agent.stderr.includes(`${part} (by ${attach}`);
}

describe('lives of connections', { skip, concurrency: false }, () => {
  let namespace: NetworkNamespace;
  let agent: AgentProcess;

  before(async () => {
    namespace = new NetworkNamespace();
    agent = new AgentProcess('  ebpf_tcp_life: { interval: 200ms }', { namespace });
    await agent.live('ebpf_tcp_life');
  });

  after(async () => {
    await agent?.[Symbol.asyncDispose]();
    namespace?.[Symbol.dispose]();
  });

  /** One connection, and the events of its two ends. */
  async function bothEnds(version: number, closer: string) {
    const traffic = await namespace.traffic(
      'lives',
      `${version}`,
      '1',
      `${TURNS}`,
      `${PAUSE_SECONDS * 1e6}`,
      closer,
    );
    const events = (role: Role) => eventsOf(agent.records(), traffic.port, role);
    await agent.until('both events', () => events('client').length > 0 && events('server').length > 0);
    const [client, ...moreClients] = events('client');
    const [server, ...moreServers] = events('server');
    assert.equal(moreClients.length + moreServers.length, 0);
    return { client: client.attributes, server: server.attributes, port: traffic.port, pid: traffic.pid };
  }

  for (const version of [4, 6] as const) {
    it(`volume and processes of both ends (IPv${version})`, { skip: whyNoIp(version) ?? false }, async () => {
      const before = namespace.counter('Tcp', 'RetransSegs');
      const { client, server, pid } = await bothEnds(version, 'client');
      const retransmits = namespace.counter('Tcp', 'RetransSegs') - before;
      for (const [end, sent, received] of [
        [client, TURNS * REQUEST_BYTES, TURNS * RESPONSE_BYTES],
        [server, TURNS * RESPONSE_BYTES, TURNS * REQUEST_BYTES],
      ] as const) {
        assert.equal(end['lagpipe.tcp.connection.state'], 'closed');
        assert.equal(end['lagpipe.tcp.bytes_sent'], sent);
        assert.equal(end['lagpipe.tcp.bytes_received'], received);
        assert.equal(end['network.type'], `ipv${version}`);
        assert.equal(end['network.local.address'], version === 4 ? '127.0.0.1' : '::1');
        assert.equal(end['network.peer.address'], end['network.local.address']);
        assert.equal(end['process.pid'], pid);
        assert.equal(end['thread.name'], 'test-traffic');
        assert.ok(Number(end['lagpipe.netns.inode']) > 0);
        assert.ok(Number(end['lagpipe.tcp.rtt']) >= Number(end['lagpipe.tcp.rtt.min']));
        assert.ok(Number(end['lagpipe.tcp.rtt.min']) > 0);
        assert.ok(Number(end['lagpipe.tcp.segments_sent']) >= 2 * TURNS);
        assert.ok(Number(end['lagpipe.tcp.connection.duration']) >= (TURNS + 1) * PAUSE_SECONDS);
      }
      // None, unless the machine stood still for so long that a timer ran out.
      assert.equal(
        Number(client['lagpipe.tcp.retransmits']) + Number(server['lagpipe.tcp.retransmits']),
        retransmits,
      );
      assert.equal(client['network.local.port'], server['network.peer.port']);
      assert.equal(client['lagpipe.netns.inode'], server['lagpipe.netns.inode']);
    });

    it(`turns and response times of both ends (IPv${version})`, {
      skip: whyNoIp(version) ?? false,
    }, async (t) => {
      if (!isLive(agent, 'turns')) return t.skip('this kernel has no sock_send_length: it came with 6.3');
      const { client, server, port } = await bothEnds(version, 'client');
      for (const end of [client, server]) {
        assert.equal(end['lagpipe.tcp.turns'], TURNS);
        assert.ok(Number(end['lagpipe.tcp.response.first']) >= PAUSE_SECONDS);
        assert.ok(Number(end['lagpipe.tcp.response.max']) >= Number(end['lagpipe.tcp.response.first']));
        assert.ok(Number(end['lagpipe.tcp.response.total']) >= TURNS * PAUSE_SECONDS);
        assert.ok(Number(end['lagpipe.tcp.idle.max']) >= PAUSE_SECONDS);
      }
      const values = (role: Role) => histograms(agent.records(), 'lagpipe.tcp.response.duration', port, role);
      await agent.until('the histograms', () => countOf(values('client')) >= TURNS);
      for (const role of ['client', 'server'] as const) {
        assert.equal(countOf(values(role)), TURNS);
        assert.ok(leastUpperBound(values(role)) >= PAUSE_SECONDS);
      }
    });
  }

  it('counts retransmits, and each byte once all the same', async () => {
    const rule = 'tcp flags & psh == psh numgen inc mod 3 == 1 drop';
    namespace.nft(
      `table ${NFT_FAMILY} loss {\n chain input {\n type filter hook input priority 0;\n ${rule}\n }\n }\n`,
    );
    const { client, server } = await bothEnds(4, 'client').finally(() => namespace.nft('flush ruleset\n'));
    // Of nine segments with data, three and more are dropped.
    const retransmits = Number(client['lagpipe.tcp.retransmits']) + Number(server['lagpipe.tcp.retransmits']);
    assert.ok(retransmits >= 3, `${retransmits}`);
    assert.equal(client['lagpipe.tcp.bytes_sent'], TURNS * REQUEST_BYTES);
    assert.equal(server['lagpipe.tcp.bytes_sent'], TURNS * RESPONSE_BYTES);
    assert.equal(client['lagpipe.tcp.bytes_received'], TURNS * RESPONSE_BYTES);
    assert.equal(server['lagpipe.tcp.bytes_received'], TURNS * REQUEST_BYTES);
  });

  const CLOSES = [
    ['client', 'local', 'remote', 'fin'],
    ['server', 'remote', 'local', 'fin'],
    ['reset', 'local', 'remote', 'reset'],
  ] as const;
  for (const [closer, atClient, atServer, reason] of CLOSES) {
    it(`who closed first: ${closer}`, async () => {
      const { client, server } = await bothEnds(4, closer);
      assert.equal(client['lagpipe.tcp.closed_by'], atClient);
      assert.equal(server['lagpipe.tcp.closed_by'], atServer);
      assert.equal(client['lagpipe.tcp.close_reason'], reason);
      assert.equal(server['lagpipe.tcp.close_reason'], reason);
      assert.equal('error.type' in client, false);
      assert.equal(server['error.type'], reason === 'reset' ? 'reset' : undefined);
    });
  }

  it('a response that is read when the connection is over counts as a turn', async (t) => {
    if (!isLive(agent, 'turns')) return t.skip('this kernel has no sock_send_length: it came with 6.3');
    const { client, server } = await bothEnds(4, 'half');
    for (const end of [client, server]) {
      assert.equal(end['lagpipe.tcp.turns'], TURNS);
      assert.equal(end['lagpipe.tcp.close_reason'], 'fin');
    }
    assert.equal(client['lagpipe.tcp.closed_by'], 'local');
    assert.equal(client['lagpipe.tcp.bytes_received'], TURNS * RESPONSE_BYTES);
  });

  it('the wait for accept(), by listening port', async () => {
    const { port } = await namespace.traffic('lives', '4', '5', '0', '30000', 'reset');
    const waits = () => histograms(agent.records(), 'lagpipe.tcp.accept_queue.wait', port);
    await agent.until('five waits', () => countOf(waits()) >= 5);
    assert.equal(countOf(waits()), 5);
    assert.ok(leastUpperBound(waits()) >= 0.03);
  });

  it('an accept() that does not ask for the address is counted where it cannot be seen, never guessed', async (t) => {
    if (!isLive(agent, 'turns')) return t.skip('data is not seen: this kernel has no sock_send_length');
    const known = agent.records().length;
    const { port } = await namespace.traffic('messages', 'tcp', '4', '1', '0', '0');
    await agent.until('the event', () => eventsOf(agent.records(), port, 'server').length > 0);
    const unseen = () => sumOf(agent.records().slice(known), 'accepts_unseen');
    const seen = () => countOf(histograms(agent.records(), 'lagpipe.tcp.accept_queue.wait', port));
    const isHook = isLive(agent, 'accepts', 'cgroup');
    await agent.until('the count', () => (isHook ? unseen() : seen()) > 0);
    assert.deepEqual([seen(), unseen() > 0], isHook ? [0, true] : [1, false]);
  });
});

describe('connection accounting', { skip, concurrency: false }, () => {
  it(`gives two events for each of ${CONNECTIONS} connections, and the counts add up`, async () => {
    using namespace = new NetworkNamespace();
    await using agent = new AgentProcess('  ebpf_tcp_life: { interval: 200ms }', { namespace });
    await agent.live('ebpf_tcp_life');
    const { port } = await namespace.traffic('lives', '4', `${CONNECTIONS}`, '1', '0', 'client');
    const { exitCode, records } = await agent.stop();
    assert.equal(exitCode, 0, agent.stderr);
    for (const role of ['client', 'server'] as const) {
      assert.equal(eventsOf(records, port, role).length, CONNECTIONS, agent.stderr);
      const response = histograms(records, 'lagpipe.tcp.response.duration', port, role);
      assert.equal(countOf(response), isLive(agent, 'turns') ? CONNECTIONS : 0);
    }
    // The kernel queues a connection for accept() just before it calls it established, so another CPU may be quicker.
    const waits = countOf(histograms(records, 'lagpipe.tcp.accept_queue.wait', port));
    const unseen = sumOf(records, 'accepts_unseen'); // of the whole machine
    assert.ok(waits > CONNECTIONS / 2 && waits <= CONNECTIONS, `${waits} waits`);
    assert.ok(waits + unseen >= CONNECTIONS, `${waits} waits and ${unseen} unseen`);
    const closed = records.filter(({ event }) => event === 'tcp.connection').length;
    assert.equal(sumOf(records, 'events'), closed);
    assert.equal(sumOf(records, 'lost'), 0, agent.stderr);
    assert.equal(sumOf(records, 'opened'), closed + lastOf(records, 'in_flight'));
  });

  it('leaves out connections below min_duration, says how many, and still counts their turns', async () => {
    using namespace = new NetworkNamespace();
    await using agent = new AgentProcess('  ebpf_tcp_life: { interval: 200ms, min_duration: 10s }', {
      namespace,
    });
    await agent.live('ebpf_tcp_life');
    const { port } = await namespace.traffic('lives', IP_VERSION, '100', '2', '0', 'reset');
    const { records } = await agent.stop();
    assert.equal(eventsOf(records, port, 'client').length + eventsOf(records, port, 'server').length, 0);
    assert.ok(sumOf(records, 'below_minimum') >= 200);
    const response = histograms(records, 'lagpipe.tcp.response.duration', port, 'server');
    assert.equal(countOf(response), isLive(agent, 'turns') ? 200 : 0);
  });

  it('ports past the room in the kernel share the overflow, and none of their samples is lost', async (t) => {
    using namespace = new NetworkNamespace();
    await using agent = new AgentProcess('  ebpf_tcp_life: { interval: 200ms }', { namespace });
    await agent.live('ebpf_tcp_life');
    if (!isLive(agent, 'turns')) return t.skip('without turns there are too few histograms');
    const ports = 100; // with three series each, against room for 253
    for (let made = 0; made < ports; made += 1) await namespace.traffic('lives', '4', '1', '1', '0', 'reset');
    const { records } = await agent.stop();
    const response = records.filter(({ metric }) => metric === 'lagpipe.tcp.response.duration');
    const waits = records.filter(({ metric }) => metric === 'lagpipe.tcp.accept_queue.wait');
    const values = [...response, ...waits];
    assert.ok(values.some(({ attributes }) => 'otel.metric.overflow' in attributes));
    assert.ok(countOf(values.map(({ value }) => value as HistogramValue)) >= 3 * ports);
  });
});

describe('reports on open connections', { skip, concurrency: false }, () => {
  it('come while it is open, say that they are not final, and agree with the end', async () => {
    using namespace = new NetworkNamespace();
    await using agent = new AgentProcess('  ebpf_tcp_life: { interval: 200ms, report_interval: 1s }', {
      namespace,
    });
    await agent.live('ebpf_tcp_life');
    const { port } = await namespace.traffic('lives', '4', '1', '1', '2500000', 'client');
    const { records } = await agent.stop();
    for (const role of ['client', 'server'] as const) {
      const states = eventsOf(records, port, role).map(
        ({ attributes }) => attributes['lagpipe.tcp.connection.state'],
      );
      assert.ok(states.length >= 3, `${states}`);
      assert.equal(states.indexOf('closed'), states.length - 1);
      const report = eventsOf(records, port, role)[0].attributes;
      assert.equal('lagpipe.tcp.closed_by' in report, false);
      assert.equal(report['lagpipe.tcp.bytes_received'], 0);
    }
    const reports = records.filter(
      ({ attributes }) => attributes['lagpipe.tcp.connection.state'] === 'open',
    ).length;
    assert.equal(sumOf(records, 'reports'), reports);
  });
});
