import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { runBounded } from '../lib/bounded-process.mjs';
import { outcomeOf, testCommand } from '../lib/node-tests.mjs';
import { BUNDLE, ROOT } from '../lib/paths.mjs';
import { machineCommand } from './machine.mjs';

const NOTHING = { passed: 0, failures: [], skips: [] };

/**
 * Runs test files with another kernel, in a virtual machine, on the built agent and loader. The same reporters as
 * everywhere write inside: one on the console, which is passed on, the other on a serial line whose other end is a file.
 *
 * An emulated processor can stand still for seconds when this machine is busy. So files with a test that fails are tried
 * once more, in a new machine; what fails twice has failed.
 */
export async function runTestsInMachine({ files, kernel }, node, environment, limitMillis) {
  const deadline = Date.now() + limitMillis;
  const helpers = await runBounded([node, 'test/kernel/lib/build-helpers.ts'], {
    environment,
    limitMillis,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (helpers.ending !== undefined) return failure(`${helpers.output}the traffic generator was not built`);
  const run = (chosen) => runOnce(chosen, kernel, node, environment, Math.max(deadline - Date.now(), 1));
  const first = await run(files);
  const again = [...new Set(first.tally.failures.map(({ file }) => relative(ROOT, file)))];
  if (again.length === 0 || first.isCutShort) return outcomeOf(first.tally, first.ending);
  process.stdout.write(`  once more: ${again.join(', ')}\n`);
  return outcomeOfBoth(first.tally, await run(again));
}

/** The second run has the word on what failed in the first. */
function outcomeOfBoth(first, { tally, ending }) {
  const mended = Math.max(first.failures.length - tally.failures.length, 0);
  return outcomeOf({ ...first, passed: first.passed + mended, failures: tally.failures }, ending);
}

/** `isCutShort`: the machine did not get to the end of its tests. */
async function runOnce(files, kernel, node, environment, limitMillis) {
  const folder = mkdtempSync(join(tmpdir(), 'lagpipe-machine-'));
  const report = join(folder, 'report');
  const limits = { environment, limitMillis, stdio: ['ignore', 'pipe', 'pipe'] };
  try {
    const command = machineCommand({ kernel, node, command: shellCommand(node, files), report });
    // A serial line ends its lines as a terminal wants them.
    const onText = (text) => process.stdout.write(text.replaceAll('\r', ''));
    const { ending } = await runBounded(command, { ...limits, onText });
    const inside = readReport(report);
    return { tally: inside.tally, ending: ending ?? inside.ending, isCutShort: ending !== undefined };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function failure(reason) {
  process.stdout.write(`  FAIL ${reason}\n`);
  return { passed: 0, failed: 1, skips: [] };
}

function shellCommand(node, files) {
  const tallyPath = '/scratch/tally.json';
  const words = testCommand(node, { files, concurrency: 1, tallyPath });
  const command = words.map((word) => `'${word}'`).join(' ');
  const variables = `LAGPIPE_TEST_AGENT='${BUNDLE}' LAGPIPE_TEST_MACHINE=1 PATH='${dirname(node)}':"$PATH" NODE_OPTIONS=--v8-pool-size=0 NODE_COMPILE_CACHE=/scratch/compile-cache`;
  return `${variables} ${command}\nstatus=$?\n{ cat ${tallyPath}; echo; echo $status; } >/dev/ttyS1`;
}

/** Sums and exit code of the test runner. A machine that stopped early leaves neither, or half of the sums. */
function readReport(path) {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const [sums, status] = text.trim().split(/[\r\n]+/);
  if (status === undefined)
    return { tally: NOTHING, ending: 'the machine stopped before the tests were over' };
  return { tally: JSON.parse(sums), ending: status === '0' ? undefined : `exit code ${status}` };
}
