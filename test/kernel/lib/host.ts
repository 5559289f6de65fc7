import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT } from '../../root.ts';

/** C programs of the tests, a file or a folder each; compiled to build/test-NAME when anything of it is newer. */
export const HELPERS = ['test/kernel/traffic', 'test/vm/set-clock.c'] as const;

type Helper = (typeof HELPERS)[number];

/**
 * Why the kernel tests cannot run on this machine; undefined when they can. The test command prints it in a box
 * that nobody overlooks.
 */
export function whyNoKernelTests(): string | undefined {
  if (process.platform !== 'linux') return 'they need Linux';
  if (process.getuid?.() !== 0) return 'they need root: network namespaces and BPF programs';
  if (!existsSync(join(ROOT, 'build/lagpipe-loader')))
    return 'build/lagpipe-loader is not built: npm run setup';
  for (const command of ['ip', 'nft', 'nsenter', ...(HELPERS.every(isFresh) ? [] : ['clang'])]) {
    if (!isInstalled(command))
      return `${command} is not installed: apt-get install iproute2 nftables util-linux clang`;
  }
  return undefined;
}

/** In a virtual machine without hardware support every duration is a matter of luck; what is counted is not. */
export function whyTimesMeanNothing(): string | undefined {
  return process.env.LAGPIPE_TEST_MACHINE === undefined
    ? undefined
    : 'it compares times, which mean nothing on an emulated processor';
}

/** Whether the types of the kernel have this name: of a constant, a function or a member. */
export function hasKernelName(name: string): boolean {
  return readFileSync('/sys/kernel/btf/vmlinux').includes(name);
}

/** Kernels may be built without IPv6 (CONFIG_IPV6), or started without it (ipv6.disable=1). */
export function whyNoIp(version: number | string): string | undefined {
  return `${version}` === '4' || existsSync('/proc/net/if_inet6') ? undefined : 'this kernel has no IPv6';
}

/** For tests that either version will do for, and for rules that shall meet both. */
export const IP_VERSION = whyNoIp(6) === undefined ? '6' : '4';
export const NFT_FAMILY = whyNoIp(6) === undefined ? 'inet' : 'ip';

function isInstalled(command: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The traffic generator. */
export function trafficBinary(): string {
  return helperBinary('test/kernel/traffic');
}

/** A helper's program, compiled when any of its files is newer. */
export function helperBinary(helper: Helper): string {
  const binary = binaryOf(helper);
  if (!isFresh(helper)) {
    mkdirSync(join(ROOT, 'build'), { recursive: true });
    const sources = filesOf(helper).filter((file) => file.endsWith('.c'));
    execFileSync('clang', ['-Wall', '-Wextra', '-Werror', '-O1', '-o', binary, ...sources]);
  }
  return binary;
}

function binaryOf(helper: Helper): string {
  return join(ROOT, 'build', `test-${basename(helper, '.c')}`);
}

/** Headers too. */
function filesOf(helper: Helper): string[] {
  const path = join(ROOT, helper);
  return helper.endsWith('.c') ? [path] : readdirSync(path).map((name) => join(path, name));
}

function isFresh(helper: Helper): boolean {
  const binary = binaryOf(helper);
  if (!existsSync(binary)) return false;
  const builtMillis = statSync(binary).mtimeMs;
  return filesOf(helper).every((file) => statSync(file).mtimeMs <= builtMillis);
}
