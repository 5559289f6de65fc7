import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Demonstration, type Found } from './lib/demonstration.ts';
import { whyNoKernelTests, whyTimesMeanNothing } from './lib/host.ts';

const skip = whyNoKernelTests() ?? whyTimesMeanNothing() ?? false;

/** A setting of the whole host, which only its first network namespace has. */
const BACKLOG = '/proc/sys/net/core/netdev_max_backlog';
const skipBacklog = existsSync(BACKLOG) ? false : `it changes ${BACKLOG}, which is not there`;

function rulesOf(findings: readonly Found[]): string[] {
  return findings.map(({ rule, severity }) => `${rule} ${severity}`);
}

describe('lagpipe doctor', { skip, concurrency: false }, () => {
  it('finds nothing where a server keeps up with its load', async () => {
    await using demonstration = new Demonstration();
    await demonstration.serve(0, 'keep');
    await demonstration.load(20, 5, 'keep');
    const { findings, exitCode } = await demonstration.doctor();
    assert.deepEqual(rulesOf(findings), []);
    assert.equal(exitCode, 0);
  });

  it('finds a server with too few workers as one that reads late, and not the network', async () => {
    await using demonstration = new Demonstration();
    await demonstration.serve(5, 'keep');
    await demonstration.load(20, 5, 'keep');
    const { findings } = await demonstration.doctor();
    assert.deepEqual(rulesOf(findings), ['L1 warn']);
  });

  it('finds thousands of firewall rules, with the microseconds that they cost', async () => {
    await using demonstration = new Demonstration();
    const rules = Array.from(
      { length: 3000 },
      (_, port) => `ip saddr 203.0.113.1 tcp dport ${port + 1} drop`,
    );
    demonstration.namespace.nft(
      `table inet demo { chain in { type filter hook input priority 0;\n${rules.join('\n')}\n}; }`,
    );
    await demonstration.serve(0, 'keep');
    await demonstration.load(10, 20, 'keep');
    const { findings } = await demonstration.doctor();
    assert.deepEqual(rulesOf(findings), ['L3 warn']);
    assert.match(findings[0].cause, /It costs every packet \d+(\.\d+)?µs\./);
  });

  it('finds an accept queue that overflows', async () => {
    await using demonstration = new Demonstration();
    const { findings } = await demonstration.doctor(async () => {
      await demonstration.namespace.traffic('unaccepted', '4', '4', '20', '6000');
    });
    assert.deepEqual(
      findings.map(({ rule }) => rule),
      ['Q1'],
    );
    assert.ok(findings[0].evidence[0].value >= 15);
  });

  for (const cookies of ['1', '0']) {
    it(`finds a SYN queue that overflows, with tcp_syncookies=${cookies}`, async () => {
      await using demonstration = new Demonstration();
      demonstration.namespace.sysctl('net.ipv4.tcp_syncookies', cookies);
      // Answers to the senders of SYN have a way to go, and nobody at its end.
      demonstration.namespace.ip('route', 'add', '10.0.0.0/8', 'dev', 'lo');
      const { findings, exitCode } = await demonstration.doctor(async () => {
        await demonstration.namespace.traffic('syns', '128', '3000');
      });
      assert.deepEqual(rulesOf(findings), [cookies === '1' ? 'Q2 warn' : 'Q2 critical']);
      assert.equal(exitCode, cookies === '1' ? 0 : 3);
    });
  }

  it('finds a client that opens a connection for every request', async () => {
    await using demonstration = new Demonstration();
    await demonstration.serve(0, 'keep');
    await demonstration.load(5, 20, 'once');
    const { findings } = await demonstration.doctor();
    assert.deepEqual(rulesOf(findings), ['C1 warn']);
  });

  it('finds a server that closes every connection', async () => {
    await using demonstration = new Demonstration();
    await demonstration.serve(0, 'close');
    await demonstration.load(5, 20, 'once');
    const { findings } = await demonstration.doctor();
    assert.deepEqual(rulesOf(findings), ['C3 warn']);
  });

  it('finds an application that does not close its connections', async () => {
    await using demonstration = new Demonstration();
    await demonstration.serve(0, 'leak');
    await demonstration.load(2, 250, 'leave');
    const { findings } = await demonstration.doctor();
    assert.deepEqual(rulesOf(findings), ['C6 warn']);
  });

  it('finds lost packets in a tail of multiples of 200 ms', async () => {
    await using demonstration = new Demonstration();
    demonstration.namespace.nft(
      'table inet demo { chain in { type filter hook input priority 0; numgen random mod 100 < 1 drop; }; }',
    );
    await demonstration.serve(0, 'keep');
    await demonstration.load(20, 5, 'keep');
    const { findings } = await demonstration.doctor();
    assert.deepEqual(
      findings.map(({ rule }) => rule),
      ['N2'],
    );
  });

  it('finds packets that a small backlog drops', { skip: skipBacklog }, async () => {
    await using demonstration = new Demonstration();
    // An acknowledgement lets several segments go at once, within one softirq: they meet in the CPU's backlog, which
    // with this limit takes a packet only while it is empty.
    demonstration.namespace.ip('link', 'set', 'lo', 'mtu', '1500');
    demonstration.namespace.execute('ethtool', '-K', 'lo', 'tso', 'off', 'gso', 'off');
    await demonstration.stream();
    const before = readFileSync(BACKLOG, 'utf8');
    try {
      writeFileSync(BACKLOG, '0');
      const { findings } = await demonstration.doctor();
      assert.deepEqual(
        findings.map(({ rule }) => rule),
        ['K1'],
      );
    } finally {
      writeFileSync(BACKLOG, before);
    }
  });
});
