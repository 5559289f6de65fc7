import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { ROOT } from '../../root.ts';
import { NetworkNamespace } from './network-namespace.ts';
import { ADDRESS, type VethPair } from './veth-pair.ts';

const WEB = [process.execPath, join(ROOT, 'test/kernel/lib/web-traffic.mjs')];
const PORT = '8080';
/** Longer than any doctor looks, which on an emulated processor takes long to start. */
const LOAD_SECONDS = '600';

/** A finding of the doctor's report. */
export interface Found {
  readonly rule: string;
  readonly severity: string;
  readonly cause: string;
  readonly commands: readonly string[];
  readonly evidence: readonly { readonly name: string; readonly value: number }[];
}

/**
 * A server and its clients, which end with it: in one network namespace, or with a cable between them. The doctor
 * looks where the clients are.
 */
export class Demonstration implements AsyncDisposable {
  readonly namespace: NetworkNamespace;
  readonly #lookSeconds: number;
  readonly #pair: VethPair | undefined;
  readonly #children: ChildProcess[] = [];

  constructor({ pair, lookSeconds = 10 }: { readonly pair?: VethPair; readonly lookSeconds?: number } = {}) {
    this.namespace = pair?.sender ?? new NetworkNamespace();
    this.#lookSeconds = lookSeconds;
    this.#pair = pair;
  }

  serve(workMillis: number, manner: 'keep' | 'close' | 'leak'): Promise<void> {
    const namespace = this.#pair?.receiver ?? this.namespace;
    return this.#start(namespace, ['serve', PORT, `${workMillis}`, manner, this.#address], true);
  }

  load(clients: number, pauseMillis: number, manner: 'keep' | 'once' | 'leave'): Promise<void> {
    const how = [`${clients}`, LOAD_SECONDS, `${pauseMillis}`, manner, this.#address];
    return this.#start(this.namespace, ['load', PORT, ...how]);
  }

  stream(): Promise<void> {
    return this.#start(this.namespace, ['stream', PORT, LOAD_SECONDS], true);
  }

  /** What `lagpipe doctor` says, while something happens after its start. */
  async doctor(
    during: () => Promise<void> = async () => {},
  ): Promise<{ readonly findings: readonly Found[]; readonly exitCode: number | null }> {
    const main = process.env.LAGPIPE_TEST_AGENT ?? join(ROOT, 'scripts/lagpipe.mjs');
    const command = [process.execPath, main, 'doctor', '--for', `${this.#lookSeconds}s`, '--json'];
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

  get #address(): string {
    return this.#pair === undefined ? '127.0.0.1' : ADDRESS[4];
  }

  /** Starts the traffic inside, and waits for its first line where it says that it is ready. */
  async #start(namespace: NetworkNamespace, traffic: readonly string[], isReady = false): Promise<void> {
    const [file, ...rest] = namespace.command(...WEB, ...traffic);
    const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#children.push(child);
    if (isReady) await once(child.stdout, 'data');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    await Promise.all(
      this.#children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'close')),
    );
    (this.#pair ?? this.namespace)[Symbol.dispose]();
  }
}
