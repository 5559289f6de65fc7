import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { loaderPath } from '../../src/loader/loader-path.ts';
import { AgentProcess, type OutputRecord } from './lib/agent-process.ts';
import { type Held, HeldSockets } from './lib/held-sockets.ts';
import { whyNoKernelTests } from './lib/host.ts';
import { loadersOf } from './lib/loaders.ts';
import { NetworkNamespace } from './lib/network-namespace.ts';

const skip = whyNoKernelTests() ?? false;
const CAP_SYS_PTRACE = 1n << 19n;
const CAP_SYS_ADMIN = 1n << 21n;
const INTERVAL_METRIC = 'lagpipe.socket.census.interval';
const SETTINGS = 'interval: 200ms, census_interval: 1s, idle_threshold: 50ms, census_cpu_percent: 100';

/** Every number is another one, so that no figure can pass for another. */
const HELD: Held = {
  version: 4,
  busy: 20,
  silent: 7,
  serverFirst: 5,
  clientFirst: 3,
  halfClosed: 4,
  unread: 6,
  backlog: 9,
};
/** With a listener that never accepts, the kernel lets one more wait than the backlog says. */
const QUEUED = HELD.backlog + 1;
const ESTABLISHED = HELD.busy + HELD.silent + HELD.unread;

/** The newest value of each series of a metric, by what its attributes are joined to. */
function newest(
  records: readonly OutputRecord[],
  metric: string,
  ...by: readonly string[]
): Record<string, number> {
  const found: Record<string, number> = {};
  for (const record of records) {
    if (record.metric !== metric || typeof record.value !== 'number') continue;
    found[by.map((name) => record.attributes[name] ?? '').join(' ')] = record.value;
  }
  return found;
}

function nonZero(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== 0));
}

function socketFigures(records: readonly OutputRecord[], figure: string, ...by: readonly string[]) {
  const names = ['lagpipe.tcp.role', 'server.port', ...by];
  return nonZero(newest(records, `lagpipe.socket.${figure}`, ...names));
}

/** What ss lists in the namespace now, by the names of the semantic conventions. */
function listedBySs(namespace: NetworkNamespace): Record<string, number> {
  const names: Readonly<Record<string, string>> = {
    ESTAB: 'established',
    'TIME-WAIT': 'time_wait',
    'CLOSE-WAIT': 'close_wait',
    'FIN-WAIT-2': 'fin_wait_2',
    LISTEN: 'listen',
  };
  const counts: Record<string, number> = {};
  for (const line of namespace.execute('ss', '-Htan').trim().split('\n')) {
    const state = names[line.split(/\s+/)[0]] ?? line;
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}

/** Capabilities that a process may put into effect, as the bits of linux/capability.h. */
function permitted(pid: number): bigint {
  const [, bits] = /^CapPrm:\s+([0-9a-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return BigInt(`0x${bits}`);
}

function censuses(agent: AgentProcess): number {
  return agent.records().filter(({ metric }) => metric === 'lagpipe.socket.census.sockets').length;
}

/** Sets LAGPIPE_LOADER for agents that are started inside. */
async function withLoader<T>(path: string, work: () => Promise<T>): Promise<T> {
  const chosen = process.env.LAGPIPE_LOADER;
  process.env.LAGPIPE_LOADER = path;
  try {
    return await work();
  } finally {
    if (chosen === undefined) delete process.env.LAGPIPE_LOADER;
    else process.env.LAGPIPE_LOADER = chosen;
  }
}

/** All that the agent tells of the held sockets, once they have rested for the idle threshold. */
async function recordsOf(
  held: Held,
  check: (records: readonly OutputRecord[], sockets: HeldSockets) => void,
) {
  using namespace = new NetworkNamespace();
  await using sockets = await HeldSockets.make(namespace, held);
  await using agent = new AgentProcess(`  sockets: { ${SETTINGS} }`, { namespace });
  await agent.until('the second census', () => censuses(agent) >= 2);
  const byState = newest(
    agent.records(),
    'system.network.connection.count',
    'network.connection.state',
    'network.type',
  );
  const type = held.version === 4 ? 'ipv4' : 'ipv6';
  const expected = Object.entries(listedBySs(namespace)).map(([state, count]) => [`${state} ${type}`, count]);
  assert.deepEqual(nonZero(byState), Object.fromEntries(expected));
  const { exitCode, records } = await agent.stop();
  assert.equal(exitCode, 0, agent.stderr);
  check(records, sockets);
  return agent.stderr;
}

/** What both the loader and /proc can tell. */
function checkCounts(records: readonly OutputRecord[], { port, fullPort }: HeldSockets): void {
  assert.deepEqual(socketFigures(records, 'connections', 'network.connection.state'), {
    [`server ${port} established`]: ESTABLISHED,
    [`server ${port} time_wait`]: HELD.serverFirst,
    [`server ${port} close_wait`]: HELD.halfClosed,
    [`client ${port} established`]: ESTABLISHED,
    [`client ${port} time_wait`]: HELD.clientFirst,
    [`client ${port} fin_wait_2`]: HELD.halfClosed,
    [`server ${fullPort} established`]: QUEUED,
    [`client ${fullPort} established`]: QUEUED,
  });
  assert.deepEqual(socketFigures(records, 'unread_connections'), { [`server ${port}`]: HELD.unread });
  assert.deepEqual(socketFigures(records, 'unread_bytes'), { [`server ${port}`]: 7 * HELD.unread });
  const lengths = newest(records, 'lagpipe.socket.accept_queue.length', 'network.local.port');
  assert.deepEqual(lengths, { [port]: 0, [fullPort]: QUEUED });
}

/** What only the loader can tell. */
function checkDetails(records: readonly OutputRecord[], { port, fullPort }: HeldSockets): void {
  const queue = (figure: string) =>
    newest(records, `lagpipe.socket.accept_queue.${figure}`, 'network.local.port');
  assert.deepEqual(queue('limit'), { [port]: 128, [fullPort]: HELD.backlog });
  assert.deepEqual(queue('utilization'), { [port]: 0, [fullPort]: QUEUED / HELD.backlog });
  assert.deepEqual(socketFigures(records, 'idle_connections'), {
    [`server ${port}`]: ESTABLISHED,
    [`client ${port}`]: ESTABLISHED,
    [`server ${fullPort}`]: QUEUED,
    [`client ${fullPort}`]: QUEUED,
  });
  // The server has got data on all but the silent ones; the client on the busy ones only, half-closed ones too.
  assert.deepEqual(socketFigures(records, 'silent_connections'), {
    [`server ${port}`]: HELD.silent,
    [`client ${port}`]: HELD.silent + HELD.unread + HELD.halfClosed,
    [`server ${fullPort}`]: QUEUED,
    [`client ${fullPort}`]: QUEUED,
  });
  for (const name of ['lagpipe.socket.idle_time', 'lagpipe.socket.rtt']) {
    const last = records.filter(({ metric }) => metric === name).slice(-2);
    assert.deepEqual(
      last.map(({ attributes, value }) => [attributes['lagpipe.tcp.role'], value?.count]).sort(),
      [
        ['client', ESTABLISHED + QUEUED],
        ['server', ESTABLISHED + QUEUED],
      ],
      name,
    );
    assert.ok(
      last.every(({ value }) => value !== undefined && value.sum > 0 && value.sum < 3600),
      name,
    );
  }
}

describe('sockets', { skip, concurrency: false }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'lagpipe-test-'));
  const asNobody = join(folder, 'as-nobody');

  before(() => {
    chmodSync(folder, 0o755);
    const copy = join(folder, 'lagpipe-loader');
    copyFileSync(loaderPath(), copy);
    writeFileSync(asNobody, `#!/bin/sh\nexec setpriv --reuid 65534 --regid 65534 --clear-groups ${copy}\n`, {
      mode: 0o755,
    });
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const version of [4, 6] as const) {
    it(`counts known IPv${version} connections exactly, and as ss lists them`, async () => {
      await recordsOf({ ...HELD, version }, (records, sockets) => {
        checkCounts(records, sockets);
        checkDetails(records, sockets);
        const peers = socketFigures(
          records,
          'peer.connections',
          'network.peer.address',
          'network.connection.state',
        );
        const address = version === 4 ? '127.0.0.1' : '::1';
        assert.equal(peers[`server ${sockets.port} ${address} established`], ESTABLISHED);
      });
    });
  }

  it('needs no privilege for its own network namespace', async () => {
    await withLoader(asNobody, () =>
      recordsOf(HELD, (records, sockets) => {
        checkCounts(records, sockets);
        checkDetails(records, sockets);
      }),
    );
  });

  it('counts the same from /proc where there is no loader, and says what is missing', async () => {
    const said = await withLoader('/no/such/loader', () => recordsOf(HELD, checkCounts));
    assert.match(said, /warn {2}sockets: reads \/proc\/net\/tcp instead: no limits.*npm run setup/);
  });

  it('counts on after its loader was killed', async () => {
    using namespace = new NetworkNamespace();
    await using agent = new AgentProcess(`  sockets: { ${SETTINGS} }`, { namespace });
    await agent.until('the first census', () => censuses(agent) >= 1);
    const [loader] = loadersOf(agent.pid);
    assert.equal(permitted(loader), 0n);
    process.kill(loader, 'SIGKILL');
    await using sockets = await HeldSockets.make(namespace, HELD);
    const before = censuses(agent);
    await agent.until('two censuses of a new loader', () => censuses(agent) >= before + 2);
    const { records } = await agent.stop();
    checkCounts(records, sockets);
    assert.match(agent.stderr, /warn {2}sockets.*SIGKILL/);
  });

  it('comes later when it costs more than it may, and says so', async () => {
    using namespace = new NetworkNamespace();
    await using _sockets = await HeldSockets.make(namespace, { ...HELD, busy: 8000 });
    const settings = 'interval: 200ms, census_interval: 1s, census_cpu_percent: 1';
    // What 16,000 sockets take is above 1 % of a second on most machines of today.
    await using agent = new AgentProcess(`  sockets: { ${settings} }`, { namespace });
    await agent.until('two censuses', () => censuses(agent) >= 2);
    const { records } = await agent.stop();
    const [first, second] = records.filter(({ metric }) => metric === INTERVAL_METRIC);
    const [cost] = records.filter(({ metric }) => metric === 'lagpipe.socket.census.cpu_time');
    assert.ok(Math.abs(Number(first.value) - Math.max(1, Number(cost.value) * 100)) < 1e-6);
    const between = (Date.parse(second.time) - Date.parse(first.time)) / 1000;
    assert.ok(between > Number(first.value) - 0.2, `${between} s instead of ${first.value} s`);
    const said = /counting \d+ sockets takes \d+ ms .* instead of 1 s/.test(agent.stderr);
    assert.equal(
      said,
      records.some(({ metric, value }) => metric === INTERVAL_METRIC && Number(value) > 1),
    );
  });

  it('still knows the server of connections that its listener has left behind', async () => {
    using namespace = new NetworkNamespace();
    await using agent = new AgentProcess(`  sockets: { ${SETTINGS} }`, { namespace });
    await agent.until('the first census', () => censuses(agent) >= 1);
    const sockets = await HeldSockets.make(namespace, HELD);
    const { port } = sockets;
    const before = censuses(agent);
    await agent.until('the listener to be seen', () => censuses(agent) >= before + 2);
    await sockets[Symbol.asyncDispose]();
    const stopped = censuses(agent);
    await agent.until('two censuses more', () => censuses(agent) >= stopped + 2);
    const { records } = await agent.stop();
    const states = socketFigures(records, 'connections', 'network.connection.state');
    assert.equal(states[`server ${port} time_wait`] >= HELD.serverFirst, true, JSON.stringify(states));
    assert.equal(states[`server ${port} established`], undefined);
    // The queue of a listener that is gone was 0 in the end.
    assert.equal(newest(records, 'lagpipe.socket.accept_queue.length', 'network.local.port')[port], 0);
  });
});

describe('sockets of other network namespaces', { skip, concurrency: false }, () => {
  const netnsFigures = (records: readonly OutputRecord[]) =>
    newest(
      records,
      'system.network.connection.count',
      'lagpipe.netns.name',
      'network.connection.state',
      'network.type',
    );

  it('are counted by name, until they are gone, and nothing holds them', async () => {
    using blue = new NetworkNamespace();
    const green = new NetworkNamespace();
    // One end is in blue, and gone as soon as green is not there any more.
    blue.ip('link', 'add', 'to-green', 'type', 'veth', 'peer', 'name', 'to-blue', 'netns', green.name);
    await using inBlue = await HeldSockets.make(blue, HELD);
    const inGreen = await HeldSockets.make(green, { ...HELD, version: 6, busy: 40 });
    await using agent = new AgentProcess(
      `  sockets: { ${SETTINGS}, network_namespaces: [${blue.name}, ${green.name}] }`,
    );
    await agent.until('the second census', () => censuses(agent) >= 2);
    const figures = netnsFigures(agent.records());
    assert.equal(figures[`${blue.name} close_wait ipv4`], HELD.halfClosed);
    assert.equal(figures[`${green.name} established ipv6`], 2 * (ESTABLISHED + 20 + QUEUED));
    assert.equal(figures[` listen ipv4`], undefined);
    await inGreen[Symbol.asyncDispose]();
    green[Symbol.dispose]();
    const before = censuses(agent);
    await agent.until('two censuses more', () => censuses(agent) >= before + 2);
    await agent.until(
      'the end of the namespace',
      () => !blue.execute('ip', '-br', 'link').includes('to-green'),
    );
    const { records } = await agent.stop();
    const last = records.findLastIndex(({ attributes }) => attributes['lagpipe.netns.name'] === green.name);
    const lastBlue = records.findLastIndex(
      ({ attributes }) => attributes['lagpipe.netns.name'] === blue.name,
    );
    assert.ok(last < lastBlue, 'a namespace that is gone goes on');
    assert.ok(inBlue.port > 0);
  });

  it('are all found, also those of processes that have no name', async () => {
    const child: ChildProcess = spawn('unshare', ['--net', 'sleep', '60'], { stdio: 'ignore' });
    try {
      await using agent = new AgentProcess(`  sockets: { ${SETTINGS}, network_namespaces: [all] }`);
      const inode = () => {
        try {
          return statSync(`/proc/${child.pid}/ns/net`).ino;
        } catch {
          return 0;
        }
      };
      await agent.until('the namespace of a process', () =>
        agent.records().some(({ attributes }) => attributes['lagpipe.netns.inode'] === inode()),
      );
      const [loader] = loadersOf(agent.pid);
      assert.equal(permitted(loader), CAP_SYS_ADMIN | CAP_SYS_PTRACE);
      const own = statSync('/proc/self/ns/net').ino;
      assert.ok(agent.records().some(({ attributes }) => attributes['lagpipe.netns.inode'] === own));
      await agent.stop();
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('are refused in words to a user who may not look into them', async () => {
    using blue = new NetworkNamespace();
    const folder = mkdtempSync(join(tmpdir(), 'lagpipe-test-'));
    try {
      chmodSync(folder, 0o755);
      execFileSync('cp', [loaderPath(), join(folder, 'lagpipe-loader')]);
      const asNobody = join(folder, 'as-nobody');
      const command = `setpriv --reuid 65534 --regid 65534 --clear-groups ${folder}/lagpipe-loader`;
      writeFileSync(asNobody, `#!/bin/sh\nexec ${command}\n`, { mode: 0o755 });
      await withLoader(asNobody, async () => {
        await using agent = new AgentProcess(
          `  sockets: { ${SETTINGS}, network_namespaces: [own, ${blue.name}, no-such-name] }`,
        );
        await agent.until('the first census', () => censuses(agent) >= 1);
        await agent.stop();
        assert.match(agent.stderr, /namespaces: .*lacks CAP_SYS_ADMIN.*run as root/);
        assert.match(agent.stderr, /no-such-name.*ip netns list/);
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
