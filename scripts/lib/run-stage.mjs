import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { ROOT } from './paths.mjs';

const KILL_AFTER_MILLIS = 10_000;
/** For one test; one that waits for longer than this waits for good. */
const TEST_LIMIT_MILLIS = 5 * 60_000;
const REPORTERS = ['terse', 'json'].map((name) => `--test-reporter=./scripts/lib/${name}-reporter.mjs`);

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
    : stage.files
      ? await runTests(stage, node, environment, limit)
      : await runCommand(stage, environment, limit);
  return { ...outcome, name: stage.name, millis: Date.now() - start };
}

async function runCommand({ command }, environment, limitMillis) {
  const { ending, output } = await run(command, environment, limitMillis, ['ignore', 'pipe', 'pipe']);
  if (ending === undefined) return { passed: 1, failed: 0, skips: [] };
  process.stdout.write(`${output.trimEnd()}\n\n$ ${command.join(' ')}: ${ending}\n`);
  return { passed: 0, failed: 1, skips: [] };
}

async function runTests({ files, concurrency = availableParallelism() }, node, environment, limitMillis) {
  const folder = mkdtempSync(join(tmpdir(), 'lagpipe-tests-'));
  const tallyPath = join(folder, 'tally.json');
  const destinations = ['stdout', tallyPath].map((path) => `--test-reporter-destination=${path}`);
  const limits = [`--test-concurrency=${concurrency}`, `--test-timeout=${TEST_LIMIT_MILLIS}`];
  const command = [
    node,
    '--test',
    ...limits,
    ...REPORTERS.flatMap((flag, i) => [flag, destinations[i]]),
    ...files,
  ];
  try {
    const { ending } = await run(command, environment, limitMillis, ['ignore', 'inherit', 'inherit']);
    return outcomeOf(readTally(tallyPath), ending);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A run without any test is a failure, and so is one that ends badly although every test that ran passed. */
function outcomeOf({ passed, failures, skips }, ending) {
  const outcome = { passed, failed: failures.length, skips };
  const why =
    passed + failures.length + skips.length === 0
      ? 'it ran no test'
      : failures.length === 0 && ending !== undefined && `the test runner ended with ${ending}`;
  if (!why) return outcome;
  process.stdout.write(`  FAIL ${why}\n`);
  return { ...outcome, failed: outcome.failed + 1 };
}

function readTally(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { passed: 0, failures: [], skips: [] };
  }
}

/** `ending` is undefined when the command did what it should. */
function run([file, ...args], environment, limitMillis, stdio) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: ROOT, env: environment, stdio });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MILLIS).unref();
    }, limitMillis);
    const end = (ending) => {
      clearTimeout(late);
      resolve({ output, ending: isLate ? `no end within ${Math.round(limitMillis / 1000)} s` : ending });
    };
    child.on('error', (error) => end(error.message));
    child.on('close', (code, signal) => end(code === 0 ? undefined : (signal ?? `exit code ${code}`)));
  });
}
