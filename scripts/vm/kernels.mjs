import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { BUILD } from '../lib/paths.mjs';
import { runQuietly, StepError, step } from '../lib/step.mjs';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Debian's stock kernels for virtual machines, and the suites that offer them. */
const KERNELS = [
  { version: '5.10', suite: 'bullseye' },
  // Another one every few weeks, so a test of it can fail by a change that is not ours.
  { version: 'newest', suite: 'trixie-backports', isMoving: true },
  { version: '6.1', suite: 'bookworm' },
  { version: '6.12', suite: 'bookworm-backports' },
];

/** Those that stay as they are; the newest too, where that is asked for. */
export function stockKernels({ withNewest }) {
  return KERNELS.filter(({ isMoving }) => withNewest || !isMoving);
}

/** Where packages have the modules: Debian 12's and those before, then Debian 13's and those after. */
const MODULE_FOLDERS = ['lib/modules', 'usr/lib/modules'];
/** What a kernel consists of since Debian's 6.19: linux-image is empty and needs these. Before, it needs none of them. */
const PARTS = /Depends: (linux-(?:base|binary|modules)-\d\S*)/g;

const folderOf = ({ version }) => join(BUILD, 'vm', `linux-${version}`);

/** The unpacked kernel, or undefined when it has not been fetched. One of somebody's own, by its `image`, is as it is. */
export function fetchedKernel(kernel) {
  if (kernel.image !== undefined) return { image: kernel.image, ...modulesBeside(kernel.image) };
  const modules = modulesBelow(folderOf(kernel));
  return modules && { ...modules, image: bootImageOf(folderOf(kernel), modules) };
}

/** Packages have it in /boot or, since Debian's 6.19, among the modules. */
function bootImageOf(root, { release, modules }) {
  return [join(root, `boot/vmlinuz-${release}`), join(modules, 'vmlinuz')].find(existsSync);
}

/** Where a package has them. A kernel without any has all that it needs built in. */
function modulesBeside(image) {
  const folder = dirname(image);
  if (existsSync(join(folder, 'modules.order'))) return { release: basename(folder), modules: folder };
  return modulesBelow(join(folder, '..')) ?? {};
}

function modulesBelow(root) {
  const modules = MODULE_FOLDERS.map((path) => join(root, path)).find(existsSync);
  if (modules === undefined) return undefined;
  const [release] = readdirSync(modules);
  return { release, modules: join(modules, release) };
}

/**
 * Fetches those of the kernels that are not there yet and unpacks them below build/vm; nothing is installed. Returns what
 * stands in the way, as lines.
 */
export async function fetchKernels(kernels) {
  const lines = [];
  for (const kernel of kernels) {
    if (fetchedKernel(kernel) !== undefined) continue;
    const title = `Debian's kernel ${kernel.version}`;
    try {
      await step(title, () => fetchKernel(kernel, title));
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      lines.push(`missing: ${title} (${kernel.suite}), so the tests on it are skipped: ${error.message}`);
    }
  }
  return lines;
}

function fetchKernel(kernel, title) {
  const folder = folderOf(kernel);
  const draft = `${folder}.draft`;
  rmSync(draft, { recursive: true, force: true });
  const apt = privateApt(draft, `deb [signed-by=${KEYRING}] ${debianMirror(title)} ${kernel.suite} main\n`);
  runQuietly(title, ['apt-get', '-qq', ...apt, 'update']);
  // apt-get downloads into the folder that it runs in.
  const download = ['apt-get', '-qq', ...apt, 'download', ...newestPackages(title, apt)];
  runQuietly(title, ['sh', '-c', 'cd "$0" && exec "$@"', draft, ...download]);
  const root = join(draft, 'root');
  for (const archive of readdirSync(draft).filter((name) => name.endsWith('.deb')))
    runQuietly(title, ['dpkg', '-x', join(draft, archive), root]);
  writeModuleIndex(title, root);
  rmSync(folder, { recursive: true, force: true });
  renameSync(root, folder);
  rmSync(draft, { recursive: true });
}

/** depmod looks for /lib/modules, which is a link to usr/lib where packages have them there. */
function writeModuleIndex(title, root) {
  if (!existsSync(join(root, 'lib'))) symlinkSync('usr/lib', join(root, 'lib'));
  runQuietly(title, ['depmod', '-b', root, modulesBelow(root).release]);
}

/** Options that give apt lists and sources of its own. The machine's stay as they are; signatures are checked as always. */
function privateApt(folder, sources) {
  for (const path of ['lists/partial', 'archives/partial'])
    mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(join(folder, 'sources.list'), sources);
  return [
    `Dir::State::Lists=${folder}/lists`,
    `Dir::Cache=${folder}`,
    `Dir::Etc::SourceList=${folder}/sources.list`,
    'Dir::Etc::SourceParts=-',
    'Acquire::Languages=none',
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
}

/** Where this machine gets its own Debian packages: that mirror has the other suites too. */
function debianMirror(title) {
  const format = ['--format', '$(ORIGIN) $(COMPONENT) $(SITE)', 'Created-By: Packages'];
  const lines = outputOf(title, ['apt-get', 'indextargets', ...format]).split('\n');
  const found = lines.map((line) => /^Debian main (\S+\/debian)\/?$/.exec(line)?.[1]).find(Boolean);
  if (found === undefined) throw new StepError(title, 'apt knows no mirror of Debian on this machine');
  return found;
}

/** The package that the one without a version in its name stands for, and those that it consists of. */
function newestPackages(title, apt) {
  const dependsOf = (name) => outputOf(title, ['apt-cache', ...apt, 'depends', name]);
  const image = /Depends: (linux-image-\S+)/.exec(dependsOf('linux-image-cloud-amd64'))?.[1];
  if (image === undefined) throw new StepError(title, 'the suite has no linux-image-cloud-amd64');
  return [image, ...Array.from(dependsOf(image).matchAll(PARTS), ([, name]) => name)];
}

function outputOf(title, [command, ...args]) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new StepError(title, error?.message ?? stderr);
  return stdout;
}
