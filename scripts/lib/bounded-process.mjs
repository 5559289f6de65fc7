import { spawn } from 'node:child_process';
import { ROOT } from './paths.mjs';

const KILL_AFTER_MILLIS = 10_000;

/**
 * Runs a command in the repository, for at most `limitMillis` or until `signal` is aborted with a reason. `ending` is
 * undefined when it did what it should; `output` is what came through pipes, and `onText` gets it as it comes.
 */
export function runBounded([file, ...args], { environment, limitMillis, stdio, onText = () => {}, signal }) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: ROOT, env: environment, stdio });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text;
        onText(text);
      });
    }
    let cut;
    const cutShort = (reason) => {
      cut = reason;
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MILLIS).unref();
    };
    const late = setTimeout(() => cutShort(`no end within ${Math.round(limitMillis / 1000)} s`), limitMillis);
    signal?.addEventListener('abort', () => cutShort(signal.reason));
    const end = (ending) => {
      clearTimeout(late);
      resolve({ output, ending: cut ?? ending });
    };
    child.on('error', (error) => end(error.message));
    child.on('close', (code, signal) => end(code === 0 ? undefined : (signal ?? `exit code ${code}`)));
  });
}
