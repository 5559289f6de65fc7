import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../root.ts';
import type { NetworkNamespace } from './network-namespace.ts';

/** One line of the `json` format: an event or a metric point, as the contract in the README has it. */
export interface OutputRecord {
  readonly time: string;
  readonly event?: string;
  readonly metric?: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly value?: HistogramValue & number;
}

export interface HistogramValue {
  readonly count: number;
  readonly sum: number;
  readonly min?: number;
  readonly max?: number;
  readonly scale: number;
  readonly zeroCount: number;
  readonly positive: { readonly offset: number; readonly bucketCounts: readonly number[] };
}

/** An emulated processor is some twenty times as slow. */
const PATIENCE = process.env.LAGPIPE_TEST_MACHINE === undefined ? 1 : 4;

/** The agent as a user runs it, in a network namespace, writing JSON lines that the test reads. */
export class AgentProcess implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'lagpipe-test-'));
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;
  #stdout = '';
  stderr = '';

  constructor(
    sources: string,
    options: { readonly namespace?: NetworkNamespace; readonly sinks?: string } = {},
  ) {
    const sinks = `  stdout: { format: json }\n${options.sinks ?? ''}`;
    const file = join(this.#folder, 'pipeline.yaml');
    writeFileSync(
      file,
      `sources:\n${sources}\nsinks:\n${sinks}\npipelines:\n` +
        `  all: { sources: [${idsIn(sources)}], sinks: [${idsIn(sinks)}] }\n`,
    );
    // In a virtual machine the bundle itself: what would make it anew is not there.
    const main = process.env.LAGPIPE_TEST_AGENT ?? join(ROOT, 'scripts/lagpipe.mjs');
    const node = [process.execPath, main, 'run', file, '--stats'];
    const [command, ...rest] = options.namespace?.command(...node) ?? node;
    this.#child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#exited = new Promise((resolve) => this.#child.on('close', (code) => resolve(code)));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Complete lines so far. */
  records(): OutputRecord[] {
    return this.#stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  /** Waits until something holds, looking every 50 ms; what it waited for is in the error when it never does. */
  async until(what: string, holds: () => boolean, limitMillis = 30_000): Promise<void> {
    const deadline = Date.now() + limitMillis * PATIENCE;
    while (!holds()) {
      if (this.#child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`waited in vain for ${what}; the agent said:\n${this.stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Waits until the probes of a source are attached. */
  async live(source: string): Promise<void> {
    await this.until(`${source} to be live`, () => this.stderr.includes(`${source}: live:`));
  }

  /** The parts of a source that work as they should, by what the agent said at its start. */
  liveParts(source: string): string[] {
    const [, parts = ''] = new RegExp(`${source}: live: (.*)`).exec(this.stderr) ?? [];
    return [...parts.matchAll(/([a-z-]+) \(/g)].map(([, part]) => part);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Ctrl-C, and everything that the agent wrote until it ended. */
  async stop(): Promise<{ readonly exitCode: number | null; readonly records: OutputRecord[] }> {
    if (this.#child.exitCode === null) this.#child.kill('SIGINT');
    const exitCode = await this.#exited;
    return { exitCode, records: this.records() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
    await this.#exited;
    rmSync(this.#folder, { recursive: true });
  }
}

function idsIn(section: string): string {
  return [...section.matchAll(/^ {2}([a-z_/]+):/gm)].map((match) => match[1]).join(', ');
}
