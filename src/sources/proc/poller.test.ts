import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { PartStatus } from '../../model/telemetry.ts';
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
    poller = new Poller(root, [DEV, IRQ], (status) => statuses.push(status));
  });

  afterEach(() => {
    poller.close();
    rmSync(root, { recursive: true });
  });

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
