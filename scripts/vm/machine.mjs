import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BUILD, ROOT } from '../lib/paths.mjs';
import { commandPath, isCommand } from '../lib/system-packages.mjs';
import { imageOf, TOOLS } from './image.mjs';
import { writeInitramfs } from './initramfs.mjs';
import { fetchedKernel } from './kernels.mjs';

const MEMORY_MIB = 2048;
/**
 * Old and plain. QEMU 7.2 garbles the flags register after cmpxchg16b, which kernel 6.12 allocates memory with: it
 * panics within seconds. Without that instruction the kernel does it another way.
 */
const PROCESSOR = 'Nehalem,+rdrand,-cx16';
const EMULATOR = 'qemu-system-x86_64';

/** Why tests cannot run in a virtual machine with this kernel, or undefined when they can. */
export function whyNoMachine(kernel) {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return 'the virtual machines are for Linux on x86-64';
  if (!isCommand(EMULATOR))
    return `${EMULATOR} is not installed: apt-get install --no-install-recommends qemu-system-x86`;
  const missing = TOOLS.filter((tool) => !isCommand(tool));
  if (missing.length > 0)
    return `not installed: ${missing.join(', ')}; apt-get install iproute2 nftables util-linux procps kmod libcap2-bin ethtool`;
  if (fetchedKernel(kernel) !== undefined) return undefined;
  return `Debian's kernel ${kernel.version} (${kernel.suite}) is not in build/vm; as root on Debian, npm test fetches it and says why when it cannot`;
}

/**
 * The command line of a virtual machine that runs one shell command with the given kernel and switches off. Its
 * console is the standard output; what is written to /dev/ttyS1 inside arrives in the file `report`.
 *
 * Software emulation works everywhere, in containers and in virtual machines too. Times mean nothing there.
 */
export function machineCommand({ kernel, node, command, report }) {
  const { image, modules, release } = fetchedKernel(kernel);
  const initramfs = join(BUILD, `vm/linux-${kernel.version}.initramfs`);
  mkdirSync(dirname(initramfs), { recursive: true });
  const { tree, folders } = imageOf({ modules, release }, node, `cd '${ROOT}'\n${command}\n`);
  writeInitramfs(initramfs, tree, folders);
  const devices = ['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'];
  return [
    commandPath(EMULATOR),
    ...['-accel', 'tcg,thread=multi', '-cpu', PROCESSOR, '-smp', '2', '-m', `${MEMORY_MIB}`],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...[...devices, '-serial', `file:${report}`],
    ...['-kernel', image, '-initrd', initramfs],
    ...['-append', `console=ttyS0 quiet panic=-1 ${kernel.commandLine ?? ''}`],
  ];
}
