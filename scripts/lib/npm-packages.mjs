import { existsSync, readFileSync } from 'node:fs';
import { basename, delimiter, join, sep } from 'node:path';
import { NODE_MODULES, ROOT } from './paths.mjs';
import { runQuietly, step } from './step.mjs';

/**
 * Makes node_modules what package-lock.json says. No package's install script runs: none here needs one, and they
 * are the usual way in for a bad package.
 *
 * Not by `npm ci`: that refuses a lock file without the binaries for other systems, which npm leaves out when the
 * registry at hand does not have them. With a lock file, `npm install --no-save` takes the same versions, checks the
 * same hashes, and leaves the lock file alone.
 */
export async function installNpmPackages() {
  if (areNpmPackagesInstalled()) return;
  await step('npm packages', () => {
    const flags = [
      '--no-save',
      '--ignore-scripts',
      '--include=dev',
      '--include=optional',
      '--engine-strict=false',
    ];
    const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
    runQuietly('npm packages', [...npmCommand(), 'install', ...flags, ...quiet], npmEnvironment());
  });
}

/**
 * Compares package-lock.json with the copy that npm leaves in node_modules, package by package. That copy is there
 * only after an installation that got to its end.
 */
export function areNpmPackagesInstalled() {
  const installed = packagesOf(join(NODE_MODULES, '.package-lock.json'));
  if (installed === undefined) return false;
  return Object.entries(packagesOf(join(ROOT, 'package-lock.json')) ?? {}).every(([path, wanted]) => {
    if (path === '') return true;
    const found = installed[path];
    return found ? found.version === wanted.version : wanted.optional && !isForThisMachine(wanted);
  });
}

function packagesOf(lockPath) {
  try {
    return JSON.parse(readFileSync(lockPath, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * Whether an optional package is made for this machine and so must be there. One for a single C library is left
 * out: which one this is takes long to find out.
 */
function isForThisMachine({ os, cpu, libc }) {
  return os?.includes(process.platform) && cpu?.includes(process.arch) && libc === undefined;
}

/**
 * The npm that started this script, or the one on the PATH. It must not run on the Node inside node_modules, which
 * npm replaces.
 */
function npmCommand() {
  const { npm_execpath: cli, npm_node_execpath: node } = process.env;
  const isUsable = cli && node && basename(cli) === 'npm-cli.js' && existsSync(cli) && existsSync(node);
  return isUsable && !node.startsWith(NODE_MODULES + sep) ? [node, cli] : ['npm'];
}

function npmEnvironment() {
  const { NODE_OPTIONS = '' } = process.env;
  // JSON quotes a path with spaces in it as Node wants it.
  const preload = `--require ${JSON.stringify(join(ROOT, 'scripts/lib/npm-on-pinned-node.cjs'))}`;
  return { ...process.env, PATH: pathWithoutPackages(), NODE_OPTIONS: `${NODE_OPTIONS} ${preload}`.trim() };
}

/** The PATH as it was before npm put node_modules/.bin, and with it the packaged Node, at its front. */
function pathWithoutPackages() {
  const isPackages = (folder) => folder.endsWith(join('node_modules', '.bin'));
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !isPackages(folder))
    .join(delimiter);
}
