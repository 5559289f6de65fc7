import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { stockKernels } from '../vm/kernels.mjs';
import { whyNoMachine } from '../vm/machine.mjs';
import { LOADER, ROOT } from './paths.mjs';
import { filesBelow } from './stamp.mjs';
import { hasSanitizers, isCommand } from './system-packages.mjs';

const MINUTE_MILLIS = 60_000;
/** Tests of how the programs get into a kernel at all, and what they count then: the least for a kernel. */
const ATTACH_TESTS = kernelTests('attach', 'connects', 'tcp-events', 'tcp-life');
/** Tests of what else is another thing on each kernel. */
const KERNEL_TESTS = kernelTests('namespaces', 'not-entered', 'privileges', 'unusual-reads');
/** Tests of what the probes do with it, which one stock kernel is enough for. */
const PROBE_TESTS = kernelTests('extra-stages', 'filters', 'room', 'stages');
/** Tests that only a virtual machine may run. */
const MACHINE_TESTS = readdirSync(join(ROOT, 'test/vm'))
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => `test/vm/${name}`);
const START_UP_TEST = 'test/vm/start-up.test.ts';
const ALL_TESTS = [...ATTACH_TESTS, ...KERNEL_TESTS, ...PROBE_TESTS, ...MACHINE_TESTS];
/**
 * Which of them `npm test` runs on which kernel. Emulation is some twenty times as slow, so only what depends on the
 * kernel, and all of it on one; the rest has been tried on this machine's.
 */
const TESTS_ON = {
  '5.10': [...ATTACH_TESTS, START_UP_TEST],
  6.1: [...ATTACH_TESTS, ...KERNEL_TESTS, ...MACHINE_TESTS],
  6.12: ALL_TESTS,
};
const CLANG_FORMAT_MAJOR = '14';

/**
 * What `npm test` goes through, in this order. A stage is a command that is right when it exits with 0, or files
 * for Node's test runner, which `kernel` runs in a virtual machine. Files that start quickly, write to no global state and
 * are named one by one may share processes, `sharedProcesses` in all. `whyNot` says why this machine cannot run it;
 * `isSlow` keeps it out of `npm run check`, `isKernel` is what `npm run test:kernel` picks, `isThorough` what it asks for.
 */
export function stagesOn(node, { isThorough = false, image, commandLine } = {}) {
  const tool = (path, ...args) => [node, `node_modules/${path}`, ...args];
  return [
    { name: 'types', command: tool('typescript/bin/tsc', '-p', '.') },
    {
      name: 'lint, format',
      command: tool('@biomejs/biome/bin/biome', 'ci', '--error-on-warnings', '--colors=off'),
    },
    { name: 'unused code', command: tool('knip/bin/knip.js') },
    { name: 'generated files', command: [node, 'scripts/generate.ts', '--check'] },
    { name: 'C format', command: ['make', '-s', '-C', 'loader', 'format-check'], whyNot: whyNoClangFormat() },
    {
      name: 'units',
      files: unitFiles(),
      sharedProcesses: 2 * availableParallelism(), // so that the slow files do not leave one processor alone
      limitMillis: 5 * MINUTE_MILLIS, // half of one where nothing else runs
    },
    { name: 'loader', command: ['make', '-s', '-C', 'loader', 'test'], isSlow: true, whyNot: whyNoLoader() },
    {
      name: 'loader, sanitized',
      command: ['make', '-s', '-C', 'loader', 'asan'],
      isSlow: true,
      whyNot: whyNoLoader() ?? whyNoSanitizers(),
    },
    { name: 'end to end', files: ['test/e2e/**/*.test.ts'], concurrency: 1, isSlow: true },
    // What these need is looked at test by test: test/kernel/lib/host.ts.
    { name: 'kernel', files: ['test/kernel/**/*.test.ts'], concurrency: 1, isSlow: true, isKernel: true },
    ...machineKernels({ isThorough, image, commandLine }).map((kernel) =>
      machineStage(kernel, { isThorough }),
    ),
  ];
}

/** Debian's, or the one that somebody names. */
function machineKernels({ isThorough, image, commandLine }) {
  return image === undefined
    ? stockKernels({ withNewest: isThorough })
    : [{ version: 'own', image, commandLine }];
}

function unitFiles() {
  const isTest = (path) => /\.test\.(ts|mjs)$/.test(path);
  const isApart = (path) => /^test\/(e2e|kernel|vm)\//.test(path);
  return ['bench', 'scripts', 'src', 'test'].flatMap((folder) =>
    filesBelow(folder, (path) => isTest(path) && !isApart(path)),
  );
}

/** The same tests with another kernel, and those that need what this machine's may not have. */
function machineStage(kernel, { isThorough }) {
  return {
    name: `kernel ${kernel.version} in a VM`,
    files: isThorough ? ALL_TESTS : (TESTS_ON[kernel.version] ?? ALL_TESTS),
    kernel,
    isSlow: true,
    isKernel: true,
    limitMillis: 20 * MINUTE_MILLIS,
    whyNot: whyNoLoader() ?? whyNoMachine(kernel),
  };
}

function kernelTests(...names) {
  return names.map((name) => `test/kernel/${name}.test.ts`);
}

function whyNoLoader() {
  return existsSync(LOADER) ? undefined : 'the loader could not be built; npm run setup says what is missing';
}

function whyNoSanitizers() {
  return hasSanitizers() ? undefined : 'clang has no sanitizers: apt-get install libclang-rt-dev';
}

/** Each major version of clang-format breaks some lines differently. */
function whyNoClangFormat() {
  if (!isCommand('clang-format')) return 'clang-format is not installed: apt-get install clang-format';
  const { stdout } = spawnSync('clang-format', ['--version'], { encoding: 'utf8' });
  const major = /version (\d+)/.exec(stdout)?.[1];
  return major === CLANG_FORMAT_MAJOR
    ? undefined
    : `the format is that of clang-format ${CLANG_FORMAT_MAJOR}, and this is ${major}`;
}
