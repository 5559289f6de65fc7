import { fetchKernels } from '../vm/kernels.mjs';
import { bundle } from './bundle.mjs';
import { buildNative } from './native-build.mjs';
import { installNpmPackages } from './npm-packages.mjs';
import { pinnedNode } from './pinned-node.mjs';
import { StepError, say } from './step.mjs';
import {
  canInstall,
  installWithApt,
  MACHINE_PARTS,
  missingLine,
  missingOf,
  TEST_PARTS,
} from './system-packages.mjs';

/**
 * Does what is missing, and nothing when nothing is. Returns the Node to run on. What this machine cannot have is
 * one line each; what should have worked and did not throws a `StepError`.
 */
export async function setUp({ forTests = false, forMachines = false } = {}) {
  const node = await setUpNode();
  const lines = await buildNative();
  if (forTests) lines.push(...(await installTestParts(TEST_PARTS)));
  if (forMachines) lines.push(...(await installTestParts(MACHINE_PARTS)), ...(await fetchKernels()));
  await bundle();
  for (const line of lines) say(`setup: ${line}\n`);
  return node;
}

/** The npm packages and Node alone: what a script that makes files needs. */
export async function setUpNode() {
  await installNpmPackages();
  return pinnedNode();
}

/** What the command itself needs. It installs nothing on the machine: that is for `npm run setup` to do. */
export async function setUpCommand() {
  const node = await setUpNode();
  await bundle();
  return node;
}

async function installTestParts(parts) {
  const missing = missingOf(parts);
  if (missing.length === 0) return [];
  if (!canInstall()) return [missingLine(missing, 'some tests need it and are skipped')];
  await installWithApt(missing);
  return [];
}

/** Ends the process with 1 and the reason when a step fails; a stack trace only when it is our own mistake. */
export async function orExit(action) {
  try {
    return await action();
  } catch (error) {
    say(`setup: ${error instanceof StepError ? error.message : error.stack}\n`);
    process.exit(1);
  }
}
