import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runBounded } from '../lib/bounded-process.mjs';
import { outcomeOf, readTallies, sumOf, testCommand } from '../lib/node-tests.mjs';
import { BUNDLE } from '../lib/paths.mjs';
import { runDespiteLostMachines } from './lost-machines.mjs';
import { machineCommand } from './machine.mjs';

/** It takes ten seconds where nothing else runs. */
const BOOT_LIMIT_MILLIS = 3 * 60_000;
const REPORT_DEVICE = '/dev/ttyS1';

let helpersBuilt;

/**
 * Runs test files with another kernel, in a virtual machine, on the built agent and loader. The same reporters as
 * everywhere write inside: one on the console, which is passed on, the other on a serial line whose other end is a file.
 */
export async function runTestsInMachine({ files, kernel }, node, environment, limitMillis) {
  const deadline = Date.now() + limitMillis;
  helpersBuilt ??= runBounded([node, 'test/kernel/lib/build-helpers.ts'], {
    environment,
    limitMillis,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const helpers = await helpersBuilt;
  if (helpers.ending !== undefined) return failure(`${helpers.output}the traffic generator was not built`);
  const say = (line) => process.stdout.write(line === '' ? '\n' : `  [${kernel.version}]${line}\n`);
  const runOnce = (chosen) => {
    const limits = { environment, limitMillis: Math.max(deadline - Date.now(), 1) };
    return runInOneMachine({ files: chosen, kernel, node, limits, say });
  };
  const isTimeLeft = () => Date.now() < deadline;
  const { tallies, ending } = await runDespiteLostMachines(files, runOnce, { isTimeLeft, say });
  return outcomeOf(sumOf(tallies), ending);
}

/** What each file came to, and how it ended when it did not end well. */
async function runInOneMachine({ files, kernel, node, limits, say }) {
  const folder = mkdtempSync(join(tmpdir(), 'lagpipe-machine-'));
  const report = join(folder, 'report');
  const boot = new AbortController();
  const bootTimer = setTimeout(() => boot.abort('it did not boot'), BOOT_LIMIT_MILLIS);
  const onText = byLine((line) => {
    clearTimeout(bootTimer);
    say(line);
  });
  try {
    const command = machineCommand({ kernel, node, command: shellCommand(node, files), report });
    const stdio = ['ignore', 'pipe', 'pipe'];
    const { ending } = await runBounded(command, { ...limits, stdio, onText, signal: boot.signal });
    const lines = readTallies(report);
    const last = lines.find(({ status }) => status !== undefined);
    return { tallies: lines.filter((line) => line !== last), ending: ending ?? endingOf(last?.status) };
  } finally {
    clearTimeout(bootTimer);
    rmSync(folder, { recursive: true });
  }
}

/** Undefined when the test runner inside says that all is well. */
function endingOf(status) {
  if (status === undefined) return 'the machine stopped before the tests were over';
  return status === 0 ? undefined : `exit code ${status}`;
}

/** Hands on text line by line. A serial line ends its lines as a terminal wants them. */
function byLine(onLine) {
  let rest = '';
  return (text) => {
    const lines = (rest + text).replaceAll('\r', '').split('\n');
    rest = lines.pop();
    lines.forEach(onLine);
  };
}

function failure(reason) {
  process.stdout.write(`  FAIL ${reason}\n`);
  return { passed: 0, failed: 1, skips: [] };
}

function shellCommand(node, files) {
  const words = testCommand(node, { files, concurrency: 1, tallyTo: 'stdout', textTo: 'stderr' });
  const command = words.map((word) => `'${word}'`).join(' ');
  const variables = `LAGPIPE_TEST_AGENT='${BUNDLE}' LAGPIPE_TEST_MACHINE=1 PATH='${dirname(node)}':"$PATH" NODE_OPTIONS=--v8-pool-size=0 NODE_COMPILE_CACHE=/scratch/compile-cache`;
  return `{ ${variables} ${command}\nprintf '{"status":%d}\\n' $?; } >${REPORT_DEVICE}`;
}
