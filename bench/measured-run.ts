import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

export interface Run {
  readonly wallSeconds: number;
  /** Of all its threads, user and system. */
  readonly cpuSeconds: number;
  readonly peakMebibytes: number;
}

const POLL_MILLIS = 20;
/** Bash's own clock: real, user and system seconds. */
const TIMED = 'TIMEFORMAT="%R %U %S"; time "$@" > /dev/null 2> /dev/null';

/** Runs a command with its output thrown away. Throws when it fails. */
export async function measuredRun(command: readonly string[]): Promise<Run> {
  const child = spawn('bash', ['-c', TIMED, 'bash', ...command], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  let peakKibibytes = 0;
  const poll = setInterval(() => {
    peakKibibytes = Math.max(peakKibibytes, ...childrenOf(child.pid!).map(peakOf));
  }, POLL_MILLIS);
  const [exitCode] = await once(child, 'close');
  clearInterval(poll);
  const times = /^([\d.]+) ([\d.]+) ([\d.]+)$/m.exec(errors);
  if (exitCode !== 0 || times === null)
    throw new Error(`${command.slice(0, 3).join(' ')} … failed: ${errors}`);
  const [, wall, user, system] = times.map(Number);
  return { wallSeconds: wall, cpuSeconds: user + system, peakMebibytes: peakKibibytes / 1024 };
}

function childrenOf(pid: number): readonly number[] {
  return read(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number);
}

function peakOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
}

/** Empty when the process has just ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
