import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { median, type Row, type Scenario } from './scenario.ts';

const ROOT = join(import.meta.dirname, '..');
const STARTS = 5;
const REST_MILLIS = 60_000;
const CLOCK_TICKS_PER_SECOND = 100;

/** The default pipeline, with JSON lines instead of the live table, so that the first line is the first data. */
function pipelineFile(folder: string): string {
  const text = readFileSync(join(ROOT, 'pipelines/default.yaml'), 'utf8');
  const path = join(folder, 'default.yaml');
  writeFileSync(path, text.replace('format: table', 'format: json'));
  return path;
}

function start(file: string) {
  return spawn(join(ROOT, 'scripts/lagpipe.mjs'), ['run', file], { stdio: ['ignore', 'pipe', 'ignore'] });
}

/** From the start of the process to the first byte of data. */
async function firstDataMillis(file: string): Promise<number> {
  const started = performance.now();
  const child = start(file);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const elapsed = performance.now() - started;
  child.stdout.resume();
  child.kill('SIGINT');
  await new Promise((resolve) => child.on('exit', resolve));
  return elapsed;
}

function processesBelow(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  const pids = children === '' ? [] : children.split(' ').map(Number);
  return [pid, ...pids.flatMap(processesBelow)];
}

function residentMebibytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}

function nameOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    .split('\0')
    .slice(0, 2)
    .join(' ')
    .replaceAll(/\S*\//g, '');
}

export const agentFootprint: Scenario = {
  name: 'agent footprint',
  question:
    'How soon does the default pipeline deliver its first data, and what does it cost to leave it running?',
  aim: 'measuring within 2 s, 90 MB or less resident in Node after 60 s',
  async measure(): Promise<readonly Row[]> {
    const folder = mkdtempSync(join(tmpdir(), 'lagpipe-bench-'));
    const file = pipelineFile(folder);
    const starts = [];
    for (let run = 0; run < STARTS; run++) starts.push(await firstDataMillis(file));
    const child = start(file);
    child.stdout.resume();
    await new Promise((resolve) => setTimeout(resolve, REST_MILLIS));
    const rows = processesBelow(child.pid!).map((pid) => ({
      what: `${nameOf(pid)} after ${REST_MILLIS / 1000} s`,
      value: `${residentMebibytes(pid).toFixed(1)} MiB, ${((cpuSeconds(pid) / REST_MILLIS) * 1e5).toFixed(2)} % CPU`,
    }));
    child.kill('SIGINT');
    rmSync(folder, { recursive: true });
    return [{ what: 'start to first data', value: `${median(starts).toFixed(0)} ms` }, ...rows];
  },
};
