import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FIXTURES = join(import.meta.dirname, '../../../../test/fixtures/proc');

/** Every captured host: `npm run capture:proc` adds one. */
export const HOSTS: readonly string[] = readdirSync(FIXTURES).filter((name) => name !== 'traps');

/** Linux 6.18, 2 CPUs, before (t0) and after (t1) lost, refused and dropped traffic on loopback. */
const FIRECRACKER = 'firecracker-6.18.44';

/** The names of the files that a captured host has. */
export function filesOfHost(host: string): readonly string[] {
  const folder = join(FIXTURES, host, 't0');
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();
}

export const CAPTURED_FILES = filesOfHost(FIRECRACKER);

export function captured(tick: 't0' | 't1', name: string, host = FIRECRACKER): string {
  return readFileSync(join(FIXTURES, host, tick, name), 'utf8');
}

/** A made-up file that shows one peculiarity of the format. */
export function trap(name: string): string {
  return readFileSync(join(FIXTURES, 'traps', name), 'utf8');
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
