import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { NetworkNamespace } from '../test/kernel/lib/network-namespace.ts';
import { ROOT } from '../test/root.ts';
import { compiled, compiledForBpf } from './compile.ts';

/** What the kernel's statistics say of one BPF program. */
export interface ProgramCost {
  readonly runs: number;
  readonly nanos: number;
}

export type Label = 'agent' | 'two' | 'bare' | 'floor';

/** Objects with the hot programs of the stages: the agent's own, and those that differ in one thing. */
export interface Objects {
  readonly program: string;
  readonly paths: Readonly<Record<Label, string>>;
}

export function compiledObjects(): Objects {
  const sources = ['bench/probe-cost.c', 'loader/netfilter_link.c', 'loader/exponential.c'];
  return {
    program: compiled('probe-cost', sources, ['-lbpf', '-lm']),
    paths: {
      agent: join(ROOT, 'build/stack_latency_direct.bpf.o'),
      two: compiledForBpf('two-lookups'),
      bare: compiledForBpf('no-recording'),
      floor: compiledForBpf('floor'),
    },
  };
}

/** Programs that are attached side by side in a namespace until the end of the scope. */
export class AttachedPrograms implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  private constructor(child: ChildProcess, lines: Interface) {
    this.#child = child;
    this.#lines = lines;
  }

  /** Attaches the objects one after the other; the kernel runs their programs in that order. */
  static async in(
    namespace: NetworkNamespace,
    { program, paths }: Objects,
    order: readonly Label[],
  ): Promise<AttachedPrograms> {
    const objects = order.map((label) => `${label}=${paths[label]}`);
    const [command, ...rest] = namespace.command(program, ...objects);
    const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    await Promise.race([once(lines, 'line'), failure(child)]);
    return new AttachedPrograms(child, lines);
  }

  /** Detaches the programs; their costs by `LABEL/PROGRAM`. */
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
  throw new Error(`probe-cost ended with exit code ${code} before its programs were attached`);
}
