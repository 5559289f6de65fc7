import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../root.ts';

const TRAFFIC = join(ROOT, 'build/test-traffic');

/**
 * Why the kernel tests cannot run on this machine; undefined when they can. The test command prints it in a box
 * that nobody overlooks.
 */
export function whyNoKernelTests(): string | undefined {
  if (process.platform !== 'linux') return 'they need Linux';
  if (process.getuid?.() !== 0) return 'they need root: network namespaces and BPF programs';
  if (!existsSync(join(ROOT, 'build/lagpipe-loader')))
    return 'build/lagpipe-loader is not built: npm run setup';
  for (const command of ['ip', 'nft', 'nsenter', 'clang']) {
    if (!isInstalled(command))
      return `${command} is not installed: apt-get install iproute2 nftables util-linux clang`;
  }
  return undefined;
}

function isInstalled(command: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The traffic generator, compiled when its source is newer. */
export function trafficBinary(): string {
  const source = join(ROOT, 'test/kernel/traffic.c');
  if (!existsSync(TRAFFIC) || statSync(TRAFFIC).mtimeMs < statSync(source).mtimeMs) {
    mkdirSync(join(ROOT, 'build'), { recursive: true });
    execFileSync('clang', ['-Wall', '-Wextra', '-Werror', '-O1', '-o', TRAFFIC, source]);
  }
  return TRAFFIC;
}
