import { execFileSync } from 'node:child_process';
import { helperBinary, whyNoKernelTests } from '../../kernel/lib/host.ts';

/** Why tests that change the machine itself, such as its clock, do not run here; undefined inside a virtual machine. */
export function whyNoMachineTests(): string | undefined {
  if (process.env.LAGPIPE_TEST_MACHINE === undefined)
    return 'they set the clock and need modules, so they run in the virtual machines alone';
  return whyNoKernelTests();
}

/** By how many seconds CLOCK_TAI is ahead of CLOCK_REALTIME from now on. */
export function setTaiOffset(seconds: number): void {
  setClock('tai', seconds);
}

/** Moves CLOCK_REALTIME. */
export function stepClock(seconds: number): void {
  setClock('step', seconds);
}

function setClock(how: 'tai' | 'step', seconds: number): void {
  execFileSync(helperBinary('test/vm/set-clock.c'), [how, `${seconds}`]);
}
