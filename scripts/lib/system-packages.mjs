import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runQuietly, StepError, step } from './step.mjs';

/**
 * A tool or header and the packages that bring it. It is looked for as a file: that takes no time, holds on every
 * distribution, and finds what was installed by hand.
 */
const command = (name, apt, dnf = apt, apk = apt) => ({
  name,
  isThere: () => isCommand(name),
  apt,
  dnf,
  apk,
});
const header = (name, apt, dnf, apk) => ({ name, isThere: () => isHeader(name), apt, dnf, apk });

/** What building the loader and the BPF objects needs (loader/Makefile). */
export const BUILD_PARTS = [
  command('make', 'make'),
  command('clang', 'clang'),
  command('llvm-strip', 'llvm'),
  command('pkg-config', 'pkg-config', 'pkgconf-pkg-config', 'pkgconf'),
  header('stdio.h', 'libc6-dev', 'glibc-devel', 'musl-dev'),
  header('linux/bpf.h', 'linux-libc-dev', 'kernel-headers', 'linux-headers'),
  header('bpf/bpf_helpers.h', 'libbpf-dev', 'libbpf-devel', 'libbpf-dev'),
  header('libelf.h', 'libelf-dev', 'elfutils-libelf-devel', 'elfutils-dev'),
  header('zlib.h', 'zlib1g-dev', 'zlib-devel', 'zlib-dev'),
  header('jansson.h', 'libjansson-dev', 'jansson-devel', 'jansson-dev'),
  header('pcap/pcap.h', 'libpcap-dev', 'libpcap-devel', 'libpcap-dev'),
];

/** What only the tests need: hosts made of namespaces, firewall rules, capabilities, certificates. */
export const TEST_PARTS = [
  command('ip', 'iproute2', 'iproute'),
  command('nft', 'nftables'),
  command('nsenter', 'util-linux'),
  command('ethtool', 'ethtool'),
  command('setcap', 'libcap2-bin', 'libcap', 'libcap-setcap'),
  command('sysctl', 'procps', 'procps-ng'),
  command('openssl', 'openssl'),
  command('curl', 'curl'),
  command('clang-format', 'clang-format', 'clang-tools-extra', 'clang-extra-tools'),
  {
    name: 'the sanitizers of clang',
    isThere: hasSanitizers,
    apt: 'libclang-rt-dev',
    dnf: 'compiler-rt',
    apk: 'compiler-rt',
  },
];

/** What booting another kernel in a virtual machine needs besides. */
export const MACHINE_PARTS = [
  command('depmod', 'kmod'),
  command('qemu-system-x86_64', 'qemu-system-x86', 'qemu-system-x86-core', 'qemu-system-x86_64'),
];

export function missingOf(parts) {
  return parts.filter(({ isThere }) => !isThere());
}

/** Whether this process may install packages by itself: root on Debian, Ubuntu or a relative. */
export function canInstall() {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && isCommand('apt-get');
}

/** What is missing, why it matters and the command for each packager, in one line. */
export function missingLine(parts, why) {
  const packages = (packager) => [...new Set(parts.map((part) => part[packager]))].join(' ');
  return (
    `missing: ${parts.map(({ name }) => name).join(', ')}; ${why}. Get it: ` +
    `apt-get install ${packages('apt')} (Debian, Ubuntu); dnf install ${packages('dnf')} (Fedora); ` +
    `apk add ${packages('apk')} (Alpine)`
  );
}

export async function installWithApt(parts) {
  const packages = [...new Set(parts.map(({ apt }) => apt))];
  const title = `system packages: ${packages.join(' ')}`;
  await step(title, () => {
    if (!hasAptLists()) aptGet(title, 'update');
    try {
      aptGet(title, 'install', ...packages);
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      // Lists from a while ago name versions that are gone from the mirror.
      aptGet(title, 'update');
      aptGet(title, 'install', ...packages);
    }
  });
  const still = missingOf(parts);
  if (still.length > 0)
    throw new StepError(title, `${still.map(({ name }) => name).join(', ')} not found after it`);
}

function aptGet(title, verb, ...packages) {
  const options = ['-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'];
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  runQuietly(title, ['apt-get', verb, ...options, ...packages], environment);
}

function hasAptLists() {
  try {
    return readdirSync('/var/lib/apt/lists').some((name) => name.includes('_Packages'));
  } catch {
    return false;
  }
}

export function isCommand(name) {
  return commandPath(name) !== undefined;
}

/** Where a command is; system folders count even where the PATH leaves them out. */
export function commandPath(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether clang can build with -fsanitize=address: each of its versions has a runtime library of its own. */
export function hasSanitizers() {
  const { stdout } = spawnSync('clang', ['-print-runtime-dir'], { encoding: 'utf8' });
  const folder = stdout?.trim();
  return (
    Boolean(folder) && existsSync(folder) && readdirSync(folder).some((name) => /rt\.asan\b.*\.a$/.test(name))
  );
}

function isHeader(name) {
  return ['/usr/include', '/usr/local/include'].some((folder) => existsSync(join(folder, name)));
}
