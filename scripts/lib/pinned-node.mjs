import { spawnSync } from 'node:child_process';
import { existsSync, readlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { NODE_MODULES, ROOT } from './paths.mjs';
import { isStamped, signatureOf, stamp } from './stamp.mjs';
import { StepError } from './step.mjs';

const LOWEST_MAJOR = 24;
const PACKAGED = `node_modules/node-linux-${process.arch}/bin/node`;
const LINK = join(NODE_MODULES, '.bin/node');

/**
 * The Node that everything runs on: the one that the npm packages bring, or the machine's own where that one does
 * not run (another C library or processor) and the machine's is new enough.
 */
export function pinnedNode() {
  if (doesPackagedNodeRun()) return join(ROOT, PACKAGED);
  unshadowNode();
  if (majorOf(process.version) >= LOWEST_MAJOR) return process.execPath;
  throw new StepError(
    `Node ${LOWEST_MAJOR}`,
    `The one from the npm packages does not run on this machine (${process.platform}-${process.arch}), and its own is ${process.version}.\n` +
      'Install one: apk add nodejs-current (Alpine), dnf install nodejs24 (Fedora), or from nodejs.org.',
  );
}

export function majorOf(version) {
  return Number(/^v(\d+)/.exec(version)?.[1]);
}

function doesPackagedNodeRun() {
  if (!existsSync(join(ROOT, PACKAGED))) return false;
  const signature = signatureOf([PACKAGED]);
  if (isStamped('node', signature)) return true;
  const { status } = spawnSync(join(ROOT, PACKAGED), ['--version'], { stdio: 'ignore' });
  if (status === 0) stamp('node', signature);
  return status === 0;
}

/** Takes a packaged Node that does not run off the PATH of npm's scripts, where it hides the machine's own. */
function unshadowNode() {
  try {
    readlinkSync(LINK);
    unlinkSync(LINK);
  } catch {
    // There was none.
  }
}
