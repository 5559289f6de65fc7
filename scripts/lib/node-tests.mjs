import { readFileSync } from 'node:fs';

/** For one test; one that waits for longer than this waits for good. */
const TEST_LIMIT_MILLIS = 5 * 60_000;
const REPORTERS = ['terse', 'json'].map((name) => `--test-reporter=./scripts/lib/${name}-reporter.mjs`);

/**
 * The command line that runs test files: a report to read, and the sums as JSON. Each goes to a file, or to `stdout` or
 * `stderr`. Each file has a process of its own, `concurrency` at a time; without that all share one.
 */
export function testCommand(node, { files, concurrency, tallyTo, textTo = 'stdout' }) {
  const destinations = [textTo, tallyTo].map((path) => `--test-reporter-destination=${path}`);
  const processes = concurrency === undefined ? 'isolation=none' : `concurrency=${concurrency}`;
  const limits = [`--test-${processes}`, `--test-timeout=${TEST_LIMIT_MILLIS}`];
  return [node, '--test', ...limits, ...REPORTERS.flatMap((flag, i) => [flag, destinations[i]]), ...files];
}

/** A run without any test is a failure, and so is one that ends badly although every test that ran passed. */
export function outcomeOf({ passed, failures, skips }, ending) {
  const outcome = { passed, failed: failures.length, skips };
  const hasRun = passed + failures.length + skips.length > 0;
  if (hasRun && (failures.length > 0 || ending === undefined)) return outcome;
  const how = ending === undefined ? '' : `: ${ending}`;
  process.stdout.write(`  FAIL ${hasRun ? 'the test runner ended badly' : 'it ran no test'}${how}\n`);
  return { ...outcome, failed: outcome.failed + 1 };
}

/** What scripts/lib/json-reporter.mjs wrote, by file; none when nothing ran, and without a line that was cut off. */
export function readTallies(path) {
  return textOf(path)
    .split(/[\r\n]+/)
    .flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return [];
      }
    });
}

function textOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

export function sumOf(tallies) {
  return {
    passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
    failures: tallies.flatMap(({ failures }) => failures),
    skips: tallies.flatMap(({ skips }) => skips),
  };
}
