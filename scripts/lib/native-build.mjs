import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { LOADER } from './paths.mjs';
import { filesBelow, isStamped, signatureOf, stamp } from './stamp.mjs';
import { runQuietly, step } from './step.mjs';
import { BUILD_PARTS, canInstall, installWithApt, missingLine, missingOf } from './system-packages.mjs';

const STAMP = 'loader';
const isSource = (path) => /\.([chS]|mk)$|\/Makefile$/.test(path) && !path.startsWith('loader/test/');

/**
 * Builds the loader, with the BPF objects inside, when a source changed. Returns what stands in the way, as lines;
 * that is no failure, because everything but the eBPF sources works without it.
 */
export async function buildNative() {
  if (process.platform !== 'linux')
    return [`missing: Linux; the eBPF sources cannot run on ${process.platform}`];
  const signature = signatureOf([...filesBelow('bpf', isSource), ...filesBelow('loader', isSource)]);
  if (existsSync(LOADER) && isStamped(STAMP, signature)) return [];
  const missing = missingOf(BUILD_PARTS);
  if (missing.length > 0) {
    if (!canInstall()) return [missingLine(missing, 'the eBPF sources cannot be built without it')];
    await installWithApt(missing);
  }
  await step('eBPF loader', () => {
    runQuietly('eBPF loader', ['make', '-C', 'loader', `-j${cpus().length}`]);
    stamp(STAMP, signature);
  });
  return [];
}
