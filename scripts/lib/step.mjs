import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import { ROOT } from './paths.mjs';

const STDERR = 2;
const HEAD_LINES = 8;
const TAIL_LINES = 40;

/** A set-up step that did not work: which, and the end of what it printed. */
export class StepError extends Error {
  constructor(step, detail) {
    super(`${step} failed\n${detail}`);
    this.step = step;
  }
}

/** Synchronous, so that a line is out before the process that it announces starts. */
export function say(text) {
  writeSync(STDERR, text);
}

/** Does something that takes a while, with one line that says what and how long it took. */
export async function step(title, action) {
  const start = Date.now();
  const isTerminal = isatty(STDERR);
  say(isTerminal ? `setup: ${title} …` : `setup: ${title}\n`);
  try {
    await action();
  } catch (error) {
    if (isTerminal) say('\n');
    throw error instanceof StepError ? error : new StepError(title, error.message);
  }
  if (isTerminal) say(` ${((Date.now() - start) / 1000).toFixed(1)} s\n`);
}

/** Runs a command in silence. When it fails, what it printed is in the error. */
export function runQuietly(title, [command, ...args], environment = process.env) {
  const folder = mkdtempSync(join(tmpdir(), 'lagpipe-setup-'));
  const log = join(folder, 'output');
  const descriptor = openSync(log, 'w');
  try {
    const stdio = ['ignore', descriptor, descriptor];
    const { status, signal, error } = spawnSync(command, args, { cwd: ROOT, env: environment, stdio });
    if (status === 0) return;
    const ending = error ? error.message : signal ? `killed by ${signal}` : `exit code ${status}`;
    const output = shortened(readFileSync(log, 'utf8').trimEnd().split('\n')).join('\n');
    throw new StepError(title, `$ ${[command, ...args].join(' ')}\n${output}\n(${ending})`);
  } finally {
    closeSync(descriptor);
    rmSync(folder, { recursive: true });
  }
}

/** The end says most; npm says what went wrong in the first lines and then goes on about its options. */
function shortened(lines) {
  if (lines.length <= HEAD_LINES + TAIL_LINES) return lines;
  return [...lines.slice(0, HEAD_LINES), '…', ...lines.slice(-TAIL_LINES)];
}
