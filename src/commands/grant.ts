import { spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  openSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { builtFile } from '../lib/built-file.ts';
import { installHint } from '../lib/install-hint.ts';
import { messageOf } from '../lib/message-of.ts';
import { EXIT_FAILED, EXIT_OK } from './exit-codes.ts';

export interface GrantOptions {
  readonly group?: string;
  readonly revoke: boolean;
}

/**
 * What loading and attaching takes (attach_capabilities in loader/programs.c), and capturing; none of it stays once
 * that has begun.
 */
const CAPABILITIES = ['cap_bpf', 'cap_perfmon', 'cap_net_admin', 'cap_net_raw'];

/** Until Linux 5.11 BPF maps count as locked memory: what the loader asks for there, to lift its own limit. */
const ON_OLD_KERNELS = ['cap_sys_resource'];

/** Where a user of the group is not known: a user who owns nothing, on every distribution. */
const NOBODY = 65_534;

/** A reason that is said in one line. */
class Refusal extends Error {}

/** `lagpipe grant`: file capabilities for the loader, which only one group may run then; `--revoke` undoes it. */
export function grant(options: GrantOptions): number {
  const path = builtFile('lagpipe-loader', 'LAGPIPE_LOADER');
  try {
    requireRoot(options);
    process.stdout.write(options.revoke ? revoke(path) : give(path, options.group));
    return EXIT_OK;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`lagpipe grant: ${error.message}\n`);
    return EXIT_FAILED;
  }
}

function requireRoot({ group, revoke: revokes }: GrantOptions): void {
  if (process.getuid?.() === 0) return;
  const rest = `${group === undefined ? '' : ` --group ${group}`}${revokes ? ' --revoke' : ''}`;
  throw new Refusal(`only root can change what a program may do: sudo npx lagpipe grant${rest}`);
}

function give(path: string, groupName: string | undefined): string {
  const group = groupName === undefined ? groupOfCaller() : groupNamed(groupName);
  settle(path, 0, group.id, 0o750);
  const user = process.env.SUDO_UID === undefined ? NOBODY : Number(process.env.SUDO_UID);
  let given = CAPABILITIES;
  let missing = missingWith(path, given, user, group.id);
  if (missing.some((name) => ON_OLD_KERNELS.includes(name.toLowerCase()))) {
    given = [...CAPABILITIES, ...ON_OLD_KERNELS];
    missing = missingWith(path, given, user, group.id);
  }
  if (missing.length > 0)
    throw new Refusal(
      `${path} has its capabilities, and yet it runs without ${missing.join(', ')}: is it on a file system that is mounted nosuid?`,
    );
  return (
    `${path}\n` +
    `  may now: ${given.join(', ')}, until it has attached its probes or opened its interface\n` +
    `  may be run by: root and the group ${group.name}, tried as user ${user}\n` +
    'Users of that group can measure this host without root: npm start. They see every connect on it and, by the pcap source, every packet, whoever made it.\n' +
    'Building the loader anew takes the capabilities away; `sudo npx lagpipe grant --revoke` does so too.\n'
  );
}

/** Changing the owner takes the capabilities away: the kernel does that for every file that is no folder. */
function revoke(path: string): string {
  const folder = statSync(dirname(path), { throwIfNoEntry: false });
  settle(path, folder?.uid ?? 0, folder?.gid ?? 0, 0o755);
  return `${path} has no capabilities any more: only root can measure with it.\n`;
}

/**
 * A user may own the folder. Neither a symbolic link nor a second name leads root to another file: the file is opened
 * once, looked at, and changed through its descriptor.
 */
function settle(path: string, owner: number, group: number, mode: number): void {
  const file = openLoader(path);
  try {
    const { nlink } = fstatSync(file);
    if (!fstatSync(file).isFile() || nlink !== 1)
      throw new Refusal(`${path} is no plain file, or has a second name (a hard link)`);
    fchownSync(file, owner, group);
    fchmodSync(file, mode);
  } finally {
    closeSync(file);
  }
}

function openLoader(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Refusal(
      isMissing ? `${path} is not built: npm run setup` : `cannot open ${path}: ${messageOf(error)}`,
    );
  }
}

/** Gives the loader capabilities, and returns which it misses then, tried as a user of the group. */
function missingWith(
  path: string,
  capabilities: readonly string[],
  uid: number,
  gid: number,
): readonly string[] {
  try {
    setCapabilities(path, capabilities);
  } catch (error) {
    revoke(path);
    throw error;
  }
  return missingCapabilities(path, uid, gid);
}

function setCapabilities(path: string, capabilities: readonly string[]): void {
  const { error, status, stderr } = spawnSync('setcap', [`${capabilities.join(',')}=ep`, path], {
    encoding: 'utf8',
  });
  if (status === 0) return;
  const packages = { apt: ['libcap2-bin'], dnf: ['libcap'], apk: ['libcap-setcap'] };
  throw new Refusal(
    error === undefined
      ? `setcap could not give ${path} its capabilities: ${stderr.trim()}`
      : `setcap is not installed: ${installHint(packages)}`,
  );
}

interface Group {
  readonly name: string;
  readonly id: number;
}

function groupOfCaller(): Group {
  const id = Number(process.env.SUDO_GID ?? 0);
  if (Number.isInteger(id) && id > 0)
    return groups().find((group) => group.id === id) ?? { name: `${id}`, id };
  throw new Refusal('say which group may run the loader: --group NAME (with sudo it is that of the caller)');
}

function groupNamed(name: string): Group {
  const found = groups().find((group) => group.name === name);
  if (found === undefined) throw new Refusal(`there is no group ${name} in /etc/group`);
  return found;
}

/** group(5): name, password, number and members, with a colon between. */
function groups(): readonly Group[] {
  return readFileSync('/etc/group', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 3)
    .map(([name, , id]) => ({ name, id: Number(id) }));
}

/** Asks the loader itself, as a user of the group. */
function missingCapabilities(path: string, uid: number, gid: number): readonly string[] {
  const { error, status, stdout } = spawnSync(path, ['probe'], { uid, gid, encoding: 'utf8' });
  if (error !== undefined || status !== 0)
    throw new Refusal(
      `${path} has its capabilities, but user ${uid} cannot run it: ${error === undefined ? `it exits with ${status}` : messageOf(error)}`,
    );
  return (JSON.parse(stdout) as { missing_capabilities: string[] }).missing_capabilities;
}
