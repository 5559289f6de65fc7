import { bundle } from './bundle.mjs';
import { installNpmPackages } from './npm-packages.mjs';
import { pinnedNode } from './pinned-node.mjs';
import { StepError, say } from './step.mjs';

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

/** Ends the process with 1 and the reason when a step fails; a stack trace only when it is our own mistake. */
export async function orExit(action) {
  try {
    return await action();
  } catch (error) {
    say(`setup: ${error instanceof StepError ? error.message : error.stack}\n`);
    process.exit(1);
  }
}
