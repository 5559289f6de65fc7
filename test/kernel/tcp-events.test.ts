import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentProcess, type OutputRecord } from './lib/agent-process.ts';
import { hasKernelName, IP_VERSION, NFT_FAMILY, whyNoIp, whyNoKernelTests } from './lib/host.ts';
import { NetworkNamespace } from './lib/network-namespace.ts';

const skip = whyNoKernelTests() ?? false;
const MANY = 500;
const CONNECTS = 200;

/** A documentation address (RFC 5737) that has a neighbour entry, and nobody who answers. */
const BLACKHOLE = '192.0.2.2';

type Attributes = Readonly<Record<string, string>>;

/** What a metric's points with these attributes come to, over all intervals. */
function total(records: readonly OutputRecord[], metric: string, attributes: Attributes = {}): number {
  return records
    .filter((record) => record.metric === metric)
    .filter((record) =>
      Object.entries(attributes).every(([name, value]) => record.attributes[name] === value),
    )
    .reduce((sum, record) => sum + Number(record.value), 0);
}

const drops = (records: readonly OutputRecord[], protocol: string, reason: string) =>
  total(records, 'lagpipe.packet.drops', {
    'lagpipe.packet.protocol': protocol,
    'lagpipe.packet.drop_reason': reason,
  });

const resets = (records: readonly OutputRecord[], attributes: Attributes) =>
  total(records, 'lagpipe.tcp.resets', attributes);

/** Retransmits by kind, without the kinds that there are none of. */
function retransmits(records: readonly OutputRecord[]): Record<string, number> {
  const kinds = ['fast', 'timeout', 'tail_loss_probe', 'syn', 'syn_ack', 'other'];
  const counts = kinds.map((kind): [string, number] => {
    return [kind, total(records, 'lagpipe.tcp.retransmits', { 'lagpipe.tcp.retransmit_kind': kind })];
  });
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

async function measured<T>(
  namespace: NetworkNamespace,
  traffic: () => Promise<T>,
  config = '',
): Promise<{ readonly records: OutputRecord[]; readonly truth: T }> {
  await using agent = new AgentProcess(
    `  ebpf_tcp_events: { interval: 200ms, network_namespace: own${config} }`,
    { namespace },
  );
  await agent.live('ebpf_tcp_events');
  const truth = await traffic();
  const { exitCode, records } = await agent.stop();
  assert.equal(exitCode, 0, agent.stderr);
  const missed = total(records, 'lagpipe.tcp_events.lost', { 'lagpipe.tcp.loss_reason': 'missed' });
  assert.equal(missed, 0, agent.stderr);
  return { records, truth };
}

/** Before 5.17 no kernel told why it drops a packet. */
function reasonIfTold(reason: string): string {
  return hasKernelName(`SKB_DROP_REASON_${reason}`) ? reason : 'NOT_SPECIFIED';
}

/** How many packets met the rule that has a counter. */
function counted(namespace: NetworkNamespace): number {
  return Number(/counter packets (\d+)/.exec(namespace.execute('nft', 'list', 'ruleset'))?.[1]);
}

/** Rules that packets meet on their way in, when for their sender they are out and gone. */
function dropOnInput(namespace: NetworkNamespace, ...rules: string[]): void {
  namespace.nft(
    `table ${NFT_FAMILY} lossy { chain input { type filter hook input priority 0; policy accept;\n${rules.join('\n')}\n}\n}\n`,
  );
}

describe('drops', { skip, concurrency: false }, () => {
  const noSocket = skip ? '' : reasonIfTold('NO_SOCKET');
  const byRule = skip ? '' : reasonIfTold('NETFILTER_DROP');

  for (const version of ['4', '6']) {
    const ofVersion = { skip: whyNoIp(version) ?? false };

    it(`counts ${MANY} datagrams to a port that nobody has (IPv${version})`, ofVersion, async () => {
      using namespace = new NetworkNamespace();
      const { records } = await measured(namespace, () => namespace.traffic('unwanted', version, `${MANY}`));
      assert.equal(drops(records, 'udp', noSocket), MANY);
    });

    it(
      `counts ${MANY} datagrams that a rule drops as the firewall's (IPv${version})`,
      ofVersion,
      async () => {
        using namespace = new NetworkNamespace();
        dropOnInput(namespace, 'meta l4proto udp drop');
        const { records } = await measured(namespace, () =>
          namespace.traffic('unwanted', version, `${MANY}`),
        );
        assert.equal(drops(records, 'udp', byRule), MANY);
        assert.equal(total(records, 'lagpipe.packet.drops', { 'lagpipe.packet.protocol': 'udp' }), MANY);
      },
    );
  }

  it('leaves out what another namespace drops', async () => {
    using namespace = new NetworkNamespace();
    using other = new NetworkNamespace();
    const { records } = await measured(namespace, () => other.traffic('unwanted', '4', `${MANY}`));
    assert.equal(total(records, 'lagpipe.packet.drops', { 'lagpipe.packet.protocol': 'udp' }), 0);
  });
});

describe('resets', { skip, concurrency: false }, () => {
  const needsReasons = {
    // Before 6.10 the kernel told of resets by sockets only, and without a reason.
    skip:
      skip || (!hasKernelName('SK_RST_REASON_NO_SOCKET') && 'this kernel does not tell reasons: 6.10 does'),
  };

  for (const version of ['4', '6']) {
    it(
      `counts ${CONNECTS} connects refused as resets sent and received (IPv${version})`,
      whyNoIp(version) === undefined ? needsReasons : { skip: whyNoIp(version) },
      async () => {
        using namespace = new NetworkNamespace();
        const { records, truth } = await measured(namespace, () =>
          namespace.traffic('refused', version, `${CONNECTS}`),
        );
        assert.equal(truth.refused, CONNECTS);
        const sent = { 'network.io.direction': 'transmit', 'lagpipe.tcp.reset_reason': 'NO_SOCKET' };
        const received = { 'network.io.direction': 'receive', 'network.connection.state': 'syn_sent' };
        assert.equal(resets(records, sent), CONNECTS);
        assert.equal(resets(records, received), CONNECTS);
        assert.equal(resets(records, {}), 2 * CONNECTS);
        assert.equal(drops(records, 'tcp', 'NO_SOCKET'), CONNECTS);
      },
    );

    it(`counts ${CONNECTS} connections cut off by one side (IPv${version})`, {
      skip: whyNoIp(version) ?? false,
    }, async () => {
      using namespace = new NetworkNamespace();
      const { records } = await measured(namespace, () =>
        namespace.traffic('connects', version, `${CONNECTS}`),
      );
      const received = { 'network.io.direction': 'receive', 'network.connection.state': 'established' };
      assert.equal(resets(records, { 'network.io.direction': 'transmit' }), CONNECTS);
      assert.equal(resets(records, received), CONNECTS);
    });
  }
});

describe('retransmits', { skip, concurrency: false }, () => {
  it('counts the SYNs that a connect repeats when nobody answers', async () => {
    using namespace = new NetworkNamespace();
    namespace.ip('link', 'add', 'hole0', 'type', 'veth', 'peer', 'name', 'hole1');
    for (const link of ['hole0', 'hole1']) namespace.ip('link', 'set', link, 'up');
    namespace.ip('address', 'add', '192.0.2.1/24', 'dev', 'hole0');
    namespace.ip(
      'neigh',
      'add',
      BLACKHOLE,
      'lladdr',
      '02:00:00:00:00:99',
      'dev',
      'hole0',
      'nud',
      'permanent',
    );
    namespace.sysctl('net.ipv4.tcp_syn_retries', '1');
    namespace.nft(
      'table ip syns { chain output { type filter hook output priority 0; tcp flags syn counter accept\n}\n}\n',
    );
    const connects = () =>
      Promise.all(
        [80, 81, 82].map((port) => namespace.timedTraffic('connect', BLACKHOLE, `${port}`, 'wait')),
      );
    const { records } = await measured(namespace, connects);
    const seen = counted(namespace);
    assert.ok(seen > 3, `${seen} SYNs`);
    assert.deepEqual(retransmits(records), { syn: seen - 3 });
  });

  it('counts the SYN-ACKs that a server repeats', async () => {
    using namespace = new NetworkNamespace();
    dropOnInput(namespace, 'tcp flags & (syn | ack) == (syn | ack) counter drop');
    const { records } = await measured(namespace, () => namespace.timedTraffic('unanswered', '4', '2500'));
    const seen = counted(namespace);
    assert.ok(seen > 1, `${seen} SYN-ACKs`);
    const { syn = 0, ...others } = retransmits(records);
    assert.deepEqual(others, { syn_ack: seen - 1 });
    // The kernel's own count has the SYNs that the client repeats in it, too.
    assert.equal(syn + seen - 1, namespace.counter('Tcp', 'RetransSegs'));
  });

  for (const version of ['4', '6']) {
    it(`tells a timeout from a tail loss probe, as the kernel's own counts do (IPv${version})`, {
      skip: whyNoIp(version) ?? false,
    }, async () => {
      using namespace = new NetworkNamespace();
      // The rule meets the segment and each time that it is sent again. The socket's own count could only be asked
      // before it is closed, and a timer may still come in between.
      dropOnInput(namespace, 'meta l4proto tcp meta length > 500 counter drop');
      const traffic = () => namespace.timedTraffic('retransmits', version, '1', '1000');
      const probes = () => namespace.counter('TcpExt', 'TCPLossProbes');
      let sent = 0;
      const probed = await measured(namespace, async () => {
        // No probe is sent where the first copy still is in the loopback's queue when it is due.
        do {
          await traffic();
          sent++;
        } while (probes() === 0);
      });
      const seen = counted(namespace);
      const timeouts = seen - sent - probes();
      assert.ok(timeouts > 0, `${seen} segments`);
      assert.deepEqual(retransmits(probed.records), { timeout: timeouts, tail_loss_probe: probes() });

      namespace.sysctl('net.ipv4.tcp_early_retrans', '0');
      const unprobed = await measured(namespace, traffic);
      const seenAfterwards = counted(namespace) - seen;
      assert.ok(seenAfterwards > 1, `${seenAfterwards} segments`);
      assert.deepEqual(retransmits(unprobed.records), { timeout: seenAfterwards - 1 });
    });
  }

  it('calls it fast when later segments tell of the loss', async () => {
    using namespace = new NetworkNamespace();
    namespace.sysctl('net.ipv4.tcp_early_retrans', '0');
    // No timeout comes first, however long a machine stands still.
    namespace.ip(...'route replace local 127.0.0.1 dev lo table local rto_min 60s'.split(' '));
    // Of the segments that match, the first is number 0; it matches again as number 20 and passes.
    dropOnInput(namespace, 'meta l4proto tcp meta length > 500 numgen inc mod 1000000 0 drop');
    const { records, truth } = await measured(namespace, () =>
      namespace.timedTraffic('retransmits', '4', '20', '500'),
    );
    assert.equal(truth.retransmits, 1);
    assert.deepEqual(retransmits(records), { fast: 1 });
  });
});

describe('events', { skip, concurrency: false }, () => {
  it('say who sent a reset, to whom, and from which call', async () => {
    using namespace = new NetworkNamespace();
    const { records, truth } = await measured(
      namespace,
      () => namespace.traffic('connects', '4', '50'),
      ', events: [reset]',
    );
    const events = records.filter((record) => record.event === 'tcp.reset');
    assert.equal(events.length, 100);
    const sent = events.filter(({ attributes }) => attributes['network.io.direction'] === 'transmit');
    assert.equal(sent.length, 50);
    for (const { attributes } of sent) {
      assert.equal(attributes['network.peer.address'], '127.0.0.1');
      assert.equal(attributes['network.peer.port'], truth.port);
      assert.ok(Number(attributes['network.local.port']) > 0);
      assert.equal(attributes['thread.name'], 'test-traffic');
    }
    assert.ok(records.every((record) => record.event === undefined || record.event === 'tcp.reset'));
  });

  it('carry the addresses of a dropped packet', async () => {
    using namespace = new NetworkNamespace();
    const { records, truth } = await measured(
      namespace,
      () => namespace.traffic('unwanted', IP_VERSION, '10'),
      ', events: [drop]',
    );
    const events = records.filter(({ attributes }) => attributes['destination.port'] === truth.port);
    assert.equal(events.length, 10);
    for (const { event, attributes } of events) {
      assert.equal(event, 'packet.drop');
      assert.equal(attributes['lagpipe.packet.drop_reason'], reasonIfTold('NO_SOCKET'));
      assert.equal(attributes['source.address'], IP_VERSION === '6' ? '::1' : '127.0.0.1');
      assert.equal(attributes['source.port'], truth.sender);
      // Headers of IP and UDP before the message of 64 bytes.
      assert.equal(attributes['lagpipe.packet.size'], (IP_VERSION === '6' ? 40 : 20) + 8 + 64);
    }
  });

  it('beyond the limit are counted as suppressed, and the sum holds', async () => {
    using namespace = new NetworkNamespace();
    const { records } = await measured(
      namespace,
      () => namespace.traffic('unwanted', '4', `${MANY}`),
      ', events: [drop], max_events_per_second: 20',
    );
    const sum = (name: string) => total(records, `lagpipe.tcp_events.${name}`);
    const ringFull = total(records, 'lagpipe.tcp_events.lost', { 'lagpipe.tcp.loss_reason': 'ring_full' });
    const events = records.filter((record) => record.event === 'packet.drop').length;
    assert.equal(drops(records, 'udp', reasonIfTold('NO_SOCKET')), MANY);
    assert.equal(sum('seen'), total(records, 'lagpipe.packet.drops'));
    assert.equal(sum('events'), events);
    assert.equal(sum('seen'), sum('events') + sum('suppressed') + ringFull);
    assert.ok(events >= 20, `${events} events`);
    assert.ok(sum('suppressed') > 0);
  });
});
