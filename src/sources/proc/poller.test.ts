import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { PartStatus } from '../../model/telemetry.ts';
import type { ProcFile } from './files.ts';
import { Poller } from './poller.ts';

const DEV = { name: 'net/dev', whenMissing: 'no network here' };
const IRQ = { name: 'pressure/irq', whenMissing: 'not in this kernel' };

describe('Poller', () => {
  let root = '';
  let statuses: PartStatus[] = [];
  let poller: Poller;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'lagpipe-proc-'));
    mkdirSync(join(root, 'net'));
    mkdirSync(join(root, 'pressure'));
    statuses = [];
    poller = pollerOf([DEV, IRQ]);
  });

  afterEach(() => {
    poller.close();
    rmSync(root, { recursive: true });
  });

  function pollerOf(files: readonly ProcFile[], netns?: string): Poller {
    return new Poller({ root, netns, files, intervalMillis: 1000 }, (status) => statuses.push(status));
  }

  const write = (name: string, text: string) => writeFileSync(join(root, name), text);
  const poll = (seconds: number) =>
    poller.poll([seconds, 0]).map(({ name, bytes }) => [name, Buffer.from(bytes).toString()]);

  it('reads each file anew at every tick, longer or shorter than before', () => {
    write('net/dev', 'first');
    write('pressure/irq', 'x');
    assert.deepEqual(poll(1), [
      ['net/dev', 'first'],
      ['pressure/irq', 'x'],
    ]);
    write('net/dev', 'a longer second');
    assert.deepEqual(poll(2)[0], ['net/dev', 'a longer second']);
    write('net/dev', '3');
    assert.deepEqual(poll(3)[0], ['net/dev', '3']);
  });

  it('gives bytes that the next tick does not change', () => {
    write('net/dev', 'before');
    const [chunk] = poller.poll([1, 0]);
    write('net/dev', 'after!');
    poller.poll([2, 0]);
    assert.equal(Buffer.from(chunk.bytes).toString(), 'before');
  });

  it('reads files that are larger than its buffer', () => {
    const text = 'line of a host with very many interfaces\n'.repeat(10_000);
    write('net/dev', text);
    assert.deepEqual(poll(1), [['net/dev', text]]);
  });

  it('reports a missing file once, tries it again after a minute, and says when it is there', () => {
    write('net/dev', 'x');
    poll(0);
    poll(30);
    assert.deepEqual(statuses, [
      {
        part: 'pressure/irq',
        state: 'degraded',
        detail: `${root}/pressure/irq is not there: not in this kernel`,
      },
    ]);
    write('pressure/irq', 'y');
    assert.equal(poll(59).length, 1);
    assert.equal(poll(60).length, 2);
    assert.deepEqual(statuses[1], { part: 'pressure/irq', state: 'live', detail: 'readable again' });
  });

  it('reads a costly file less often, and at the tick that is nearest', () => {
    poller = pollerOf([{ ...DEV, everyMillis: 10_000 }]);
    write('net/dev', 'x');
    const ticks = [0, 5, 9, 9.6, 15, 19.7].filter((seconds) => poll(seconds).length > 0);
    assert.deepEqual(ticks, [0, 9.6, 19.7]);
    assert.equal(poller.poll([20, 0], true).length, 1, 'the last time, it is read in any case');
  });

  it('reads several small files as one, without those that are not there', () => {
    poller = pollerOf([{ name: 'sysctl', whenMissing: '', members: 'sysctl' }]);
    mkdirSync(join(root, 'sys/net/ipv4'), { recursive: true });
    write('sys/net/ipv4/tcp_rto_min_us', '200000\n');
    write('sys/net/ipv4/tcp_mem', '1\t2\t3\n');
    assert.deepEqual(poll(1), [['sysctl', 'net.ipv4.tcp_rto_min_us = 200000\nnet.ipv4.tcp_mem = 1\t2\t3\n']]);
    assert.deepEqual(statuses, []);
  });

  it('finds the ksoftirqd of every CPU among the children of kthreadd, and no process that is called so', () => {
    poller = pollerOf([{ name: 'ksoftirqd', whenMissing: 'a container', members: 'ksoftirqd' }]);
    const processOf = (pid: number, comm: string, schedstat: string) => {
      mkdirSync(join(root, String(pid)));
      write(`${pid}/comm`, `${comm}\n`);
      write(`${pid}/schedstat`, `${schedstat}\n`);
    };
    mkdirSync(join(root, '2/task/2'), { recursive: true });
    write('2/task/2/children', '14 15 22 ');
    processOf(14, 'ksoftirqd/0', '1 2 3');
    processOf(15, 'rcu_preempt', '4 5 6');
    processOf(22, 'ksoftirqd/1', '7 8 9');
    processOf(999, 'ksoftirqd/0', '0 0 0');
    assert.deepEqual(poll(1), [['ksoftirqd', 'ksoftirqd/0 = 1 2 3\nksoftirqd/1 = 7 8 9\n']]);
  });

  it('does not say that a file is missing where another one says the same', () => {
    poller = pollerOf([{ name: 'conntrack', members: 'conntrack' }, IRQ]);
    assert.deepEqual(poll(1), []);
    assert.deepEqual(
      statuses.map(({ part }) => part),
      ['pressure/irq'],
    );
    assert.match(poller.firstReason ?? '', /not in this kernel/);
  });

  it('reports a host without ksoftirqd once', () => {
    poller = pollerOf([{ name: 'ksoftirqd', whenMissing: 'a container', members: 'ksoftirqd' }]);
    assert.deepEqual([...poll(1), ...poll(2)], []);
    assert.deepEqual(
      statuses.map(({ detail }) => detail),
      [`${root}/ksoftirqd is not there: a container`],
    );
  });

  it("reads the network of the first process where the root is a host's /proc, and not the agent's own", () => {
    mkdirSync(join(root, '1/net'), { recursive: true });
    write('1/comm', 'init');
    write('1/net/dev', "the host's");
    write('net/dev', "the container's");
    assert.deepEqual(poll(1), [['net/dev', "the host's"]]);
  });

  it('falls back to self/net where net is not there', () => {
    rmSync(join(root, 'net'), { recursive: true });
    mkdirSync(join(root, 'self/net'), { recursive: true });
    write('self/net/dev', 'mine');
    assert.deepEqual(poll(1), [['net/dev', 'mine']]);
  });

  it('opens a file again when the old descriptor cannot be read any more', async () => {
    write('pressure/irq', 'y');
    const child = spawn('sleep', ['60']);
    const exited = once(child, 'exit');
    symlinkSync(`/proc/${child.pid}/status`, join(root, 'net/dev'));
    assert.match(poll(1)[0][1], /^Name:/);
    child.kill();
    await exited;
    // Reading the status of an ended process gives ESRCH.
    rmSync(join(root, 'net/dev'));
    write('net/dev', 'another');
    assert.deepEqual(poll(2)[0], ['net/dev', 'another']);
    assert.deepEqual(statuses, []);
  });

  it('says what the system says about any other failure', () => {
    mkdirSync(join(root, 'net/dev'));
    poll(1);
    assert.match(statuses[0].detail, /EISDIR/);
  });

  it("follows a namespace to another process, and says that the figures are another's", async () => {
    const living = spawn('sleep', ['60']);
    const exited = once(living, 'exit');
    mkdirSync(join(root, '7/net'), { recursive: true });
    symlinkSync(`/proc/${living.pid}/comm`, join(root, '7/comm'));
    write('7/net/dev', 'first');
    poller = pollerOf([DEV], '7');
    assert.deepEqual(poll(1), [['net/dev', 'first']]);
    living.kill();
    await exited;
    // The same number, another process: its file is read anew and does not continue the old one.
    rmSync(join(root, '7'), { recursive: true });
    mkdirSync(join(root, '7/net'), { recursive: true });
    write('7/comm', 'another');
    write('7/net/dev', 'second');
    assert.deepEqual(poll(2), [
      ['net', ''],
      ['net/dev', 'second'],
    ]);
  });

  it('says that the process of a namespace is not there, and goes on with the files of the host', () => {
    poller = pollerOf([DEV, IRQ], '7');
    write('pressure/irq', 'y');
    assert.deepEqual([...poll(1), ...poll(2)].length, 2);
    assert.deepEqual(statuses, [{ part: 'net', state: 'degraded', detail: `no process 7 below ${root}` }]);
  });

  for (const [netns, expected] of [
    ['no-such-name', /no network namespace \/run\/netns\/no-such-name/],
    ['/proc/self/ns/net', /no process in the network namespace .*ip netns exec/],
  ] as const) {
    it(`says why the namespace ${netns} cannot be read`, () => {
      poller = pollerOf([DEV], netns);
      assert.deepEqual(poll(1), []);
      assert.match(statuses[0].detail, expected);
    });
  }

  it('keeps one descriptor per file, and none after close', () => {
    const openHere = () => readdirSync('/proc/self/fd', { withFileTypes: true }).length;
    write('net/dev', 'x');
    write('pressure/irq', 'y');
    const before = openHere();
    poll(1);
    poll(2);
    assert.equal(openHere(), before + 2);
    poller.close();
    assert.equal(openHere(), before);
  });
});
