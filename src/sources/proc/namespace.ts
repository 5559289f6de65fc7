import { existsSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { messageOf } from '../../lib/message-of.ts';
import { pidsBelow } from './ksoftirqd-threads.ts';

/** Where `ip netns add NAME` keeps namespaces. */
const NAMED = '/run/netns';
/** Processes looked at to find one inside a namespace: each costs some microseconds. */
const MOST_LOOKED_AT = 20_000;

/** The folder with the files of a network namespace. */
export interface NetFolder {
  readonly path: string;
  /** A process whose end means that the folder is gone, where one stands for the namespace. */
  readonly pid?: number;
  /** Whether settings below `sys/net` are of this namespace too: the kernel shows those of whoever reads. */
  readonly isOwnNamespace: boolean;
}

/**
 * Where `net` is for a root of /proc. Below the agent's own /proc it is the agent's namespace. Another root is a
 * host's /proc mounted into a container: there `net` itself would lead to the container's namespace, because the
 * kernel resolves it for the reader, so the host's first process stands for the host.
 */
export function netFolder(root: string, netns: string | undefined): NetFolder {
  if (netns !== undefined) return folderOf(root, pidIn(root, netns));
  if (root !== '/proc' && existsSync(`${root}/1/net`)) return folderOf(root, 1);
  // A /proc that is mounted with `subset=pid` has no `net`, but `self/net`.
  const path =
    !existsSync(`${root}/net`) && existsSync(`${root}/self/net`) ? `${root}/self/net` : `${root}/net`;
  return { path, isOwnNamespace: true };
}

function folderOf(root: string, pid: number): NetFolder {
  const path = `${root}/${pid}/net`;
  if (!existsSync(path)) {
    throw new Error(
      existsSync(`${root}/${pid}`)
        ? `${path} cannot be read: this /proc hides the processes of others (hidepid)`
        : `no process ${pid} below ${root}`,
    );
  }
  return { path, pid, isOwnNamespace: isOwn(`${root}/${pid}/ns/net`) };
}

/** Whether the link names the agent's own namespace; not, when it may not be looked at. */
function isOwn(link: string): boolean {
  try {
    return readlinkSync(link) === readlinkSync('/proc/self/ns/net');
  } catch {
    return false;
  }
}

/** `1234` is a process; a name is below /run/netns, and a path is where a container engine keeps its namespaces. */
function pidIn(root: string, netns: string): number {
  if (/^\d+$/.test(netns)) return Number(netns);
  const path = netns.startsWith('/') ? netns : `${NAMED}/${netns}`;
  const wanted = namespaceAt(path);
  for (const pid of pidsBelow(root).slice(0, MOST_LOOKED_AT)) {
    const found = statOf(`${root}/${pid}/ns/net`);
    if (found?.ino === wanted.ino && found.dev === wanted.dev) return pid;
  }
  throw new Error(
    `found no process in the network namespace ${netns}: without one inside its figures cannot be read ` +
      `(ip netns exec NAME sleep infinity keeps one there), and only root sees the namespaces of others' processes`,
  );
}

function namespaceAt(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw new Error(`there is no network namespace ${path}: ${messageOf(error)}`);
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
