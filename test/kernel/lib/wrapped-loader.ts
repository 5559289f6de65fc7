import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loaderPath } from '../../../src/loader/loader-path.ts';

/** Runs a command without what entering another network namespace takes. */
export const CONFINED = 'setpriv --bounding-set=-sys_admin,-sys_ptrace --inh-caps=-sys_admin,-sys_ptrace';

/** While this is there, agents start the loader by a line of shell that ends with its path. */
export class WrappedLoader implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'lagpipe-test-'));
  readonly #before = process.env.LAGPIPE_LOADER;

  constructor(line: string) {
    const script = join(this.#folder, 'wrapped');
    writeFileSync(script, `#!/bin/sh\n${line} ${loaderPath()}\n`);
    chmodSync(script, 0o755);
    process.env.LAGPIPE_LOADER = script;
  }

  [Symbol.dispose](): void {
    if (this.#before === undefined) delete process.env.LAGPIPE_LOADER;
    else process.env.LAGPIPE_LOADER = this.#before;
    rmSync(this.#folder, { recursive: true });
  }
}
