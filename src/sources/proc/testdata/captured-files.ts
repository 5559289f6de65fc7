import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FIXTURES = join(import.meta.dirname, '../../../../test/fixtures/proc');

/** Every file that the captured host has. */
export const CAPTURED_FILES = [
  'net/netstat',
  'net/snmp',
  'net/sockstat',
  'net/sockstat6',
  'net/softnet_stat',
  'net/dev',
  'pressure/cpu',
  'pressure/memory',
  'pressure/io',
] as const;

/** A file of a real host (Linux 6.18, 2 CPUs), before (t0) and after (t1) lost, refused and dropped traffic on loopback. */
export function captured(tick: 't0' | 't1', name: string): string {
  return readFileSync(join(FIXTURES, 'firecracker-6.18.44', tick, name), 'utf8');
}

/** A made-up file that shows one peculiarity of the format. */
export function trap(name: string): string {
  return readFileSync(join(FIXTURES, 'traps/net', name), 'utf8');
}
