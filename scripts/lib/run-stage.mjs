import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { runTestsInMachine } from '../vm/run-tests.mjs';
import { runBounded } from './bounded-process.mjs';
import { outcomeOf, readTallies, sumOf, testCommand } from './node-tests.mjs';

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
        ? await runTests(stage, node, environment, limit)
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
  const folder = mkdtempSync(join(tmpdir(), 'lagpipe-tests-'));
  const tallyPath = join(folder, 'tally.json');
  const command = testCommand(node, { files, concurrency, tallyTo: tallyPath });
  try {
    const stdio = ['ignore', 'inherit', 'inherit'];
    const { ending } = await runBounded(command, { environment, limitMillis, stdio });
    return outcomeOf(sumOf(readTallies(tallyPath)), ending);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
