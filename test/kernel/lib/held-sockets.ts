import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { trafficBinary } from './host.ts';
import type { NetworkNamespace } from './network-namespace.ts';

/** How many connections of each kind (test/kernel/traffic/hold.c); each has two ends, both within the namespace. */
export interface Held {
  readonly version: 4 | 6;
  readonly busy: number;
  readonly silent: number;
  readonly serverFirst: number;
  readonly clientFirst: number;
  readonly halfClosed: number;
  readonly unread: number;
  readonly backlog: number;
}

/** Connections that stay as they are until this is disposed of. */
export class HeldSockets implements AsyncDisposable {
  readonly #child: ChildProcess;
  /** Of the listener that accepts, and of the one that does not. */
  readonly port: number;
  readonly fullPort: number;

  private constructor(child: ChildProcess, port: number, fullPort: number) {
    this.#child = child;
    this.port = port;
    this.fullPort = fullPort;
  }

  /** Of the process that holds them, which is in the namespace. */
  get pid(): number {
    return this.#child.pid!;
  }

  static async make(namespace: NetworkNamespace, held: Held): Promise<HeldSockets> {
    const { version, busy, silent, serverFirst, clientFirst, halfClosed, unread, backlog } = held;
    const counts = [busy, silent, serverFirst, clientFirst, halfClosed, unread, backlog];
    const [file, ...rest] = namespace.command(trafficBinary(), 'hold', ...[version, ...counts].map(String));
    const child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'close').then(() => {
      throw new Error('the sockets could not be made');
    });
    const [line] = await Promise.race([once(child.stdout, 'data'), ended]);
    const { port, full_port: fullPort } = JSON.parse(String(line));
    ended.catch(() => {});
    return new HeldSockets(child, port, fullPort);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#child, 'close');
    this.#child.stdin?.end();
    await closed;
  }
}
