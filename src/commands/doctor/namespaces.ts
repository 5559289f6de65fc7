import { existsSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** More network namespaces than a report has room for; a host with more is looked at one by one. */
const MOST_NAMESPACES = 16;

const NAMED = '/run/netns';

/** A setting that only the host's first network namespace has, so that nobody has to look at another process. */
const FIRST_NAMESPACE_ONLY = '/proc/sys/net/core/netdev_max_backlog';

/** Whether this process is in another network namespace than the host's first one. */
export function isInOwnNetns(): boolean {
  return existsSync('/proc/sys/net/core') && !existsSync(FIRST_NAMESPACE_ONLY);
}

/**
 * The other network namespaces of this host, by their name below /run/netns where they have one, otherwise by a process
 * in each, as far as this user may know.
 */
export function otherNamespaces(): readonly string[] {
  const own = inodeOf('/proc/self');
  const names = namedNamespaces();
  const found = new Map([...names].filter(([inode]) => inode !== own).slice(0, MOST_NAMESPACES));
  for (const pid of entriesOf('/proc').filter((name) => /^\d+$/.test(name))) {
    const inode = inodeOf(`/proc/${pid}`);
    if (inode === undefined || inode === own || found.has(inode)) continue;
    if (found.size >= MOST_NAMESPACES) break;
    found.set(inode, pid);
  }
  return [...found.values()];
}

/** Inode → name. */
function namedNamespaces(): ReadonlyMap<string, string> {
  return new Map(
    entriesOf(NAMED).map((name) => {
      const inode = statSync(join(NAMED, name), { throwIfNoEntry: false })?.ino;
      return [String(inode), name];
    }),
  );
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Of `net:[4026531840]` the number. */
function inodeOf(process: string): string | undefined {
  try {
    return /\[(\d+)\]/.exec(readlinkSync(join(process, 'ns/net')))?.[1];
  } catch {
    return undefined;
  }
}
