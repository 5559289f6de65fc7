import { relative } from 'node:path';
import { ROOT } from '../lib/paths.mjs';

/** The emulator may crash, the kernel inside panic, and Node die by a bug of the emulated processor. */
const MACHINES = 2;

/**
 * Runs files on a machine, and those without any result, because the machine or their Node died, on another one. A test
 * that failed has a result. `runOnce(files)` resolves to `{ tallies, ending }`, as this does; a tally with a `signal` is
 * of a file whose Node died.
 */
export async function runDespiteLostMachines(files, runOnce, { isTimeLeft, say }) {
  const kept = [];
  let left = files;
  for (let machine = 1; ; machine++) {
    const { tallies, ending } = await runOnce(left);
    const whole = tallies.filter(({ signal }) => signal === undefined);
    const withoutResult = left.filter((path) => !whole.some(({ file }) => relative(ROOT, file) === path));
    if (withoutResult.length === 0 || machine === MACHINES || !isTimeLeft())
      return { tallies: [...kept, ...tallies], ending };
    kept.push(...whole);
    left = withoutResult;
    say(` MACHINE LOST, ${ending ?? 'Node died'}; on another one: ${left.join(', ')}`);
  }
}
