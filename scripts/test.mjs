#!/usr/bin/env node
// `npm test`: sets up what is missing, then every check and test, on this host and on stock kernels in virtual machines.
// `npm run check` leaves the slow ones out; `npm run test:kernel` runs the kernel tests alone, and all of them on each
// kernel and on Debian's newest; with `--image PATH` it runs them on that kernel image in a virtual machine instead, all
// or those that are named, and `--append WORDS` adds to its command line.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runAtOnce } from './lib/run-at-once.mjs';
import { runStage } from './lib/run-stage.mjs';
import { setUp } from './lib/set-up.mjs';
import { stagesOn } from './lib/stages.mjs';
import { say } from './lib/step.mjs';
import { closingLine, skippedBox, summaryTable } from './lib/test-summary.mjs';
import { stockKernels } from './vm/kernels.mjs';

const LIMIT_MILLIS = 45 * 60_000;

async function main({ isQuick, isKernel, image, commandLine, files }) {
  const deadline = Date.now() + LIMIT_MILLIS;
  const outcomes = [];
  const kernels = isQuick ? [] : stockKernels({ withNewest: isKernel && image === undefined });
  const node = await setUp({ forTests: !isQuick, kernels }).catch((error) => {
    say(`setup: ${error.step === undefined ? error.stack : error.message}\n`);
    outcomes.push({
      name: 'setup',
      passed: 0,
      failed: 1,
      skips: [],
      millis: Date.now() + LIMIT_MILLIS - deadline,
    });
  });
  const stages = node === undefined ? [] : stagesOn(node, { isThorough: isKernel, image, commandLine });
  const chosen = stages
    .filter(({ isSlow, isKernel: is }) => !(isQuick && isSlow) && (!isKernel || is))
    .filter(({ kernel }) => image === undefined || kernel !== undefined)
    .map((stage) => (files.length === 0 ? stage : { ...stage, files }));
  const run = async (stage) => {
    process.stdout.write(`${stage.name}\n`);
    outcomes.push(await runStage(stage, node, Math.max(deadline - Date.now(), 1)));
  };
  for (const stage of chosen.filter(({ kernel }) => kernel === undefined)) await run(stage);
  // A virtual machine mostly keeps one processor busy. The longest comes last in the list.
  await runAtOnce(chosen.filter(({ kernel }) => kernel !== undefined).map((stage) => () => run(stage)));
  process.stdout.write(summaryTable(outcomes) + skippedBox(outcomes));
  process.stdout.write(`\n${closingLine(outcomes)}`);
  process.exitCode = outcomes.some(({ failed }) => failed > 0) ? 1 : 0;
}

const { values, positionals } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    kernel: { type: 'boolean', default: false },
    image: { type: 'string' },
    append: { type: 'string' },
  },
  allowPositionals: true,
});
await main({
  isQuick: values.quick,
  isKernel: values.kernel,
  image: values.image && resolve(values.image),
  commandLine: values.append,
  files: values.image === undefined ? [] : positionals,
});
