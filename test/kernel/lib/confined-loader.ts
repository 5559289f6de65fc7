import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loaderPath } from '../../../src/loader/loader-path.ts';

/** What entering another network namespace takes. */
const LESS = '-sys_admin,-sys_ptrace';

/** While this is there, agents start a loader that may not enter network namespaces. */
export class ConfinedLoader implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'lagpipe-test-'));
  readonly #before = process.env.LAGPIPE_LOADER;

  /** `prefix`: a command that runs the loader, given as its last arguments. */
  constructor(prefix = '') {
    const script = join(this.#folder, 'confined');
    const command = `setpriv --bounding-set=${LESS} --inh-caps=${LESS} ${loaderPath()}`;
    writeFileSync(script, `#!/bin/sh\nexec ${prefix} ${command}\n`);
    chmodSync(script, 0o755);
    process.env.LAGPIPE_LOADER = script;
  }

  [Symbol.dispose](): void {
    if (this.#before === undefined) delete process.env.LAGPIPE_LOADER;
    else process.env.LAGPIPE_LOADER = this.#before;
    rmSync(this.#folder, { recursive: true });
  }
}
