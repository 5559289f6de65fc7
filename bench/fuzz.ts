import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../test/root.ts';
import { fuzzCaptures } from './fuzz-captures.ts';
import { fuzzFrames } from './fuzz-frames.ts';

/**
 * `npm run fuzz -- [--frames N] [--records N] [--captures FOLDER] [--lines N] [--seed N]`: damaged frames into every
 * decoder of the agent, damaged captures (those of the tests, those of a folder, and made ones) into the source `pcap`,
 * and damaged lines of options into the loader's parser, built with the address and undefined-behaviour sanitizers.
 */
const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '10000000' },
    records: { type: 'string', default: '10000000' },
    captures: { type: 'string' },
    lines: { type: 'string', default: '10000000' },
    seed: { type: 'string', default: `${(Date.now() % 0xffffffff) + 1}` },
  },
});

process.stdout.write(`seed ${values.seed}\n`);
// Once for little, so that a compiler without sanitizers is known now and not in half an hour.
fuzzLines(1);
const start = performance.now();
const result = fuzzFrames(Number(values.frames), Number(values.seed));
const seconds = (performance.now() - start) / 1000;
const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
process.stdout.write(
  `frames: ${result.frames} (${megabytes(result.bytes)}) in ${seconds.toFixed(0)} s, none threw; ` +
    `${result.batches} batches read; longest run ${result.longestMillis.toFixed(0)} ms; ` +
    `${megabytes(process.memoryUsage().rss)} resident\n`,
);
for (const [reason, records] of Object.entries(result.dropped))
  process.stdout.write(`  dropped{reason=${reason}} ${records}\n`);

const began = performance.now();
const captures = fuzzCaptures(Number(values.records), Number(values.seed), values.captures);
process.stdout.write(
  `captures: ${captures.files} files with ${captures.records} records (${megabytes(captures.bytes)}) in ` +
    `${((performance.now() - began) / 1000).toFixed(0)} s, none threw; ${captures.events} events; longest file ` +
    `${captures.longestMillis.toFixed(0)} ms; ${megabytes(captures.mostResidentBytes)} resident at most\n`,
);

fuzzLines(Number(values.lines));

function fuzzLines(lines: number): void {
  const settings = [`LINES=${lines}`, `SEED=${values.seed}`];
  execFileSync('make', ['-s', '-C', join(ROOT, 'loader'), 'fuzz', ...settings], { stdio: 'inherit' });
}
