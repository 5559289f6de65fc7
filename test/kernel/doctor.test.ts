import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import { ROOT } from '../root.ts';
import { whyNoKernelTests, whyTimesMeanNothing } from './lib/host.ts';
import { NetworkNamespace } from './lib/network-namespace.ts';

const skip = whyNoKernelTests() ?? whyTimesMeanNothing() ?? false;

/** A setting of the whole host, which only its first network namespace has. */
const BACKLOG = '/proc/sys/net/core/netdev_max_backlog';
const skipBacklog = existsSync(BACKLOG) ? false : `it changes ${BACKLOG}, which is not there`;

const PORT = '8080';
const LOOK_SECONDS = 10;

interface Found {
  readonly rule: string;
  readonly severity: string;
  readonly cause: string;
  readonly commands: readonly string[];
  readonly evidence: readonly { readonly name: string; readonly value: number }[];
}

/** A network namespace with processes in it, which end with it. */
class Demonstration implements AsyncDisposable {
  readonly namespace = new NetworkNamespace();
  readonly #children: ChildProcess[] = [];

  /** Starts a program inside, and waits for its first line where it says that it is ready. */
  async start(command: readonly string[], isReady = false): Promise<void> {
    const [file, ...rest] = this.namespace.command(...command);
    const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#children.push(child);
    if (isReady) await once(child.stdout, 'data');
  }

  serve(workMillis: number, manner: 'keep' | 'close' | 'leak'): Promise<void> {
    return this.start([...WEB, 'serve', PORT, `${workMillis}`, manner], true);
  }

  /** Runs for longer than the doctor looks. */
  load(clients: number, pauseMillis: number, manner: 'keep' | 'once' | 'leave'): Promise<void> {
    return this.start([...WEB, 'load', PORT, `${clients}`, `${LOOK_SECONDS + 10}`, `${pauseMillis}`, manner]);
  }

  /** What `lagpipe doctor` says inside, while something happens after its start. */
  async doctor(
    during: () => Promise<void> = async () => {},
  ): Promise<{ readonly findings: readonly Found[]; readonly exitCode: number | null }> {
    const main = process.env.LAGPIPE_TEST_AGENT ?? join(ROOT, 'scripts/lagpipe.mjs');
    const command = [process.execPath, main, 'doctor', '--for', `${LOOK_SECONDS}s`, '--json'];
    const [file, ...rest] = this.namespace.command(...command);
    const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    const closed = once(child, 'close');
    await after(3000);
    await during();
    const [exitCode] = await closed;
    return { findings: JSON.parse(printed).findings, exitCode };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    await Promise.all(
      this.#children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'close')),
    );
    this.namespace[Symbol.dispose]();
  }
}

const WEB = [process.execPath, join(ROOT, 'test/kernel/lib/web-traffic.mjs')];

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
    await demonstration.serve(0, 'keep');
    await demonstration.load(60, 0, 'keep');
    const before = readFileSync(BACKLOG, 'utf8');
    try {
      writeFileSync(BACKLOG, '1');
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
