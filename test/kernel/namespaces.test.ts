import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { AgentProcess, type OutputRecord } from './lib/agent-process.ts';
import { trafficBinary, whyNoKernelTests } from './lib/host.ts';
import { loadersOf } from './lib/loaders.ts';
import { NetworkNamespace } from './lib/network-namespace.ts';
import { keptAndLeftOut } from './lib/stage-histograms.ts';
import { VethPair } from './lib/veth-pair.ts';
import { WrappedLoader } from './lib/wrapped-loader.ts';

const skip = whyNoKernelTests() ?? false;
const COUNT = 200;
/** Nobody else's: the agent counts in all namespaces, and what else this machine does is left out by it. */
const PORT = '7019';
/** Where to knock, one for each namespace of a test. */
const KNOCKING_PORTS = ['7020', '7021'] as const;
const SOURCE = 'ebpf_stack_latency';
const MESSAGES = ['messages', 'udp', '4', `${COUNT}`, '0', '0', PORT];
/** CAP_SYS_PTRACE and CAP_SYS_ADMIN. */
const KEPT_TO_FOLLOW = (1n << 19n) | (1n << 21n);

function agentIn(namespace: NetworkNamespace, fields = ''): AgentProcess {
  const filter = `interval: 200ms, attach: hook, group_by: [local_port], filter: { local_ports: [${PORT}, ${KNOCKING_PORTS}] }`;
  return new AgentProcess(`  ${SOURCE}: { ${filter}${fields} }`, { namespace });
}

function send(namespace: NetworkNamespace, protocol: string): Promise<unknown> {
  return namespace.traffic('messages', protocol, '4', `${COUNT}`, '0', '0', PORT);
}

/** A namespace that is mounted nowhere, and so is found by its process: the command line to run something inside. */
function namelessNamespace() {
  const child = spawn('unshare', ['--net', 'sh', '-c', 'ip link set lo up && echo up && read end'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return {
    up: once(child.stdout!, 'data'),
    command: (...words: string[]) => ['nsenter', `--net=/proc/${child.pid}/ns/net`, ...words],
    [Symbol.dispose]: () => void child.stdin!.end('\n'),
  };
}

/** Sends a datagram there again and again, until one is seen: then the namespace has been met. */
async function met(
  agent: AgentProcess,
  place: Pick<NetworkNamespace, 'command'>,
  port: string = KNOCKING_PORTS[0],
): Promise<void> {
  const knock = [trafficBinary(), 'messages', 'udp', '4', '1', '0', '0', port];
  const [file, ...words] = place.command(...knock);
  await agent.until('the namespace to be met', () => {
    execFileSync(file, words, { stdio: 'ignore' });
    return kept(agent.records(), 'ip-start', port) > 0;
  });
}

function kept(records: readonly OutputRecord[], stage: string, port = PORT): number {
  const ofPort = records.filter(({ attributes }) => `${attributes['network.local.port']}` === port);
  return keptAndLeftOut(ofPort, stage, 'filtered').kept;
}

/** How a stage is attached, by the table of the start-up line: `ip-start (by netfilter_followed)`. */
function wayOf(agent: AgentProcess, stage: string): string | undefined {
  return new RegExp(`${stage} \\(by ([a-z_]+)`).exec(agent.stderr)?.[1];
}

describe('network namespaces that come and go', { skip, concurrency: false }, () => {
  it('are counted from when they are there, also those that only a process has', async () => {
    using home = new NetworkNamespace();
    await using agent = agentIn(home);
    await agent.live(SOURCE);
    using later = new NetworkNamespace();
    await met(agent, later);
    await send(later, 'udp');
    await send(later, 'tcp');
    using nameless = namelessNamespace();
    await nameless.up;
    await met(agent, nameless, KNOCKING_PORTS[1]);
    const [file, ...words] = nameless.command(trafficBinary(), ...MESSAGES);
    execFileSync(file, words);
    const { exitCode, records } = await agent.stop();
    assert.equal(exitCode, 0, agent.stderr);
    for (const stage of ['udp-socket-enqueued', 'udp-socket-read'])
      if (wayOf(agent, stage) !== undefined) assert.equal(kept(records, stage), 2 * COUNT, stage);
    assert.equal(kept(records, 'tcp-socket-read'), COUNT);
    // Of the TCP conversation, the client's segments go to the port: its data, and the three that open and close it.
    const handshake = wayOf(agent, 'tcp-start') === 'netfilter_followed' ? 3 : 0;
    assert.ok(kept(records, 'tcp-start') >= COUNT + handshake);
    assert.ok(kept(records, 'ip-start') >= 3 * COUNT + 3, `${kept(records, 'ip-start')} at ip-start`);
    if (wayOf(agent, 'udp-start') === 'netfilter_followed')
      assert.equal(kept(records, 'udp-start'), 2 * COUNT);
  });

  it('are let go: one that was deleted takes its interfaces with it', async () => {
    using home = new NetworkNamespace();
    await using agent = agentIn(home);
    await agent.live(SOURCE);
    const other = new NetworkNamespace();
    await met(agent, other);
    home.ip('link', 'add', 'near0', 'type', 'veth', 'peer', 'name', 'far0', 'netns', other.name);
    other[Symbol.dispose]();
    const isThere = () => home.execute('ip', '-o', 'link').includes('near0');
    await agent.until('the veth of the deleted namespace to go', () => !isThere(), 10_000);
    assert.equal((await agent.stop()).exitCode, 0, agent.stderr);
  });

  it('take two capabilities, which are kept out of effect, and none where they are not followed', async () => {
    using home = new NetworkNamespace();
    for (const [fields, wanted] of [
      ['', KEPT_TO_FOLLOW],
      [', network_namespace: own', 0n],
    ] as const) {
      await using agent = agentIn(home, fields);
      await agent.live(SOURCE);
      const [loader] = loadersOf(agent.pid);
      const status = readFileSync(`/proc/${loader}/status`, 'utf8');
      const set = (name: string) => BigInt(`0x${new RegExp(`${name}:\\s+(\\w+)`).exec(status)?.[1]}`);
      const isFollowing = wayOf(agent, 'ip-start') === 'netfilter_followed';
      assert.equal(set('CapPrm'), isFollowing ? wanted : 0n);
      assert.equal(set('CapEff'), 0n);
    }
  });
});

describe('more network namespaces than files may be open', { skip, concurrency: false }, () => {
  it('is said, because packets are missed there', async (t) => {
    using _limited = new WrappedLoader('ulimit -n 120 && exec');
    using home = new NetworkNamespace();
    await using agent = agentIn(home);
    await agent.live(SOURCE);
    if (wayOf(agent, 'ip-start') !== 'netfilter_followed')
      return t.skip('this kernel has no netfilter links, which are files');
    using made = new DisposableStack();
    for (let i = 0; i < 20; i += 1) made.use(new NetworkNamespace());
    await agent.until('the warning', () =>
      /the start stages miss packets of .*Too many open files/.test(agent.stderr),
    );
    await agent.stop();
  });
});

describe('the filter for network namespaces', { skip, concurrency: false }, () => {
  it('keeps one or several by name or number, and counts the rest', async () => {
    using home = new NetworkNamespace();
    using first = new NetworkNamespace();
    using second = new NetworkNamespace();
    using third = new NetworkNamespace();
    const inode = third.execute('stat', '-L', '-c', '%i', '/proc/self/ns/net').trim();
    const stages = 'stages: [udp-socket-enqueued, udp-socket-read, ip-start], group_by: [local_port]';
    const filter = `filter: { network_namespaces: [${first.name}, "${inode}"] }`;
    await using agent = new AgentProcess(`  ${SOURCE}: { interval: 200ms, ${stages}, ${filter} }`, {
      namespace: home,
    });
    await agent.live(SOURCE);
    for (const each of [first, second, third]) await send(each, 'udp');
    const { exitCode, records } = await agent.stop();
    assert.equal(exitCode, 0, agent.stderr);
    for (const stage of ['ip-start', 'udp-socket-enqueued', 'udp-socket-read']) {
      if (wayOf(agent, stage) === undefined) continue;
      assert.equal(kept(records, stage), 2 * COUNT, stage);
      assert.ok(keptAndLeftOut(records, stage, 'filtered').left_out >= COUNT, stage);
    }
  });

  it('works together with an interface, found by its name in that namespace', async () => {
    using home = new NetworkNamespace();
    using pair = new VethPair();
    const stages = 'stages: [udp-socket-enqueued, udp-socket-read]';
    const filter = `filter: { network_namespaces: [${pair.receiver.name}], interfaces: [eth0] }`;
    await using agent = new AgentProcess(`  ${SOURCE}: { interval: 200ms, ${stages}, ${filter} }`, {
      namespace: home,
    });
    await agent.live(SOURCE);
    await pair.messages('udp', 4, COUNT, 'lockstep');
    await send(pair.receiver, 'udp');
    const { exitCode, records } = await agent.stop();
    assert.equal(exitCode, 0, agent.stderr);
    for (const stage of ['udp-socket-enqueued', 'udp-socket-read'])
      if (wayOf(agent, stage) !== undefined)
        assert.equal(keptAndLeftOut(records, stage, 'filtered').kept, COUNT, stage);
  });

  it('says which namespace there is not', async () => {
    using home = new NetworkNamespace();
    await using agent = new AgentProcess(
      `  ${SOURCE}: { filter: { network_namespaces: [nowhere-at-all] } }\n  ebpf_tcp_connect: {}`,
      { namespace: home },
    );
    await agent.until('the reason', () => /there is no network namespace nowhere-at-all/.test(agent.stderr));
    assert.ok(!existsSync('/run/netns/nowhere-at-all'));
    await agent.stop();
  });
});
