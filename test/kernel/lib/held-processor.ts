import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hasKernelName } from './host.ts';

/** Until it is killed, or the test that started it is gone. */
const BUSY_WHILE_WANTED = 'while kill -0 $PPID; do :; done';

/**
 * A processor on which, for as long as this is there, nothing runs but what is started with its `prefix`. What the
 * kernel does by timers on it then comes in no other process's time.
 *
 * For kernels that run no tracing program of others while process 1 runs (`kernel_hides_process_1` in the loader): a
 * segment that is sent again by a timer in that moment is counted by nobody, once in some hundred. On all others, and
 * where there is only one processor, nothing is held.
 */
export class HeldProcessor implements Disposable {
  readonly prefix: readonly string[];
  readonly #spinner: ChildProcess | undefined;

  constructor() {
    const processor = hasKernelName('init_owned') ? lastOfSeveral() : undefined;
    const on = (priority: number) => `chrt --fifo ${priority} taskset --cpu-list ${processor}`.split(' ');
    this.prefix = processor === undefined ? [] : on(2);
    if (processor === undefined) return;
    const [command, ...rest] = [...on(1), 'sh', '-c', BUSY_WHILE_WANTED];
    this.#spinner = spawn(command, rest, { stdio: 'ignore' });
  }

  [Symbol.dispose](): void {
    this.#spinner?.kill('SIGKILL');
  }
}

/** The last processor that this process may use: `0-3` or `0,2` is 3 or 2; undefined for a single one. */
function lastOfSeveral(): number | undefined {
  const [, list = ''] = /^Cpus_allowed_list:\s+(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  const numbers = list.split(/[-,]/).map(Number);
  return numbers.length > 1 ? numbers.at(-1) : undefined;
}
