import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import type { PartStatus } from '../../src/model/telemetry.ts';
import { filesOf } from '../../src/sources/proc/files.ts';
import { Poller } from '../../src/sources/proc/poller.ts';
import { decoding, figureOf } from '../../src/sources/proc/testdata/decoding.ts';
import { whyNoKernelTests } from './lib/host.ts';
import { NetworkNamespace } from './lib/network-namespace.ts';

const skip = whyNoKernelTests() ?? false;
const DATAGRAMS = 5;
const FILES = filesOf(['netdev', 'netstat', 'sysctl'], 1000);

describe('proc source: the network namespace of somebody else', { skip }, () => {
  let namespace: NetworkNamespace;
  let inside: ChildProcess;

  before(async () => {
    namespace = new NetworkNamespace();
    inside = await startInside();
  });

  after(async () => {
    await end(inside);
    namespace[Symbol.dispose]();
  });

  async function startInside(): Promise<ChildProcess> {
    const [file, ...rest] = namespace.command('sh', '-c', 'echo there; exec sleep 60');
    const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(child.stdout!, 'data');
    return child;
  }

  async function end(child: ChildProcess): Promise<void> {
    child.kill();
    await once(child, 'exit');
  }

  /** To a port where nobody listens, which the kernel counts. */
  function sendDatagrams(): void {
    for (let sent = 0; sent < DATAGRAMS; sent++) {
      namespace.execute('bash', '-c', 'echo x > /dev/udp/127.0.0.1/9');
    }
  }

  const received = (poller: Poller, seconds: number, feed: ReturnType<typeof decoding>['feed']) => {
    const metrics = poller
      .poll([seconds, 0])
      .flatMap(({ name, bytes, time }) => feed(name, Buffer.from(bytes).toString(), time));
    const loopback = { 'network.interface.name': 'lo', 'network.io.direction': 'receive' };
    return {
      loopbackBytes: figureOf(metrics, 'system.network.io', loopback),
      noPorts: figureOf(metrics, 'lagpipe.netstat.udp.no_ports'),
      backlog: figureOf(metrics, 'lagpipe.sysctl.net.core.netdev_max_backlog'),
      somaxconn: figureOf(metrics, 'lagpipe.sysctl.net.core.somaxconn'),
    };
  };

  for (const way of ['its name', 'a process inside'] as const) {
    it(`reads it by ${way}, and of the settings only those of the host`, () => {
      const netns = way === 'its name' ? namespace.name : String(inside.pid);
      const statuses: PartStatus[] = [];
      const poller = new Poller({ root: '/proc', netns, files: FILES, intervalMillis: 1000 }, (status) =>
        statuses.push(status),
      );
      const { feed } = decoding({ netns });
      const before = received(poller, 1, feed);
      sendDatagrams();
      const after = received(poller, 2, feed);
      poller.close();
      assert.deepEqual(statuses, []);
      assert.ok((after.loopbackBytes ?? 0) > (before.loopbackBytes ?? 0));
      assert.equal((after.noPorts ?? 0) - (before.noPorts ?? 0), DATAGRAMS);
      assert.equal(typeof before.backlog, 'number');
      assert.equal(before.somaxconn, undefined);
    });
  }

  it('finds another process inside when the one that it read through has ended', async () => {
    const poller = new Poller(
      { root: '/proc', netns: namespace.name, files: FILES, intervalMillis: 1000 },
      () => {},
    );
    const { feed } = decoding({ netns: namespace.name });
    assert.equal(typeof received(poller, 1, feed).noPorts, 'number');
    const successor = await startInside();
    await end(inside);
    inside = successor;
    assert.equal(typeof received(poller, 2, feed).noPorts, 'number');
    poller.close();
  });
});
