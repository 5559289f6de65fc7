import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { NetworkNamespace } from '../test/kernel/lib/network-namespace.ts';
import { compiled, compiledForBpf } from './compile.ts';

/** What the kernel's statistics say of one BPF program. */
export interface ProgramCost {
  readonly runs: number;
  readonly nanos: number;
}

/** The programs of two-lookups.bpf.c, attached in a namespace until the end of the scope. */
export class TwoLookups implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  private constructor(child: ChildProcess, lines: Interface) {
    this.#child = child;
    this.#lines = lines;
  }

  static async attachedIn(namespace: NetworkNamespace): Promise<TwoLookups> {
    const program = compiled('two-lookups', ['bench/two-lookups.c', 'loader/netfilter_link.c'], ['-lbpf']);
    const [command, ...rest] = namespace.command(program, compiledForBpf('two-lookups'));
    const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    await Promise.race([once(lines, 'line'), failure(child)]);
    return new TwoLookups(child, lines);
  }

  /** Detaches the programs; their costs by name. */
  async stop(): Promise<ReadonlyMap<string, ProgramCost>> {
    const costs = new Map<string, ProgramCost>();
    this.#child.stdin?.end();
    for await (const line of this.#lines) {
      const [name, runs, nanos] = line.split(' ');
      costs.set(name, { runs: Number(runs), nanos: Number(nanos) });
    }
    return costs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode } = this.#child;
    if (exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill();
    await exited;
  }
}

async function failure(child: ChildProcess): Promise<never> {
  const [code] = await once(child, 'exit');
  throw new Error(`two-lookups ended with exit code ${code} before its programs were attached`);
}
