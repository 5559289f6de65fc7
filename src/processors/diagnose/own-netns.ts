import { statSync } from 'node:fs';

/** The inode of the network namespace that the agent runs in, as sources name it; `undefined` where /proc is missing. */
export function ownNetns(): number | undefined {
  return statSync('/proc/self/ns/net', { throwIfNoEntry: false })?.ino;
}
