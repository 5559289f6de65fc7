import { readdirSync, readFileSync } from 'node:fs';

/** The loaders whose parent is the given process. */
export function loadersOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        return /^Name:\tlagpipe-loader$/m.test(status) && status.includes(`\nPPid:\t${parent}\n`);
      } catch {
        return false;
      }
    });
}
