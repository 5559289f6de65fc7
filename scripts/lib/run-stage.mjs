import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { runTestsInMachine } from '../vm/run-tests.mjs';
import { runBounded } from './bounded-process.mjs';
import { outcomeOf, readTallies, sumOf, testCommand } from './node-tests.mjs';
import { ROOT } from './paths.mjs';
import { runAtOnce } from './run-at-once.mjs';

/**
 * Runs one stage and returns `{ passed, failed, skips, millis }`. Everything that it prints goes to this
 * process's output; of a command only when it fails.
 */
export async function runStage(stage, node, limitMillis) {
  const start = Date.now();
  const environment = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
  const limit = Math.min(limitMillis, stage.limitMillis ?? limitMillis);
  const outcome = stage.whyNot
    ? { passed: 0, failed: 0, skips: [{ name: stage.name, reason: stage.whyNot }] }
    : stage.kernel
      ? await runTestsInMachine(stage, node, environment, limit)
      : stage.files
        ? await (stage.sharedProcesses ? runSharedTests : runTests)(stage, node, environment, limit)
        : await runCommand(stage, environment, limit);
  return { ...outcome, name: stage.name, millis: Date.now() - start };
}

async function runCommand({ command }, environment, limitMillis) {
  const stdio = ['ignore', 'pipe', 'pipe'];
  const { ending, output } = await runBounded(command, { environment, limitMillis, stdio });
  if (ending === undefined) return { passed: 1, failed: 0, skips: [] };
  process.stdout.write(`${output.trimEnd()}\n\n$ ${command.join(' ')}: ${ending}\n`);
  return { passed: 0, failed: 1, skips: [] };
}

async function runTests({ files, concurrency = availableParallelism() }, node, environment, limitMillis) {
  const { tallies, ending } = await talliesOf({ files, concurrency }, node, environment, limitMillis);
  return outcomeOf(sumOf(tallies), ending);
}

/**
 * Deals the files out to processes: most files are done in less time than Node takes to start and to read what they
 * import. One that ends its process takes others with it, so each must have said something.
 */
async function runSharedTests({ files, sharedProcesses }, node, environment, limitMillis) {
  const hands = Array.from({ length: sharedProcesses }, (_, hand) =>
    files.filter((_, index) => index % sharedProcesses === hand),
  ).filter((hand) => hand.length > 0);
  const deadline = Date.now() + limitMillis;
  const outcomes = await runAtOnce(
    hands.map((hand) => async () => {
      const left = Math.max(deadline - Date.now(), 1);
      const { tallies, ending } = await talliesOf({ files: hand }, node, environment, left);
      const silent = hand.filter((path) => !tallies.some(({ file }) => relative(ROOT, file) === path));
      return { tallies: [...tallies, ...silent.map((path) => silentTally(path, ending))], ending };
    }),
  );
  const ending = outcomes.map((outcome) => outcome.ending).find((ending) => ending !== undefined);
  return outcomeOf(sumOf(outcomes.flatMap(({ tallies }) => tallies)), ending);
}

function silentTally(path, ending = 'exit code 0') {
  const error = `It has no result; the process that it ran in ended with: ${ending}.`;
  process.stdout.write(`  FAIL ${path}: ${error}\n`);
  return { file: path, passed: 0, failures: [{ file: path, name: path, error }], skips: [] };
}

async function talliesOf({ files, concurrency }, node, environment, limitMillis) {
  const folder = mkdtempSync(join(tmpdir(), 'lagpipe-tests-'));
  const tallyTo = join(folder, 'tallies');
  // A test that watches standard output must not see, or swallow, the report.
  const command = testCommand(node, { files, concurrency, tallyTo, textTo: 'stderr' });
  try {
    const stdio = ['ignore', 'inherit', process.stdout];
    const { ending } = await runBounded(command, { environment, limitMillis, stdio });
    return { tallies: readTallies(tallyTo), ending };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
