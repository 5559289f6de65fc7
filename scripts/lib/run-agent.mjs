import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import * as module from 'node:module';
import { constants } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BUILD, BUNDLE, ROOT } from './paths.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const REPEAT_MILLIS = 1000;
const COMMAND = join(ROOT, 'scripts/lagpipe.mjs');

/**
 * Runs the agent with these arguments on the given Node: in this very process when that is the Node it runs on,
 * so that there is one process to signal; else instead of this process where Node can do that (22.15), or as its child.
 */
export async function runAgent(node, args) {
  // `execPath` is the real path: where node_modules is a link, comparing names would start the same Node for ever.
  if (process.execPath !== realpathSync(node)) {
    runElsewhere(node, args);
    return;
  }
  ignoreRepeatedSignals();
  module.enableCompileCache?.(join(BUILD, 'compile-cache'));
  process.argv = [node, COMMAND, ...args];
  await import(pathToFileURL(BUNDLE).href);
}

function runElsewhere(node, args) {
  process.execve?.(node, [node, COMMAND, ...args]);
  const child = spawn(node, [COMMAND, ...args], { stdio: 'inherit' });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

/**
 * Ctrl-C reaches every process of the terminal's group, and npm passes it on once more. The second one within a
 * second is an echo and must not cut the last report short; a later one is a person who has waited long enough.
 */
function ignoreRepeatedSignals() {
  for (const signal of SIGNALS) {
    let isFirst = true;
    const absorb = () => {
      if (!isFirst) return;
      isFirst = false;
      if (process.listenerCount(signal) > 1) {
        setTimeout(() => process.off(signal, absorb), REPEAT_MILLIS).unref();
        return;
      }
      // Nothing else handles the signal: do what it does by default.
      process.off(signal, absorb);
      process.kill(process.pid, signal);
    };
    process.on(signal, absorb);
  }
}
