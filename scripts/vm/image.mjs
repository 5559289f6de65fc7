import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD, ROOT } from '../lib/paths.mjs';
import { commandPath } from '../lib/system-packages.mjs';
import { FileTree } from './file-tree.mjs';

/** What the tests call, and what starts them. */
const TOOL_NAMES =
  'sh cat curl ethtool ip ln modprobe mount nft nsenter setcap setpriv sleep ss stat sysctl tc umount unshare';
export const TOOLS = TOOL_NAMES.split(' ');
const REPOSITORY = ['src', 'test', 'scripts', 'dist'];
/** The modules that networks need. Those for hardware are the most, and there is none. */
const MODULES = ['arch', 'crypto', 'lib', 'net', 'drivers/net'];
const HARDWARE = /\/drivers\/net\/(ethernet|hyperv|vmxnet3|wwan|xen-)/;
const USELESS = /\.(map|md|d\.[cm]?ts)$/;
const FOLDERS = ['/dev', '/proc', '/root', '/run', '/scratch', '/sys', '/tmp'];

/**
 * Everything that the virtual machine has, for `writeInitramfs`: this machine's tools with their libraries, Node, the
 * repository as it is built here and under the same path, the kernel's modules, and the command for init.sh to run.
 */
export function imageOf(kernel, node, command) {
  const tree = new FileTree();
  tree.addRootLinks(['/bin', '/sbin', '/lib', '/lib64']);
  for (const tool of TOOLS) tree.addProgram(commandPath(tool));
  tree.addProgram(node);
  addRepository(tree);
  if (kernel.modules !== undefined) addModules(tree, kernel);
  tree.addText('/init', readFileSync(join(import.meta.dirname, 'init.sh'), 'utf8'), 0o755);
  tree.addText('/command', command);
  tree.addText('/etc/hostname', 'machine\n');
  tree.addText('/etc/hosts', '127.0.0.1 localhost\n::1 localhost\n');
  tree.addText('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n');
  tree.addText('/etc/group', 'root:x:0:\nnogroup:x:65534:\n');
  return { tree: tree.entries, folders: FOLDERS };
}

function addRepository(tree) {
  tree.addFile(join(ROOT, 'package.json'));
  for (const path of REPOSITORY) tree.addBelow(join(ROOT, path));
  for (const name of readdirSync(BUILD)) {
    const stats = statSync(join(BUILD, name));
    if (stats.isFile() && stats.mode & 0o100) tree.addProgram(join(BUILD, name));
  }
  for (const path of packagesForUse()) tree.addBelow(join(ROOT, path), (file) => !USELESS.test(file));
}

/** Without what only development needs, and without Node, which is in already. */
function packagesForUse() {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  return Object.keys(packages).filter(
    (path) => path !== '' && !packages[path].dev && !packages[path].optional && existsSync(join(ROOT, path)),
  );
}

function addModules(tree, { modules, release }) {
  const place = `/lib/modules/${release}`;
  for (const name of readdirSync(modules)) {
    if (name.startsWith('modules.')) tree.addFile(join(modules, name), join(place, name));
  }
  for (const kind of MODULES) {
    const folder = join('kernel', kind);
    tree.addBelow(join(modules, folder), (path) => !HARDWARE.test(path), join(place, folder));
  }
}
