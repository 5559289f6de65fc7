import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The ids of cgroups (v2) by their paths below its mount: in that file system a folder's inode is the cgroup's id.
 * Throws with a sentence that says which one there is not.
 */
export function cgroupIds(paths: readonly string[]): readonly number[] {
  if (paths.length === 0) return [];
  const mount = cgroupMount(readFileSync('/proc/self/mounts', 'utf8'));
  if (mount === undefined) throw new Error('cgroup v2 is not mounted here, so no cgroup can be found');
  return paths.map((path) => {
    const status = statSync(join(mount, path), { throwIfNoEntry: false });
    if (status?.isDirectory() !== true) throw new Error(`there is no cgroup ${path} below ${mount}`);
    return status.ino;
  });
}

/** Lines of `device path type options …`; spaces in a path are written `\040`. */
export function cgroupMount(mounts: string): string | undefined {
  const fields = mounts.split('\n').map((line) => line.split(' '));
  return fields
    .find(([, , type]) => type === 'cgroup2')?.[1]
    ?.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
