import { fetchKernels } from '../vm/kernels.mjs';
import { bundle } from './bundle.mjs';
import { buildNative } from './native-build.mjs';
import { setUpNode } from './set-up-command.mjs';
import { say } from './step.mjs';
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
 * one line each; what should have worked and did not throws a `StepError`. `kernels` are for virtual machines.
 */
export async function setUp({ forTests = false, kernels = [] } = {}) {
  const node = await setUpNode();
  const lines = await buildNative();
  if (forTests) lines.push(...(await installTestParts(TEST_PARTS)));
  if (kernels.length > 0)
    lines.push(...(await installTestParts(MACHINE_PARTS)), ...(await fetchKernels(kernels)));
  await bundle();
  for (const line of lines) say(`setup: ${line}\n`);
  return node;
}

async function installTestParts(parts) {
  const missing = missingOf(parts);
  if (missing.length === 0) return [];
  if (!canInstall()) return [missingLine(missing, 'some tests need it and are skipped')];
  await installWithApt(missing);
  return [];
}
