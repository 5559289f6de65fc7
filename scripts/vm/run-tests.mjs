import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runBounded } from '../lib/bounded-process.mjs';
import { outcomeOf, testCommand } from '../lib/node-tests.mjs';
import { BUNDLE } from '../lib/paths.mjs';
import { machineCommand } from './machine.mjs';

const NOTHING = { passed: 0, failures: [], skips: [] };

/**
 * Runs test files with another kernel, in a virtual machine, on the built agent and loader. The same reporters as
 * everywhere write inside: one on the console, which is passed on, the other on a serial line whose other end is a file.
 */
export async function runTestsInMachine({ files, kernel }, node, environment, limitMillis) {
  const folder = mkdtempSync(join(tmpdir(), 'lagpipe-machine-'));
  const report = join(folder, 'report');
  const limits = { environment, limitMillis, stdio: ['ignore', 'pipe', 'pipe'] };
  try {
    const helpers = await runBounded([node, 'test/kernel/lib/build-helpers.ts'], limits);
    if (helpers.ending !== undefined) return failure(`${helpers.output}the traffic generator was not built`);
    const command = machineCommand({ kernel, node, command: shellCommand(node, files), report });
    // A serial line ends its lines as a terminal wants them.
    const onText = (text) => process.stdout.write(text.replaceAll('\r', ''));
    const { ending } = await runBounded(command, { ...limits, onText });
    const inside = readReport(report);
    return outcomeOf(inside.tally, ending ?? inside.ending);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function failure(reason) {
  process.stdout.write(`  FAIL ${reason}\n`);
  return { passed: 0, failed: 1, skips: [] };
}

function shellCommand(node, files) {
  const tallyPath = '/tmp/tally.json';
  const words = testCommand(node, { files, concurrency: 1, tallyPath });
  const command = words.map((word) => `'${word}'`).join(' ');
  const variables = `LAGPIPE_TEST_AGENT='${BUNDLE}' LAGPIPE_TEST_MACHINE=1 PATH='${dirname(node)}':"$PATH" NODE_COMPILE_CACHE=/tmp/compile-cache`;
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
