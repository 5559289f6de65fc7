import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { AgentProcess, type OutputRecord } from './lib/agent-process.ts';
import { whyNoKernelTests } from './lib/host.ts';
import { loadersOf } from './lib/loaders.ts';
import { NetworkNamespace } from './lib/network-namespace.ts';

const skip = whyNoKernelTests() ?? false;

/** A prime number, so that no round figure is right by accident. */
const REQUESTS = 23;
/** Longer than the largest packet of loopback, which has 64 KiB. */
const RESPONSE_BYTES = 300_000;
const PORT = 8080;

/** A web server in the namespace, for as long as the test runs. */
async function serving(namespace: NetworkNamespace, host: string): Promise<AsyncDisposable> {
  const code = `require('node:http').createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    response.end('x'.repeat(${RESPONSE_BYTES}));
  }).listen(${PORT}, '${host}', () => console.log('listening'));`;
  const [command, ...rest] = namespace.command(process.execPath, '-e', code);
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

/** A client that makes one request and never closes its connection, for as long as the test runs. */
async function keepingAlive(namespace: NetworkNamespace): Promise<AsyncDisposable> {
  const code = `const agent = new (require('node:http').Agent)({ keepAlive: true });
    require('node:http').get({ agent, port: ${PORT}, host: '127.0.0.1' }, (response) => response.resume());
    setInterval(() => {}, 1000);`;
  const [command, ...rest] = namespace.command(process.execPath, '-e', code);
  const child = spawn(command, rest, { stdio: 'inherit' });
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

/** One process and one connection for each request, as a person's curl. */
async function request(namespace: NetworkNamespace, url: string, times: number): Promise<void> {
  const [command, ...rest] = namespace.command('curl', '-sS', '-g', '-o', '/dev/null', url);
  for (let i = 0; i < times; i++) await promisify(execFile)(command, rest);
}

/** Everything that went over loopback so far: what is sent there is received there. */
function packetsOf(namespace: NetworkNamespace): number {
  const [, fields = ''] = /^\s*lo:(.*)$/m.exec(namespace.execute('cat', '/proc/net/dev')) ?? [];
  return Number(fields.trim().split(/\s+/)[1]);
}

/** The last word of a metric of the account, all its outcomes together. */
function account(records: readonly OutputRecord[], metric: string): number {
  const values = new Map<string, number>();
  for (const { metric: name, attributes, value } of records) {
    if (name === `lagpipe.pcap.${metric}`) values.set(JSON.stringify(attributes), Number(value));
  }
  return [...values.values()].reduce((sum, value) => sum + value, 0);
}

function exchangesOf(records: readonly OutputRecord[]): OutputRecord[] {
  return records.filter(({ event }) => event === 'http.exchange');
}

function live(namespace: NetworkNamespace, settings = ''): AgentProcess {
  return new AgentProcess(`  pcap: { interface: lo, interval: 200ms${settings} }`, { namespace });
}

describe('a live capture', { skip, concurrency: false }, () => {
  for (const host of ['127.0.0.1', '::1']) {
    it(`sees every request and every packet, whole, of ${host}`, async () => {
      using namespace = new NetworkNamespace();
      await using agent = live(namespace);
      await agent.live('pcap');
      await using _server = await serving(namespace, host);
      await request(namespace, `http://${host.includes(':') ? `[${host}]` : host}:${PORT}/`, REQUESTS);
      await agent.until('the exchanges', () => exchangesOf(agent.records()).length === REQUESTS);
      const { exitCode, records } = await agent.stop();
      assert.equal(exitCode, 0, agent.stderr);
      const exchanges = exchangesOf(records);
      assert.equal(exchanges.length, REQUESTS);
      for (const { attributes } of exchanges) {
        assert.ok(Number(attributes['http.response.size']) > RESPONSE_BYTES);
        assert.equal(attributes['lagpipe.exchange.missed_bytes'], 0);
        assert.equal(attributes['server.address'], host);
      }
      assert.equal(account(records, 'capture_dropped'), 0);
      assert.equal(account(records, 'packets'), packetsOf(namespace));
    });
  }

  it('tells of an exchange at its response, while the connection goes on', async () => {
    using namespace = new NetworkNamespace();
    await using agent = live(namespace);
    await agent.live('pcap');
    await using _server = await serving(namespace, '127.0.0.1');
    await using _client = await keepingAlive(namespace);
    await agent.until('the exchange', () => exchangesOf(agent.records()).length === 1);
    const { records } = await agent.stop();
    const [{ attributes }] = exchangesOf(records);
    assert.equal(attributes['lagpipe.exchange.position'], 'start');
    assert.equal(attributes['lagpipe.exchange.idle_after'], undefined);
    // Not before the agent stopped: the client never closed.
    const connections = records.filter(({ event }) => event === 'tcp.connection');
    assert.deepEqual(
      connections.map((record) => record.attributes['lagpipe.tcp.close_reason']),
      ['capture_end'],
    );
  });

  it('takes what the filter names, on all interfaces too', async () => {
    using namespace = new NetworkNamespace();
    await using agent = new AgentProcess(
      `  pcap: { interface: any, filter: "tcp port ${PORT}", interval: 200ms }`,
      { namespace },
    );
    await agent.live('pcap');
    await using _server = await serving(namespace, '127.0.0.1');
    await namespace.traffic('connects', '4', '50');
    await request(namespace, `http://127.0.0.1:${PORT}/`, 1);
    await agent.until('the exchange', () => exchangesOf(agent.records()).length === 1);
    const { records } = await agent.stop();
    assert.equal(records.filter(({ event }) => event === 'tcp.connection').length, 1);
  });

  it('counts what the kernel had to drop, so that every packet is accounted for', async () => {
    using namespace = new NetworkNamespace();
    await using agent = live(namespace, ', buffer_size: 1MiB');
    await agent.live('pcap');
    await using _server = await serving(namespace, '127.0.0.1');
    const [loader] = loadersOf(agent.pid);
    process.kill(loader, 'SIGSTOP');
    await request(namespace, `http://127.0.0.1:${PORT}/`, REQUESTS);
    process.kill(loader, 'SIGCONT');
    const { exitCode, records } = await agent.stop();
    assert.equal(exitCode, 0, agent.stderr);
    const dropped = account(records, 'capture_dropped');
    assert.ok(dropped > 0, 'nothing was dropped');
    assert.equal(account(records, 'packets') + dropped, packetsOf(namespace));
  });

  it('keeps no privilege once it captures', async () => {
    using namespace = new NetworkNamespace();
    await using agent = live(namespace);
    await agent.live('pcap');
    const [loader] = loadersOf(agent.pid);
    const status = readFileSync(`/proc/${loader}/status`, 'utf8');
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'])
      assert.match(status, new RegExp(`${set}:\t0+\n`));
  });

  for (const [what, settings, message] of [
    [
      'a filter that is none',
      'interface: lo, filter: "tcp prt 80"',
      /filter is not in tcpdump's language \("tcp prt 80": .*syntax error/,
    ],
    [
      'an interface that is not there',
      'interface: eth7',
      /nothing to capture on \(no interface eth7; there are: .*lo/,
    ],
  ] as const) {
    it(`says what is wrong with ${what}, and ends`, async () => {
      using namespace = new NetworkNamespace();
      await using agent = new AgentProcess(`  pcap: { ${settings} }`, { namespace });
      await agent.until('its words', () => message.test(agent.stderr));
      assert.equal((await agent.stop()).exitCode, 1);
    });
  }
});
