import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AgentProcess, type OutputRecord } from './lib/agent-process.ts';
import { whyNoKernelTests } from './lib/host.ts';
import { NetworkNamespace } from './lib/network-namespace.ts';

const skip = whyNoKernelTests() ?? false;
const CONNECTS = 500;
const VIRTUAL_PORT = 80;
const REAL_PORT = 8080;

interface Family {
  readonly name: string;
  readonly nft: string;
  readonly bits: number;
  readonly virtual: string;
  readonly virtualOfRouter: string;
  readonly client: string;
  readonly router: readonly [string, string];
  readonly backend: string;
}

/** Documentation addresses (RFC 5737, RFC 3849); each in a namespace of the test's own. */
const FAMILIES: readonly Family[] = [
  {
    name: 'IPv4',
    nft: 'ip',
    bits: 24,
    virtual: '203.0.113.80',
    virtualOfRouter: '203.0.113.81',
    client: '192.0.2.2',
    router: ['192.0.2.1', '198.51.100.1'],
    backend: '198.51.100.2',
  },
  {
    name: 'IPv6',
    nft: 'ip6',
    bits: 64,
    virtual: '2001:db8:80::80',
    virtualOfRouter: '2001:db8:80::81',
    client: '2001:db8:1::2',
    router: ['2001:db8:1::1', '2001:db8:2::1'],
    backend: '2001:db8:2::2',
  },
];

/** Rewrites the virtual addresses, each to its real one. */
function translate(
  namespace: NetworkNamespace,
  hook: 'output' | 'prerouting',
  { nft }: Family,
  addresses: Readonly<Record<string, string>>,
): void {
  const rules = Object.entries(addresses).map(([virtual, real]) => {
    const to = `${nft === 'ip6' ? `[${real}]` : real}:${REAL_PORT}`;
    return `${nft} daddr ${virtual} tcp dport ${VIRTUAL_PORT} dnat to ${to}`;
  });
  namespace.nft(`table ${nft} services {
    chain translate {
      type nat hook ${hook} priority -100
      ${rules.join('\n      ')}
    }
  }\n`);
}

function link(from: NetworkNamespace, name: string, to: NetworkNamespace): void {
  from.ip('link', 'add', name, 'type', 'veth', 'peer', 'name', name, 'netns', to.name);
  for (const end of [from, to]) end.ip('link', 'set', name, 'up');
}

function addAddress(namespace: NetworkNamespace, device: string, family: Family, address: string): void {
  const noDetection = family.nft === 'ip6' ? ['nodad'] : [];
  namespace.ip('address', 'add', `${address}/${family.bits}`, 'dev', device, ...noDetection);
}

/** client ── router ── backend; the router translates the virtual address, as a node does for its pods. */
function connectNamespaces(client: NetworkNamespace, router: NetworkNamespace, backend: NetworkNamespace) {
  link(client, 'left', router);
  link(backend, 'right', router);
  router.sysctl('net.ipv4.ip_forward', '1');
  router.sysctl('net.ipv6.conf.all.forwarding', '1');
  for (const family of FAMILIES) {
    addAddress(client, 'left', family, family.client);
    addAddress(router, 'left', family, family.router[0]);
    addAddress(router, 'right', family, family.router[1]);
    addAddress(backend, 'right', family, family.backend);
    client.ip('route', 'add', 'default', 'via', family.router[0]);
    backend.ip('route', 'add', 'default', 'via', family.router[1]);
    translate(router, 'prerouting', family, {
      [family.virtual]: family.backend,
      [family.virtualOfRouter]: family.router[1],
    });
  }
}

/** Connects CONNECTS times and returns the events of exactly that client, once there are as many. */
async function eventsOf(
  agent: AgentProcess,
  from: NetworkNamespace,
  server: NetworkNamespace,
  address: string,
  port: number,
  backend: string,
): Promise<readonly OutputRecord[]> {
  const accepted = server.traffic('accept', backend, `${REAL_PORT}`, `${CONNECTS}`);
  const listening = new RegExp(`:${REAL_PORT.toString(16).toUpperCase()} \\S+ 0A `);
  await agent.until('the listener', () =>
    listening.test(server.execute('cat', '/proc/net/tcp', '/proc/net/tcp6')),
  );
  const { pid } = await from.traffic('connects-to', address, `${port}`, `${CONNECTS}`);
  await accepted;
  const events = () =>
    agent
      .records()
      .filter((record) => record.event === 'tcp.connect' && record.attributes['process.pid'] === pid);
  await agent.until(`${CONNECTS} events`, () => events().length >= CONNECTS);
  assert.equal(events().length, CONNECTS);
  return events();
}

/** The refused ones of so many connects, whose SYNs all wait in one queue before any of them reaches the router. */
async function heldUp(
  agent: AgentProcess,
  client: NetworkNamespace,
  { virtual }: Family,
  many: number,
): Promise<readonly OutputRecord[]> {
  const queue = (rate: string) =>
    ['dev', 'left', 'root', 'tbf', 'rate', rate, 'burst', '2000', 'limit', '16mb'] as const;
  client.execute('tc', 'qdisc', 'replace', ...queue('8kbit'));
  const attempts = client.timedTraffic('attempts', virtual, `${VIRTUAL_PORT}`, `${many}`, '3000');
  const show = () => client.execute('tc', '-s', 'qdisc', 'show', 'dev', 'left');
  const held = () => Number(/backlog \S+ (\d+)p/.exec(show())?.[1]);
  await agent.until('the SYNs to be held', () => held() >= many - 100);
  client.execute('tc', 'qdisc', 'change', ...queue('10gbit'));
  const { pid } = await attempts;
  client.execute('tc', 'qdisc', 'delete', 'dev', 'left', 'root');
  const events = () => agent.records().filter(({ attributes }) => attributes['process.pid'] === pid);
  await agent.until('most events', () => events().length >= 0.8 * many);
  return events().filter(({ attributes }) => attributes['lagpipe.tcp.outcome'] === 'refused');
}

/** How many events have each combination of the address asked for and the translated one. */
function pairsOf(events: readonly OutputRecord[]): Record<string, number> {
  const pairs: Record<string, number> = {};
  for (const { attributes } of events) {
    const asked = `${attributes['network.peer.address']} ${attributes['network.peer.port']}`;
    const got = `${attributes['lagpipe.nat.peer.address']} ${attributes['lagpipe.nat.peer.port']}`;
    pairs[`${asked} -> ${got}`] = (pairs[`${asked} -> ${got}`] ?? 0) + 1;
  }
  return pairs;
}

describe('translated addresses', { skip, concurrency: false }, () => {
  const namespaces: NetworkNamespace[] = [];
  let agent: AgentProcess;

  before(async () => {
    for (let made = 0; made < 4; made += 1) namespaces.push(new NetworkNamespace());
    const [client, router, backend, alone] = namespaces;
    connectNamespaces(client, router, backend);
    for (const family of FAMILIES) {
      addAddress(alone, 'lo', family, family.backend);
      alone.ip('route', 'add', family.virtual, 'dev', 'lo');
      translate(alone, 'output', family, { [family.virtual]: family.backend });
    }
    agent = new AgentProcess('  ebpf_tcp_connect: { interval: 200ms }');
    await agent.live('ebpf_tcp_connect');
  });

  after(async () => {
    await agent?.[Symbol.asyncDispose]();
    for (const namespace of namespaces) namespace[Symbol.dispose]();
  });

  for (const family of FAMILIES) {
    const asked = `${family.virtual} ${VIRTUAL_PORT}`;

    it(`by the namespace that connects (${family.name})`, async () => {
      const alone = namespaces[3];
      const events = await eventsOf(agent, alone, alone, family.virtual, VIRTUAL_PORT, family.backend);
      assert.deepEqual(pairsOf(events), { [`${asked} -> ${family.backend} ${REAL_PORT}`]: CONNECTS });
    });

    it(`by the namespace behind it (${family.name})`, async () => {
      const [client, , backend] = namespaces;
      const events = await eventsOf(agent, client, backend, family.virtual, VIRTUAL_PORT, family.backend);
      assert.deepEqual(pairsOf(events), { [`${asked} -> ${family.backend} ${REAL_PORT}`]: CONNECTS });
    });

    it(`by the namespace behind it, to a process of its own (${family.name})`, async () => {
      const [client, router] = namespaces;
      const own = family.router[1];
      const events = await eventsOf(agent, client, router, family.virtualOfRouter, VIRTUAL_PORT, own);
      const asked = `${family.virtualOfRouter} ${VIRTUAL_PORT}`;
      assert.deepEqual(pairsOf(events), { [`${asked} -> ${own} ${REAL_PORT}`]: CONNECTS });
    });

    it(`and refused there (${family.name})`, async () => {
      const { pid } = await namespaces[3].traffic('connect', family.virtual, `${VIRTUAL_PORT}`, 'wait');
      const events = () => agent.records().filter((record) => record.attributes['process.pid'] === pid);
      await agent.until('the event', () => events().length > 0);
      assert.deepEqual(pairsOf(events()), { [`${asked} -> ${family.backend} ${REAL_PORT}`]: 1 });
      assert.equal(events()[0].attributes['lagpipe.tcp.outcome'], 'refused');
    });

    it(`after a queue that held thousands of SYNs (${family.name})`, async () => {
      const translated = `${asked} -> ${family.backend} ${REAL_PORT}`;
      // Where a burst like that interrupts a probe, the kernel leaves the probe out for the rest of it: hence again.
      let pairs: string[] = [];
      for (let tries = 0; tries < 4 && pairs.join() !== translated; tries += 1)
        pairs = Object.keys(pairsOf(await heldUp(agent, namespaces[0], family, 9500)));
      assert.deepEqual(pairs, [translated]);
    });

    it(`nowhere, and then there is none (${family.name})`, async () => {
      const [client, , backend] = namespaces;
      const events = await eventsOf(agent, client, backend, family.backend, REAL_PORT, family.backend);
      assert.deepEqual(pairsOf(events), {
        [`${family.backend} ${REAL_PORT} -> undefined undefined`]: CONNECTS,
      });
    });
  }
});
